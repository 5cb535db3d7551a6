// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.InferenceResult;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.stream.BatchedInference;
import io.headway.functions.inference.stream.InferenceOptions;
import io.headway.loadtests.inference.Speeds.Speed;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.FloatType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/**
 * A Flink job inside this process that asks a model about {@link Records}, by a stream or by SQL. A
 * record has its numbers in it, and so has an answer: a record's array, or a row's. One at a time.
 */
final class FacesJob {
  private static final PrimitiveArrayTypeInfo<float[]> FLOATS =
      PrimitiveArrayTypeInfo.FLOAT_PRIMITIVE_ARRAY_TYPE_INFO;

  /** What the sink of the job that runs has seen. */
  private static volatile SpeedMeter meter;

  private final ModelReference model;
  private final BatchSettings batching;
  private final int capacity;

  /** How the model is asked. */
  enum Face {
    /** {@link BatchedInference}. */
    DATA_STREAM,
    /** {@code ML_PREDICT}. */
    SQL
  }

  /**
   * @param file of the model, of {@link Networks#SIGNATURE}
   * @param batching with one thread
   * @param capacity how many records are under way at most
   */
  FacesJob(Path file, BatchSettings batching, int capacity) throws IOException {
    model = Networks.reference(file, 1);
    this.batching = batching;
    this.capacity = capacity;
  }

  /**
   * Runs the job once.
   *
   * @param warmUp records before the measurement
   * @param measured records of the measurement
   */
  Speed run(Face face, long warmUp, long measured) throws Exception {
    meter = new SpeedMeter(warmUp, warmUp + measured);
    Configuration config = new Configuration();
    config.set(PipelineOptions.OBJECT_REUSE, true);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, config);
    DataStream<Long> ids = env.fromSequence(1, warmUp + measured);
    switch (face) {
      case DATA_STREAM -> stream(ids);
      case SQL -> sql(env, ids);
    }
    env.execute("inference by " + face);
    return meter.speed();
  }

  private void stream(DataStream<Long> ids) {
    BatchedInference.unorderedWait(
            ids.map(Records::numbers).returns(FLOATS),
            (record, inputs) -> inputs.floats("x").put(record),
            Networks::decode,
            InferenceOptions.<float[], float[]>of(model, Networks.SIGNATURE, FLOATS)
                .withBatching(batching)
                .withCapacity(capacity))
        .filter(
            answer -> {
              if (!(answer instanceof InferenceResult.Success<?, ?>)) {
                throw new IllegalStateException("A record was not answered: " + answer);
              }
              meter.count();
              return false;
            })
        .sinkTo(new DiscardingSink<>());
  }

  private void sql(StreamExecutionEnvironment env, DataStream<Long> ids) {
    StreamTableEnvironment sql = StreamTableEnvironment.create(env);
    sql.getConfig()
        .set(ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS, capacity)
        .set(
            ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_OUTPUT_MODE,
            ExecutionConfigOptions.AsyncOutputMode.ALLOW_UNORDERED);
    sql.createTemporaryView(
        "records",
        ids.map(id -> (RowData) GenericRowData.of(new GenericArrayData(Records.numbers(id))))
            .returns(
                InternalTypeInfo.of(
                    RowType.of(
                        new LogicalType[] {new ArrayType(new FloatType(false))},
                        new String[] {"x"}))));
    sql.executeSql(
        """
        CREATE TEMPORARY MODEL model INPUT (x ARRAY<FLOAT>) OUTPUT (y ARRAY<FLOAT>) WITH (
          'provider' = 'onnx', 'path' = '%s', 'sha256' = '%s',
          'batch.max-size' = '%d', 'batch.linger' = '%d ms', 'deadline' = '%d ms', 'on-failure' = 'FAIL')
        """
            .formatted(
                model.uri(),
                model.sha256(),
                batching.maxBatchSize(),
                batching.linger().toMillis(),
                batching.deadline().toMillis()));
    Table answers =
        sql.sqlQuery("SELECT y FROM ML_PREDICT(TABLE records, MODEL model, DESCRIPTOR(x))");
    sql.toDataStream(
            answers, answers.getResolvedSchema().toPhysicalRowDataType().bridgedTo(RowData.class))
        .filter(
            answer -> {
              meter.count();
              return false;
            })
        .sinkTo(new DiscardingSink<>());
  }
}
