// SPDX-License-Identifier: Apache-2.0
package io.headway.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.junit.jupiter.api.Test;

/** The gate: what a released version wrote can be read by this build. */
class SchemaCompatibilityTest {

  @Test
  void everyReleasedRecordCanBeRead() throws IOException {
    Map<String, Schema> current = new LinkedHashMap<>();
    Topics.all().forEach(topic -> current.put(topic.name(), topic.schema()));
    for (String version : Topics.releasedVersions()) {
      Map<String, Schema> released = ReleasedSchemas.of(version);
      assertThat(released).as("schemas of release " + version).isNotEmpty();
      assertThat(CompatibilityGate.violations(version, released, current)).isEmpty();
    }
  }

  @Test
  void aNewFieldWithoutDefaultIsRefusedWithItsRemedy() {
    Schema released = record("{\"name\":\"a\",\"type\":\"int\"}");
    Schema changed = record("{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"b\",\"type\":\"int\"}");

    assertThat(CompatibilityGate.violations("9.9.9", Map.of("t", released), Map.of("t", changed)))
        .singleElement()
        .asString()
        .contains("'t'", "9.9.9", "b", "Give the new field a default.");
  }

  @Test
  void aChangedTypeAndALostTopicAreRefused() {
    Schema released = record("{\"name\":\"a\",\"type\":\"int\"}");
    Schema changed = record("{\"name\":\"a\",\"type\":\"string\"}");

    assertThat(CompatibilityGate.violations("9.9.9", Map.of("t", released), Map.of("t", changed)))
        .singleElement()
        .asString()
        .contains("Keep the old type");
    assertThat(CompatibilityGate.violations("9.9.9", Map.of("t", released), Map.of()))
        .singleElement()
        .asString()
        .contains("gone from the catalogue");
  }

  @Test
  void aRecordOfAnOlderWriterIsDecodedThroughTheStore() throws IOException {
    Schema older =
        new Schema.Parser()
            .parse(
                Telemetry.getClassSchema()
                    .toString()
                    .replaceFirst(",\\{\"name\":\"accuracy_m\".*?\"default\":null\\}", ""));
    assertThat(older.getField("accuracy_m")).isNull();
    GenericData.Record written = new GenericData.Record(older);
    written.put("vehicle_id", "v-1");
    written.put("event_time", 1_000L);
    written.put("lat_deg", 41.1);
    written.put("lon_deg", -8.6);
    byte[] bytes =
        new BinaryMessageEncoder<GenericData.Record>(GenericData.get(), older)
            .encode(written)
            .array();

    BinaryMessageDecoder<Telemetry> decoder =
        new BinaryMessageDecoder<>(
            SpecificData.getForClass(Telemetry.class), Telemetry.getClassSchema());
    decoder.addSchema(older);

    Telemetry read = decoder.decode(bytes);
    assertThat(read.getVehicleId()).isEqualTo("v-1");
    assertThat(read.getEventTime()).isEqualTo(Instant.ofEpochMilli(1_000));
    assertThat(read.getAccuracyM()).isNull();
  }

  private static Schema record(String fields) {
    return new Schema.Parser()
        .parse("{\"type\":\"record\",\"name\":\"R\",\"fields\":[" + fields + "]}");
  }
}
