// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Flink's type of {@link Inbound}; got from {@link InputType#inbound()}. */
final class InboundTypeInfo<T extends SpecificRecordBase> extends TypeInformation<Inbound<T>> {
  private static final long serialVersionUID = 1;

  private final InputType<T> type;

  InboundTypeInfo(InputType<T> type) {
    this.type = type;
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  @SuppressWarnings("unchecked")
  public Class<Inbound<T>> getTypeClass() {
    return (Class<Inbound<T>>) (Class<?>) Inbound.class;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public TypeSerializer<Inbound<T>> createSerializer(SerializerConfig config) {
    return new InboundSerializer<>(type);
  }

  @Override
  public String toString() {
    return "Inbound<" + type + ">";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InboundTypeInfo<?> that && type == that.type;
  }

  @Override
  public int hashCode() {
    return type.topic().hashCode();
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof InboundTypeInfo;
  }
}
