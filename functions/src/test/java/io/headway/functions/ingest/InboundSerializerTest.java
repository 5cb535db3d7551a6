// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Telemetry;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

class InboundSerializerTest {
  /**
   * Telemetry of v1 at {@link Inputs#T0} as layout 1 of a savepoint holds it. Must be read for
   * ever; a new layout gets a constant of its own.
   */
  private static final String LAYOUT_1 =
      "01000974656c656d65747279000000000000000000000005" + "0000019cad8fac05000000036b657900000026";

  @Test
  void aSoundRecordComesBackWithEveryPart() throws Exception {
    Inbound<RoadEvent> input = Inputs.inbound(InputType.ROAD_EVENTS, 5, Inputs.roadEvent());

    Inbound<RoadEvent> copy = roundTrip(InputType.ROAD_EVENTS, input);

    assertThat(copy.value()).isEqualTo(input.value());
    assertThat(copy.origin()).isEqualTo(input.origin());
    assertThat(copy.key()).isEqualTo(input.key());
    assertThat(copy.payload()).isEqualTo(input.payload());
    assertThat(copy.isSound()).isTrue();
  }

  @Test
  void aRecordAtFaultComesBackWithEveryPart() throws Exception {
    Inbound<Telemetry> input =
        Inbound.faulty(
            new Origin("telemetry", 1, 2, 3),
            null,
            new byte[] {1, 2},
            70_000,
            "ab",
            new Fault(DeadLetterCause.OVERSIZED, "too large"));

    Inbound<Telemetry> copy = roundTrip(InputType.TELEMETRY, input);

    assertThat(copy.isSound()).isFalse();
    assertThat(copy.fault()).isEqualTo(input.fault());
    assertThat(copy.key()).isNull();
    assertThat(copy.payload()).isEqualTo(input.payload());
    assertThat(copy.payloadLength()).isEqualTo(70_000);
    assertThat(copy.payloadSha256()).isEqualTo("ab");
  }

  /** Telemetry in another encoding, as layout 2 holds it up to the single-object bytes. */
  private static final String LAYOUT_2 =
      "02000974656c656d65747279000000000000000000000005"
          + "0000019cad8fac05000000036b657900000002000100000026";

  @Test
  void aRecordInAnotherEncodingKeepsItsBytesAndIsDecodedWithoutARegistry() throws Exception {
    Inbound<Telemetry> input = recoded();

    Inbound<Telemetry> copy = roundTrip(InputType.TELEMETRY, input);

    assertThat(copy).isEqualTo(input);
    assertThat(copy.value()).isEqualTo(input.value());
    assertThat(copy.payload()).containsExactly(0, 1);
    assertThat(copy.encoded()).isEqualTo(input.encoded());
  }

  @Test
  void theSecondLayoutIsReadForEver() throws Exception {
    Inbound<Telemetry> input = recoded();
    byte[] layout2 = HexFormat.of().parseHex(LAYOUT_2 + HexFormat.of().formatHex(input.encoded()));

    assertThat(serializer(InputType.TELEMETRY).deserialize(new DataInputDeserializer(layout2)))
        .isEqualTo(input);
  }

  private static Inbound<Telemetry> recoded() {
    Inbound<Telemetry> input =
        Inputs.inbound(InputType.TELEMETRY, 5, Inputs.telemetry("v1", Inputs.T0));
    return Inbound.sound(
        input.origin(), input.key(), new byte[] {0, 1}, input.encoded(), input.value());
  }

  @Test
  void bytesAreCopiedWithoutDecoding() throws Exception {
    TypeSerializer<Inbound<Telemetry>> serializer = serializer(InputType.TELEMETRY);
    for (Inbound<Telemetry> input :
        List.of(
            Inputs.inbound(InputType.TELEMETRY, 5, Inputs.telemetry("v1", Inputs.T0)),
            recoded(),
            Inbound.<Telemetry>faulty(
                new Origin("telemetry", 1, 2, 3),
                null,
                new byte[3],
                new Fault(DeadLetterCause.MALFORMED, "no record")))) {
      DataOutputSerializer out = new DataOutputSerializer(64);
      serializer.serialize(input, out);
      DataOutputSerializer copy = new DataOutputSerializer(64);
      serializer.copy(new DataInputDeserializer(out.getCopyOfBuffer()), copy);
      assertThat(copy.getCopyOfBuffer()).isEqualTo(out.getCopyOfBuffer());
    }
  }

  @Test
  void theFirstLayoutIsReadForEver() throws Exception {
    Inbound<Telemetry> input =
        Inputs.inbound(InputType.TELEMETRY, 5, Inputs.telemetry("v1", Inputs.T0));
    byte[] layout1 = HexFormat.of().parseHex(LAYOUT_1 + HexFormat.of().formatHex(input.payload()));

    Inbound<Telemetry> read =
        serializer(InputType.TELEMETRY).deserialize(new DataInputDeserializer(layout1));

    assertThat(read.value()).isEqualTo(input.value());
    assertThat(read.origin()).isEqualTo(input.origin());
  }

  @Test
  void aSavepointRemembersLayoutAndTopic() throws Exception {
    TypeSerializerSnapshot<Inbound<Telemetry>> written =
        serializer(InputType.TELEMETRY).snapshotConfiguration();
    DataOutputSerializer out = new DataOutputSerializer(64);
    TypeSerializerSnapshot.writeVersionedSnapshot(out, written);

    TypeSerializerSnapshot<Inbound<Telemetry>> read =
        TypeSerializerSnapshot.readVersionedSnapshot(
            new DataInputDeserializer(out.getCopyOfBuffer()), getClass().getClassLoader());

    assertThat(read.restoreSerializer()).isEqualTo(serializer(InputType.TELEMETRY));
    assertThat(
            serializer(InputType.TELEMETRY)
                .snapshotConfiguration()
                .resolveSchemaCompatibility(read)
                .isCompatibleAsIs())
        .isTrue();
  }

  @Test
  void theTypeTravelsToTheTaskManager() throws Exception {
    TypeInformation<Inbound<Telemetry>> type =
        InstantiationUtil.clone(InputType.TELEMETRY.inbound());

    assertThat(type).isEqualTo(InputType.TELEMETRY.inbound());
    assertThat(type).isNotEqualTo(InputType.SHIPMENTS.inbound());
  }

  private static <T extends SpecificRecordBase> TypeSerializer<Inbound<T>> serializer(
      InputType<T> type) {
    return type.inbound().createSerializer(new SerializerConfigImpl());
  }

  private static <T extends SpecificRecordBase> Inbound<T> roundTrip(
      InputType<T> type, Inbound<T> input) throws Exception {
    DataOutputSerializer out = new DataOutputSerializer(64);
    serializer(type).serialize(input, out);
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    Inbound<T> copy = serializer(type).deserialize(in);
    assertThat(in.available()).isZero();
    return copy;
  }
}
