// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.functions.registry.FakeRegistry;
import io.headway.functions.registry.SchemaRegistry;
import io.headway.functions.registry.UnusableSchemaException;
import io.headway.schemas.Telemetry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.RawMessageEncoder;
import org.apache.flink.util.clock.ManualClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConfluentReaderTest {
  /**
   * Telemetry of v1 at {@link Inputs#T0}, by hand: magic 0; schema id 258, big-endian; the string
   * "v1"; the time as a zigzag varint; latitude 41.15 and longitude -8.61, little-endian; three
   * nulls.
   */
  private static final String BY_HAND =
      "00"
          + "00000102"
          + "04"
          + "7631"
          + "80b0fdd89567"
          + "3333333333934440"
          + "b81e85eb513821c0"
          + "000000";

  private final ManualClock clock = new ManualClock();
  private FakeRegistry fake;
  private ConfluentReader<Telemetry> reader;

  @BeforeEach
  void startRegistry() throws IOException {
    fake = FakeRegistry.start();
    reader =
        new ConfluentReader<>(
            InputType.TELEMETRY, new SchemaRegistry(fake.address())::schema, clock);
  }

  @AfterEach
  void stopRegistry() {
    fake.close();
  }

  @Test
  void theBytesAreThoseOfConfluentsFormat() throws Exception {
    fake.knows(258, Telemetry.getClassSchema().toString());
    byte[] byHand = HexFormat.of().parseHex(BY_HAND);
    Telemetry value = Inputs.telemetry("v1", Inputs.T0);

    assertThat(ConfluentFormat.isIn(byHand)).isTrue();
    assertThat(ConfluentFormat.schemaId(byHand)).isEqualTo(258);
    assertThat(reader.read(byHand)).isEqualTo(value);
    assertThat(ConfluentFormat.ofSingleObject(InputType.TELEMETRY.encode(value), 258))
        .asHexString()
        .isEqualToIgnoringCase(BY_HAND);
  }

  @Test
  void aSchemaOfSomebodyElseIsResolvedAgainstOursAndAskedForOnce() throws Exception {
    Schema foreign = foreign("string");
    fake.knows(3, foreign.toString());

    for (int i = 0; i < 3; i++) {
      Telemetry read = reader.read(writtenBy(foreign, 3));
      assertThat(read.getVehicleId()).isEqualTo("v1");
      assertThat(read.getEventTime().toEpochMilli()).isEqualTo(Inputs.T0);
      assertThat(read.getAccuracyM()).isNull();
    }

    assertThat(fake.asked()).containsExactly("GET /schemas/ids/3");
  }

  @Test
  void aSchemaThatOursCannotReadIsNamedWithTheReasonAndNotAskedForAgain() throws Exception {
    Schema incompatible = foreign("int");
    fake.knows(4, incompatible.toString());

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> reader.read(writtenBy(incompatible, 4)))
          .isInstanceOf(UnusableSchemaException.class)
          .hasMessageContainingAll("schema id 4", "reader type: STRING not compatible");
      clock.advanceTime(ConfluentReader.UNKNOWN_FOR);
    }
    assertThat(fake.asked()).hasSize(1);
  }

  @Test
  void anUnknownIdIsAskedForAgainAfterAWhileOnly() throws Exception {
    byte[] bytes = writtenBy(Telemetry.getClassSchema(), 5);
    assertThatThrownBy(() -> reader.read(bytes)).hasMessageContaining("schema id 5");
    fake.knows(5, Telemetry.getClassSchema().toString());

    clock.advanceTime(ConfluentReader.UNKNOWN_FOR.minusMillis(1));
    assertThatThrownBy(() -> reader.read(bytes)).hasMessageContaining("schema id 5");
    assertThat(fake.asked()).hasSize(1);

    clock.advanceTime(Duration.ofMillis(1));
    assertThat(reader.read(bytes).getVehicleId()).isEqualTo("v1");
  }

  @Test
  void soManyIdsAreKeptAndNoMore() throws Exception {
    List<Integer> asked = new ArrayList<>();
    reader =
        new ConfluentReader<>(
            InputType.TELEMETRY,
            id -> {
              asked.add(id);
              return Telemetry.getClassSchema();
            },
            clock);
    for (int id = 0; id <= ConfluentReader.MAX_IDS; id++) {
      reader.read(writtenBy(Telemetry.getClassSchema(), id));
    }
    reader.read(writtenBy(Telemetry.getClassSchema(), 1));
    assertThat(asked).hasSize(ConfluentReader.MAX_IDS + 1);

    reader.read(writtenBy(Telemetry.getClassSchema(), 0));
    assertThat(asked).hasSize(ConfluentReader.MAX_IDS + 2).endsWith(0);
  }

  @Test
  void bytesThatAreNoWholeRecordOfTheirSchemaAreMalformed() throws Exception {
    fake.knows(258, Telemetry.getClassSchema().toString());

    assertThatThrownBy(
            () -> reader.read(HexFormat.of().parseHex(BY_HAND.substring(0, BY_HAND.length() - 2))))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> reader.read(HexFormat.of().parseHex(BY_HAND + "00")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1 bytes follow");
  }

  /** A schema may say of items that they have no size; a claim of many takes no time. */
  @Test
  void itemsWithoutSizeThatTheRecordCannotHoldAreNotSkippedOneByOne() throws Exception {
    Schema withNothings =
        new Schema.Parser()
            .parse(
                foreign("string")
                    .toString()
                    .replace(
                        "{\"name\":\"cabin_colour\",\"type\":\"string\"}",
                        "{\"name\":\"nothings\",\"type\":{\"type\":\"array\",\"items\":\"null\"}}"));
    assertThat(withNothings.getField("nothings")).isNotNull();
    fake.knows(6, withNothings.toString());
    byte[] claim = HexFormat.of().parseHex("0000000006" + "feffffffffffffffff01");

    assertThatThrownBy(() -> reader.read(claim))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("items are announced");
  }

  /** What a fleet with vehicles of its own may write: a field that we do not know comes first. */
  static Schema foreign(String idType) {
    return new Schema.Parser()
        .parse(
            """
            {"type": "record", "name": "Telemetry", "namespace": "com.example.fleet", "fields": [
              {"name": "cabin_colour", "type": "string"},
              {"name": "vehicle_id", "type": "%s"},
              {"name": "event_time", "type": "long"},
              {"name": "lat_deg", "type": "double"},
              {"name": "lon_deg", "type": "float"}]}
            """
                .formatted(idType));
  }

  static byte[] writtenBy(Schema schema, int id) throws IOException {
    GenericRecord record = new GenericData.Record(schema);
    for (Schema.Field field : schema.getFields()) {
      record.put(
          field.name(),
          switch (field.name()) {
            case "cabin_colour" -> "blue";
            case "vehicle_id" -> field.schema().getType() == Schema.Type.INT ? (Object) 1 : "v1";
            case "event_time" -> Inputs.T0;
            case "lat_deg" -> 41.15;
            case "lon_deg" ->
                field.schema().getType() == Schema.Type.FLOAT ? (Object) (-8.61f) : -8.61;
            default -> null;
          });
    }
    byte[] body =
        new RawMessageEncoder<GenericRecord>(new GenericData(), schema).encode(record).array();
    byte[] bytes = new byte[ConfluentFormat.HEADER_BYTES + body.length];
    ByteBuffer.wrap(bytes).put((byte) 0).putInt(id).put(body);
    return bytes;
  }
}
