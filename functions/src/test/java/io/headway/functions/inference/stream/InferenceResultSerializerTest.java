// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import io.headway.functions.inference.InferenceCause;
import io.headway.functions.inference.InferenceResult;
import org.apache.flink.api.common.typeutils.SerializerTestBase;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;

/** Flink's own tests of a serializer: round trips, copies, streams, its snapshot. */
class InferenceResultSerializerTest extends SerializerTestBase<InferenceResult<Long, String>> {

  @Override
  protected TypeSerializer<InferenceResult<Long, String>> createSerializer() {
    return new InferenceResultSerializer<>(LongSerializer.INSTANCE, StringSerializer.INSTANCE);
  }

  @Override
  protected int getLength() {
    return -1;
  }

  @Override
  @SuppressWarnings("unchecked")
  protected Class<InferenceResult<Long, String>> getTypeClass() {
    return (Class<InferenceResult<Long, String>>) (Class<?>) InferenceResult.class;
  }

  @Override
  @SuppressWarnings({"unchecked", "rawtypes"})
  protected InferenceResult<Long, String>[] getTestData() {
    return new InferenceResult[] {
      new InferenceResult.Success<Long, String>("ten"),
      new InferenceResult.Fallback<Long, String>("eleven", InferenceCause.DEADLINE, "too late"),
      new InferenceResult.Failure<Long, String>(12L, InferenceCause.MODEL_FAILED, "poison ☠"),
    };
  }
}
