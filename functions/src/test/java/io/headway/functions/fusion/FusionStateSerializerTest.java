// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class FusionStateSerializerTest {
  private final FusionStateSerializer serializer = new FusionStateSerializer();

  @Test
  void aSavepointRemembersHowTheRecordsAreWritten() throws IOException {
    TypeSerializerSnapshot<FusionState> old = read(remembered());

    assertThat(old.restoreSerializer()).isEqualTo(serializer);
    assertThat(serializer.snapshotConfiguration().resolveSchemaCompatibility(old))
        .matches(compatibility -> compatibility.isCompatibleAsIs());
  }

  @Test
  void recordsOfALaterLayoutAreRefused() throws IOException {
    byte[] bytes = remembered();
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    String records = "InboundSerializer$Snapshot";
    ByteBuffer.wrap(bytes).putInt(text.indexOf(records) + records.length(), 99);

    assertThatThrownBy(() -> read(bytes))
        .hasMessageContaining("layout 99")
        .hasMessageContaining("restore it with the version that wrote it");
  }

  private byte[] remembered() throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(256);
    TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
    return out.getCopyOfBuffer();
  }

  private static TypeSerializerSnapshot<FusionState> read(byte[] bytes) throws IOException {
    return TypeSerializerSnapshot.readVersionedSnapshot(
        new DataInputDeserializer(bytes), FusionStateSerializerTest.class.getClassLoader());
  }
}
