// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.fusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.functions.ingest.Inputs;
import io.headway.schemas.Telemetry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class ReorderBufferTest {
  private static final TypeSerializer<Inbound<Telemetry>> RECORDS =
      InputType.TELEMETRY.inbound().createSerializer(new SerializerConfigImpl());

  private final ReorderBuffer buffer = new ReorderBuffer();

  @Test
  void recordsComeOutInOrderAlsoHalfwayThroughBytes() throws IOException {
    for (long timeMs : new long[] {5, 2, 9, 4}) {
      buffer.put(timeMs, record(timeMs));
    }
    assertThat(buffer.take(RECORDS)).isEqualTo(record(2));

    ReorderBuffer restored = throughBytes(buffer);
    restored.put(7, record(7));

    assertThat(restored.passedMs()).isEqualTo(2);
    assertThat(restored.newestMs()).isEqualTo(9);
    assertThat(List.of(2L, 4L, 5L, 7L, 9L)).allMatch(restored::knows);
    assertThat(restored.knows(6)).isFalse();
    assertThat(drain(throughBytes(restored)))
        .containsExactly(record(4), record(5), record(7), record(9));
  }

  @Test
  void bytesInOrderOfArrivalAreReadToo() throws IOException {
    byte[] late = bytes(record(30));
    byte[] early = bytes(record(20));
    ByteBuffer bytes =
        ByteBuffer.allocate(20 + 8 + 2 * 12 + late.length + early.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put((byte) 1).put((byte) 1).putShort((short) 2).putLong(10).putLong(99).putLong(10);
    bytes.putLong(30).putInt(late.length).put(late);
    bytes.putLong(20).putInt(early.length).put(early);

    ReorderBuffer restored = ReorderBuffer.of(bytes.array());

    assertThat(restored.knows(10)).isTrue();
    assertThat(restored.idleTimerMs()).isEqualTo(99);
    assertThat(drain(restored)).containsExactly(record(20), record(30));
  }

  @Test
  void aCopyStandsApart() throws IOException {
    buffer.put(1, record(1));
    buffer.put(3, record(3));
    buffer.setIdleTimerMs(50);
    byte[] before = buffer.toBytes(RECORDS, new DataOutputSerializer(16));

    ReorderBuffer copy = buffer.copy();
    copy.put(2, record(2));
    copy.take(RECORDS);
    copy.setIdleTimerMs(60);

    assertThat(buffer.toBytes(RECORDS, new DataOutputSerializer(16))).isEqualTo(before);
    assertThat(drain(copy)).containsExactly(record(2), record(3));
  }

  private static ReorderBuffer throughBytes(ReorderBuffer buffer) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    FusionStateSerializer serializer = new FusionStateSerializer();
    byte[] motion = {1, 2, 3};
    serializer.serialize(new FusionState(buffer, motion), out);
    DataOutputSerializer copied = new DataOutputSerializer(16);
    serializer.copy(new DataInputDeserializer(out.getCopyOfBuffer()), copied);
    FusionState restored =
        serializer.deserialize(new DataInputDeserializer(copied.getCopyOfBuffer()));
    assertThat(restored.motion).isEqualTo(motion);
    return restored.waiting;
  }

  private static List<Inbound<Telemetry>> drain(ReorderBuffer buffer) {
    List<Inbound<Telemetry>> records = new ArrayList<>();
    while (buffer.size() > 0) {
      records.add(buffer.take(RECORDS));
    }
    return records;
  }

  private static byte[] bytes(Inbound<Telemetry> record) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(16);
    RECORDS.serialize(record, out);
    return out.getCopyOfBuffer();
  }

  private static Inbound<Telemetry> record(long timeMs) {
    return Inputs.inbound(InputType.TELEMETRY, timeMs, Inputs.telemetry("v1", timeMs));
  }
}
