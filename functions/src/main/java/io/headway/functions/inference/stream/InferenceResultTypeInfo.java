// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import io.headway.functions.inference.InferenceResult;
import java.util.Objects;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Flink's type of {@link InferenceResult}. */
public final class InferenceResultTypeInfo<I, O> extends TypeInformation<InferenceResult<I, O>> {
  private static final long serialVersionUID = 1;

  private final TypeInformation<I> requestType;
  private final TypeInformation<O> answerType;

  /**
   * @param requestType of what is asked
   * @param answerType of what is answered
   */
  public InferenceResultTypeInfo(TypeInformation<I> requestType, TypeInformation<O> answerType) {
    this.requestType = requestType;
    this.answerType = answerType;
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
  public Class<InferenceResult<I, O>> getTypeClass() {
    return (Class<InferenceResult<I, O>>) (Class<?>) InferenceResult.class;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public TypeSerializer<InferenceResult<I, O>> createSerializer(SerializerConfig config) {
    return new InferenceResultSerializer<>(
        requestType.createSerializer(config), answerType.createSerializer(config));
  }

  @Override
  public String toString() {
    return "InferenceResult<" + requestType + ", " + answerType + ">";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InferenceResultTypeInfo<?, ?> that
        && requestType.equals(that.requestType)
        && answerType.equals(that.answerType);
  }

  @Override
  public int hashCode() {
    return Objects.hash(requestType, answerType);
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof InferenceResultTypeInfo;
  }
}
