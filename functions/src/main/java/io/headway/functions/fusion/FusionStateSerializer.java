// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.fusion;

import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.schemas.Telemetry;
import java.io.IOException;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.CompositeTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes the bytes of a {@link FusionState}'s two parts, each behind its length (int; no motion is
 * no bytes); each has its version inside. How the records in them are written, {@link Snapshot}
 * remembers.
 */
final class FusionStateSerializer extends TypeSerializer<FusionState> {
  private static final long serialVersionUID = 1;

  private static final BytePrimitiveArraySerializer BYTES = BytePrimitiveArraySerializer.INSTANCE;
  private static final byte[] NO_MOTION = {};

  private final TypeSerializer<Inbound<Telemetry>> records;
  private transient DataOutputSerializer scratch;

  FusionStateSerializer() {
    this(InputType.TELEMETRY.inbound().createSerializer(new SerializerConfigImpl()));
  }

  private FusionStateSerializer(TypeSerializer<Inbound<Telemetry>> records) {
    this.records = records;
  }

  @Override
  public boolean isImmutableType() {
    return false;
  }

  @Override
  public TypeSerializer<FusionState> duplicate() {
    return new FusionStateSerializer(records.duplicate());
  }

  @Override
  public FusionState createInstance() {
    return new FusionState(new ReorderBuffer(), null);
  }

  @Override
  public FusionState copy(FusionState from) {
    return from.copy();
  }

  @Override
  public FusionState copy(FusionState from, FusionState reuse) {
    return from.copy();
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(FusionState state, DataOutputView target) throws IOException {
    if (scratch == null) {
      scratch = new DataOutputSerializer(1_024);
    }
    BYTES.serialize(state.waiting.toBytes(records, scratch), target);
    BYTES.serialize(state.motion == null ? NO_MOTION : state.motion, target);
  }

  @Override
  public FusionState deserialize(DataInputView source) throws IOException {
    ReorderBuffer waiting = ReorderBuffer.of(BYTES.deserialize(source));
    byte[] motion = BYTES.deserialize(source);
    return new FusionState(waiting, motion.length == 0 ? null : motion);
  }

  @Override
  public FusionState deserialize(FusionState reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    BYTES.serialize(BYTES.deserialize(source), target);
    BYTES.serialize(BYTES.deserialize(source), target);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FusionStateSerializer that && records.equals(that.records);
  }

  @Override
  public int hashCode() {
    return records.hashCode();
  }

  @Override
  public TypeSerializerSnapshot<FusionState> snapshotConfiguration() {
    return new Snapshot(this);
  }

  /** What a savepoint remembers of the serializer: that of the records. */
  public static final class Snapshot
      extends CompositeTypeSerializerSnapshot<FusionState, FusionStateSerializer> {
    private static final int VERSION = 1;

    /** For Flink. */
    public Snapshot() {}

    private Snapshot(FusionStateSerializer serializer) {
      super(serializer);
    }

    @Override
    protected int getCurrentOuterSnapshotVersion() {
      return VERSION;
    }

    @Override
    protected TypeSerializer<?>[] getNestedSerializers(FusionStateSerializer serializer) {
      return new TypeSerializer<?>[] {serializer.records};
    }

    @Override
    @SuppressWarnings("unchecked")
    protected FusionStateSerializer createOuterSerializerWithNestedSerializers(
        TypeSerializer<?>[] nested) {
      return new FusionStateSerializer((TypeSerializer<Inbound<Telemetry>>) nested[0]);
    }
  }
}
