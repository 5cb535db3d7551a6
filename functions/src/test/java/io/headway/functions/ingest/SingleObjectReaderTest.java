// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.schemas.Telemetry;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.message.MissingSchemaException;
import org.apache.avro.message.SchemaStore;
import org.junit.jupiter.api.Test;

class SingleObjectReaderTest {

  @Test
  void aRecordOfAnOlderWriterIsReadWithTheDefaultsOfNewerFields() throws Exception {
    Schema older = withoutAccuracy();
    SchemaStore.Cache store = new SchemaStore.Cache();
    store.addSchema(older);
    store.addSchema(Telemetry.getClassSchema());
    SingleObjectReader<Telemetry> reader = new SingleObjectReader<>(Telemetry.class, store);

    Telemetry read = reader.read(writtenBy(older));

    assertThat(read.getVehicleId()).isEqualTo("v1");
    assertThat(read.getEventTime().toEpochMilli()).isEqualTo(Inputs.T0);
    assertThat(read.getSpeedMps()).isEqualTo(3.5f);
    assertThat(read.getAccuracyM()).isNull();
    byte[] current = InputType.TELEMETRY.encode(Inputs.telemetry("v1", Inputs.T0));
    assertThat(reader.read(current)).isEqualTo(Inputs.telemetry("v1", Inputs.T0));
  }

  @Test
  void aWriterThatTheStoreDoesNotKnowIsNamed() {
    assertThatThrownBy(() -> InputType.TELEMETRY.decode(writtenBy(withoutAccuracy())))
        .isInstanceOf(MissingSchemaException.class)
        .hasMessageMatching(".*fingerprint [0-9a-f]{16}");
  }

  @Test
  void whatAvrosOwnEncoderWritesIsReadForEveryInput() throws Exception {
    assertThat(InputType.SHIPMENTS.decode(array(Inputs.shipment().toByteBuffer())))
        .isEqualTo(Inputs.shipment());
    assertThat(InputType.ROAD_EVENTS.decode(array(Inputs.roadEvent().toByteBuffer())))
        .isEqualTo(Inputs.roadEvent());
    assertThat(InputType.BOUNDS.decode(array(Inputs.bounds().toByteBuffer())))
        .isEqualTo(Inputs.bounds());
  }

  private static Schema withoutAccuracy() {
    Schema current = Telemetry.getClassSchema();
    List<Schema.Field> fields =
        current.getFields().stream()
            .filter(field -> !field.name().equals("accuracy_m"))
            .map(field -> new Schema.Field(field, field.schema()))
            .toList();
    return Schema.createRecord(
        current.getName(), current.getDoc(), current.getNamespace(), false, fields);
  }

  private static byte[] writtenBy(Schema schema) throws Exception {
    GenericRecord record = new GenericData.Record(schema);
    record.put("vehicle_id", "v1");
    record.put("event_time", Inputs.T0);
    record.put("lat_deg", 41.0);
    record.put("lon_deg", -8.0);
    record.put("speed_mps", 3.5f);
    return array(new BinaryMessageEncoder<GenericRecord>(GenericData.get(), schema).encode(record));
  }

  private static byte[] array(ByteBuffer buffer) {
    return Arrays.copyOfRange(
        buffer.array(),
        buffer.arrayOffset() + buffer.position(),
        buffer.arrayOffset() + buffer.limit());
  }
}
