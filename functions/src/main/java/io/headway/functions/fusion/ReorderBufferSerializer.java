// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.fusion;

import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.schemas.Telemetry;
import java.io.IOException;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/** Writes a {@link ReorderBuffer} as an int length and its bytes, which have a version inside. */
final class ReorderBufferSerializer extends TypeSerializer<ReorderBuffer> {
  private static final long serialVersionUID = 1;

  private transient TypeSerializer<Inbound<Telemetry>> records;
  private transient DataOutputSerializer scratch;

  @Override
  public boolean isImmutableType() {
    return false;
  }

  @Override
  public TypeSerializer<ReorderBuffer> duplicate() {
    return new ReorderBufferSerializer();
  }

  @Override
  public ReorderBuffer createInstance() {
    return new ReorderBuffer();
  }

  @Override
  public ReorderBuffer copy(ReorderBuffer from) {
    return from.copy();
  }

  @Override
  public ReorderBuffer copy(ReorderBuffer from, ReorderBuffer reuse) {
    return from.copy();
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(ReorderBuffer buffer, DataOutputView target) throws IOException {
    if (records == null) {
      records = InputType.TELEMETRY.inbound().createSerializer(new SerializerConfigImpl());
      scratch = new DataOutputSerializer(1_024);
    }
    byte[] bytes = buffer.toBytes(records, scratch);
    target.writeInt(bytes.length);
    target.write(bytes);
  }

  @Override
  public ReorderBuffer deserialize(DataInputView source) throws IOException {
    byte[] bytes = new byte[source.readInt()];
    source.readFully(bytes);
    return ReorderBuffer.of(bytes);
  }

  @Override
  public ReorderBuffer deserialize(ReorderBuffer reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    int length = source.readInt();
    target.writeInt(length);
    target.write(source, length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ReorderBufferSerializer;
  }

  @Override
  public int hashCode() {
    return ReorderBufferSerializer.class.hashCode();
  }

  @Override
  public TypeSerializerSnapshot<ReorderBuffer> snapshotConfiguration() {
    return new Snapshot();
  }

  /** What a savepoint remembers of the serializer: nothing. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<ReorderBuffer> {
    /** For Flink. */
    public Snapshot() {
      super(ReorderBufferSerializer::new);
    }
  }
}
