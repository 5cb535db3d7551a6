-- SPDX-License-Identifier: Apache-2.0
--
-- Asks an ONNX model from Flink's own SQL client. From the root of this repository:
--
--   ./mvnw package -DskipTests
--   sql-client.sh -j jobs/target/headway-jobs.jar -f functions/docs/examples/predict.sql

-- Everything runs inside the client, so no cluster is needed, and a path without a scheme is relative to where the
-- client was started. On a cluster leave this line out, and name a file that every TaskManager can read.
SET 'execution.target' = 'local';
SET 'sql-client.execution.result-mode' = 'tableau';

-- Several batches at once.
SET 'table.exec.async-ml-predict.max-concurrent-operations' = '1024';

-- This small model adds up its three numbers.
CREATE TEMPORARY MODEL trip_minutes
  INPUT (distance_km DOUBLE, stops INT, minute_of_day INT)
  OUTPUT (minutes DOUBLE)
  WITH (
    'provider' = 'onnx',
    'path' = 'functions/src/test/resources/models/sum.onnx',
    'sha256' = '14dd070dbb179cbe600397de64fe04395d5bea6325801473b9b6cf5bb6136139',
    'batch.max-size' = '64',
    'deadline' = '5 s',
    'on-failure' = 'FAIL'
  );

CREATE TEMPORARY VIEW trips AS
  SELECT * FROM (VALUES ('van-1', 12.0E0, 3, 480), ('van-2', 5.0E0, 1, 500), ('van-3', 7.5E0, 2, 510))
    AS t (vehicle, distance_km, stops, minute_of_day);

SELECT vehicle, minutes
  FROM ML_PREDICT(TABLE trips, MODEL trip_minutes, DESCRIPTOR(distance_km, stops, minute_of_day));
