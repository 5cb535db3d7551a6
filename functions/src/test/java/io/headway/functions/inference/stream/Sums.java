// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.ItemTensors;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.TensorSpec;
import io.headway.functions.inference.TestModels;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;

/** Asks the models of the tests about numbers. */
final class Sums {
  /** The model {@code loop} takes hours over it. */
  static final long HANGS = 1_000_000_000_000L;

  private static final BatchSettings BATCHING =
      new BatchSettings(16, Duration.ofMillis(1), Duration.ofSeconds(60), 10_000, 1);

  private Sums() {}

  /** The model {@code sum}: three times the number. */
  static InferenceOptions<Long, Long> sum() {
    return InferenceOptions.<Long, Long>of(TestModels.reference("sum"), TestModels.SUM, Types.LONG)
        .withBatching(BATCHING);
  }

  /** The model {@code loop}: the number itself, after as many rounds. */
  static InferenceOptions<Long, Long> loop(Duration deadline) {
    return InferenceOptions.<Long, Long>of(
            TestModels.reference("loop"),
            new ModelSignature(
                List.of(TensorSpec.floats("x", 1)), List.of(TensorSpec.floats("y", 1))),
            Types.LONG)
        .withBatching(BATCHING.withDeadline(deadline));
  }

  static void encodeThree(Long number, ItemTensors inputs) {
    inputs.floats("x").put(number).put(number).put(number);
  }

  static void encodeOne(Long number, ItemTensors inputs) {
    inputs.floats("x").put(number);
  }

  static Long decode(Long number, ItemTensors outputs) {
    return (long) outputs.floats("y").get();
  }
}
