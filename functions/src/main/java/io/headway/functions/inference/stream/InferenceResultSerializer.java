// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import io.headway.functions.inference.InferenceCause;
import io.headway.functions.inference.InferenceResult;
import io.headway.functions.inference.InferenceResult.Failure;
import io.headway.functions.inference.InferenceResult.Fallback;
import io.headway.functions.inference.InferenceResult.Success;
import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.CompositeTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/**
 * Layout: a byte for the kind; Success: the answer; Fallback: the answer, the cause's name and the
 * message; Failure: the request, the cause's name and the message.
 */
final class InferenceResultSerializer<I, O> extends TypeSerializer<InferenceResult<I, O>> {
  private static final long serialVersionUID = 1;
  private static final byte SUCCESS = 0;
  private static final byte FALLBACK = 1;
  private static final byte FAILURE = 2;

  private final TypeSerializer<I> requests;
  private final TypeSerializer<O> answers;

  InferenceResultSerializer(TypeSerializer<I> requests, TypeSerializer<O> answers) {
    this.requests = requests;
    this.answers = answers;
  }

  @Override
  public boolean isImmutableType() {
    return requests.isImmutableType() && answers.isImmutableType();
  }

  @Override
  public TypeSerializer<InferenceResult<I, O>> duplicate() {
    return new InferenceResultSerializer<>(requests.duplicate(), answers.duplicate());
  }

  @Override
  public InferenceResult<I, O> createInstance() {
    return new Success<>(answers.createInstance());
  }

  @Override
  public InferenceResult<I, O> copy(InferenceResult<I, O> from) {
    if (from instanceof Success<I, O> success) {
      return new Success<>(answers.copy(success.value()));
    } else if (from instanceof Fallback<I, O> fallback) {
      return new Fallback<>(answers.copy(fallback.value()), fallback.cause(), fallback.message());
    }
    Failure<I, O> failure = (Failure<I, O>) from;
    return new Failure<>(requests.copy(failure.request()), failure.cause(), failure.message());
  }

  @Override
  public InferenceResult<I, O> copy(InferenceResult<I, O> from, InferenceResult<I, O> reuse) {
    return copy(from);
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(InferenceResult<I, O> result, DataOutputView target) throws IOException {
    if (result instanceof Success<I, O> success) {
      target.writeByte(SUCCESS);
      answers.serialize(success.value(), target);
    } else if (result instanceof Fallback<I, O> fallback) {
      target.writeByte(FALLBACK);
      answers.serialize(fallback.value(), target);
      target.writeUTF(fallback.cause().name());
      StringValue.writeString(fallback.message(), target);
    } else {
      Failure<I, O> failure = (Failure<I, O>) result;
      target.writeByte(FAILURE);
      requests.serialize(failure.request(), target);
      target.writeUTF(failure.cause().name());
      StringValue.writeString(failure.message(), target);
    }
  }

  @Override
  public InferenceResult<I, O> deserialize(DataInputView source) throws IOException {
    byte kind = source.readByte();
    return switch (kind) {
      case SUCCESS -> new Success<>(answers.deserialize(source));
      case FALLBACK ->
          new Fallback<>(
              answers.deserialize(source),
              InferenceCause.valueOf(source.readUTF()),
              StringValue.readString(source));
      case FAILURE ->
          new Failure<>(
              requests.deserialize(source),
              InferenceCause.valueOf(source.readUTF()),
              StringValue.readString(source));
      default -> throw new IOException("There is no kind " + kind + " of an inference's result.");
    };
  }

  @Override
  public InferenceResult<I, O> deserialize(InferenceResult<I, O> reuse, DataInputView source)
      throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    byte kind = source.readByte();
    target.writeByte(kind);
    if (kind == FAILURE) {
      requests.copy(source, target);
    } else {
      answers.copy(source, target);
    }
    if (kind != SUCCESS) {
      target.writeUTF(source.readUTF());
      StringValue.copyString(source, target);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InferenceResultSerializer<?, ?> that
        && requests.equals(that.requests)
        && answers.equals(that.answers);
  }

  @Override
  public int hashCode() {
    return Objects.hash(requests, answers);
  }

  @Override
  public TypeSerializerSnapshot<InferenceResult<I, O>> snapshotConfiguration() {
    return new Snapshot<>(this);
  }

  /** What a savepoint remembers: the layout's version and the two serializers. */
  public static final class Snapshot<I, O>
      extends CompositeTypeSerializerSnapshot<
          InferenceResult<I, O>, InferenceResultSerializer<I, O>> {
    private static final int VERSION = 1;

    /** For Flink. */
    public Snapshot() {}

    private Snapshot(InferenceResultSerializer<I, O> serializer) {
      super(serializer);
    }

    @Override
    protected int getCurrentOuterSnapshotVersion() {
      return VERSION;
    }

    @Override
    protected TypeSerializer<?>[] getNestedSerializers(InferenceResultSerializer<I, O> serializer) {
      return new TypeSerializer<?>[] {serializer.requests, serializer.answers};
    }

    @Override
    @SuppressWarnings("unchecked")
    protected InferenceResultSerializer<I, O> createOuterSerializerWithNestedSerializers(
        TypeSerializer<?>[] nested) {
      return new InferenceResultSerializer<>(
          (TypeSerializer<I>) nested[0], (TypeSerializer<O>) nested[1]);
    }
  }
}
