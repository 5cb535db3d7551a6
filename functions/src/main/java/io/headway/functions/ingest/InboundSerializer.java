// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.schemas.DeadLetterCause;
import java.io.IOException;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes the input's own bytes and decodes them again on reading, so a record in single-object
 * encoding costs no second encoding, and one in a savepoint can be read for as long as its schema
 * is among the released ones. Layout, version 2: kind (1 byte: 0 at fault, 1 sound, 2 sound and not
 * in single-object encoding), topic (UTF), partition (int), offset (long), append time (long), key
 * and payload (int length, -1 for null, bytes); of kind 0 also whole length (int), SHA-256, cause
 * and detail (UTF; the hash empty when the payload is whole); of kind 2 also the record in
 * single-object encoding (int length, bytes). Version 1 had no kind 2.
 */
final class InboundSerializer<T extends SpecificRecordBase> extends TypeSerializer<Inbound<T>> {
  private static final long serialVersionUID = 1;

  private static final byte FAULTY = 0;
  private static final byte SOUND = 1;
  private static final byte SOUND_RECODED = 2;

  private final InputType<T> type;

  /** The last topic read, which nearly every record shares. */
  private transient String topic = "";

  InboundSerializer(InputType<T> type) {
    this.type = type;
  }

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public TypeSerializer<Inbound<T>> duplicate() {
    return new InboundSerializer<>(type);
  }

  @Override
  public Inbound<T> createInstance() {
    return null;
  }

  @Override
  public Inbound<T> copy(Inbound<T> from) {
    return from;
  }

  @Override
  public Inbound<T> copy(Inbound<T> from, Inbound<T> reuse) {
    return from;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(Inbound<T> record, DataOutputView target) throws IOException {
    Origin origin = record.origin();
    byte kind = kindOf(record);
    target.writeByte(kind);
    target.writeUTF(origin.topic());
    target.writeInt(origin.partition());
    target.writeLong(origin.offset());
    target.writeLong(origin.appendTimeMs());
    writeBytes(record.key(), target);
    writeBytes(record.payload(), target);
    if (kind == SOUND_RECODED) {
      writeBytes(record.encoded(), target);
    } else if (kind == FAULTY) {
      target.writeInt(record.payloadLength());
      target.writeUTF(record.payloadSha256() == null ? "" : record.payloadSha256());
      target.writeUTF(record.cause().name());
      target.writeUTF(record.detail());
    }
  }

  private static byte kindOf(Inbound<?> record) {
    if (!record.isSound()) {
      return FAULTY;
    }
    return record.encoded() == record.payload() ? SOUND : SOUND_RECODED;
  }

  @Override
  public Inbound<T> deserialize(DataInputView source) throws IOException {
    byte kind = source.readByte();
    String readTopic = source.readUTF();
    if (!readTopic.equals(topic)) {
      topic = readTopic;
    }
    Origin origin = new Origin(topic, source.readInt(), source.readLong(), source.readLong());
    byte[] key = readBytes(source);
    byte[] payload = readBytes(source);
    if (kind != FAULTY) {
      byte[] encoded = kind == SOUND_RECODED ? readBytes(source) : payload;
      return Inbound.decode(type, origin, key, payload, encoded);
    }
    int length = source.readInt();
    String sha256 = source.readUTF();
    DeadLetterCause cause = DeadLetterCause.valueOf(source.readUTF());
    Fault fault = new Fault(cause, source.readUTF());
    return Inbound.faulty(origin, key, payload, length, sha256.isEmpty() ? null : sha256, fault);
  }

  @Override
  public Inbound<T> deserialize(Inbound<T> reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    byte kind = source.readByte();
    target.writeByte(kind);
    target.writeUTF(source.readUTF());
    target.writeInt(source.readInt());
    target.writeLong(source.readLong());
    target.writeLong(source.readLong());
    writeBytes(readBytes(source), target);
    writeBytes(readBytes(source), target);
    if (kind == SOUND_RECODED) {
      writeBytes(readBytes(source), target);
    } else if (kind == FAULTY) {
      target.writeInt(source.readInt());
      target.writeUTF(source.readUTF());
      target.writeUTF(source.readUTF());
      target.writeUTF(source.readUTF());
    }
  }

  private static void writeBytes(byte[] bytes, DataOutputView target) throws IOException {
    if (bytes == null) {
      target.writeInt(-1);
    } else {
      target.writeInt(bytes.length);
      target.write(bytes);
    }
  }

  private static byte[] readBytes(DataInputView source) throws IOException {
    int length = source.readInt();
    if (length < 0) {
      return null;
    }
    byte[] bytes = new byte[length];
    source.readFully(bytes);
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InboundSerializer<?> that && type == that.type;
  }

  @Override
  public int hashCode() {
    return type.topic().hashCode();
  }

  @Override
  public TypeSerializerSnapshot<Inbound<T>> snapshotConfiguration() {
    return new Snapshot<>(type);
  }

  /** What a savepoint remembers of the serializer: the layout's version and the topic. */
  public static final class Snapshot<T extends SpecificRecordBase>
      implements TypeSerializerSnapshot<Inbound<T>> {
    private static final int VERSION = 2;

    private InputType<T> type;

    /** For Flink. */
    public Snapshot() {}

    private Snapshot(InputType<T> type) {
      this.type = type;
    }

    @Override
    public int getCurrentVersion() {
      return VERSION;
    }

    @Override
    public void writeSnapshot(DataOutputView out) throws IOException {
      out.writeUTF(type.topic());
    }

    @Override
    @SuppressWarnings("unchecked")
    public void readSnapshot(int readVersion, DataInputView in, ClassLoader userCodeClassLoader)
        throws IOException {
      if (readVersion > VERSION) {
        throw new IOException(
            "Inputs in this savepoint have layout "
                + readVersion
                + ", and this version of the job reads layouts up to "
                + VERSION
                + "; restore it with the version that wrote it.");
      }
      type = (InputType<T>) InputType.ofTopic(in.readUTF());
    }

    @Override
    public TypeSerializer<Inbound<T>> restoreSerializer() {
      return new InboundSerializer<>(type);
    }

    @Override
    public TypeSerializerSchemaCompatibility<Inbound<T>> resolveSchemaCompatibility(
        TypeSerializerSnapshot<Inbound<T>> oldSnapshot) {
      return oldSnapshot instanceof Snapshot<?> old && old.type == type
          ? TypeSerializerSchemaCompatibility.compatibleAsIs()
          : TypeSerializerSchemaCompatibility.incompatible();
    }
  }
}
