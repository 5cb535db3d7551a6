// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.functions.inference.BatchListener;
import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.BatchedModel;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSession;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.functions.DefaultOpenContext;

/** Whether those that are compared give the same answers. */
final class Agreement {
  private static final int RECORDS = 1_024;

  private Agreement() {}

  /**
   * The largest difference between an output of {@link CrayfishScoring} and one of batches, both
   * from bytes to bytes.
   *
   * @param file of a model of {@link Networks#SIGNATURE}
   * @param format that batches read and write; Crayfish's is JSON
   */
  static float largestDifference(Path file, Format format) throws Exception {
    byte[] onnx = Files.readAllBytes(file);
    CrayfishScoring<byte[], byte[]> crayfish =
        new CrayfishScoring<>(
            onnx, CrayfishJson::read, (record, outputs) -> CrayfishJson.write(outputs));
    ModelReference reference = Networks.reference(file, 1);
    crayfish.open(DefaultOpenContext.INSTANCE);
    try (ModelSession session = ModelSession.open(reference, onnx, 1)) {
      BatchedModel<byte[], byte[]> batched =
          new BatchedModel<>(
              session,
              Networks.SIGNATURE,
              (record, inputs) -> format.read(record, inputs.floats("x")),
              (record, outputs) -> format.write(Networks.decode(record, outputs)),
              BatchSettings.DEFAULTS.withDeadline(Duration.ofMinutes(1)),
              BatchListener.NONE);
      try {
        return largestDifference(crayfish, batched, format);
      } finally {
        batched.close();
        batched.ended().join();
      }
    } finally {
      crayfish.close();
    }
  }

  private static float largestDifference(
      CrayfishScoring<byte[], byte[]> crayfish, BatchedModel<byte[], byte[]> batched, Format format)
      throws Exception {
    List<CompletableFuture<byte[]>> answers = new ArrayList<>();
    for (int id = 0; id < RECORDS; id++) {
      answers.add(batched.submit(format.write(Records.numbers(id))));
    }
    float most = 0;
    for (int id = 0; id < RECORDS; id++) {
      float[] ones = numbers(Format.JSON, crayfish.map(Format.JSON.write(Records.numbers(id))));
      float[] others = numbers(format, answers.get(id).join());
      for (int i = 0; i < ones.length; i++) {
        most = Math.max(most, Math.abs(ones[i] - others[i]));
      }
    }
    return most;
  }

  private static float[] numbers(Format format, byte[] answer) {
    FloatBuffer numbers = FloatBuffer.allocate(Records.CLASSES);
    format.read(answer, numbers);

    return numbers.array();
  }
}
