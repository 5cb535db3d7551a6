// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.functions.inference.ItemTensors;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The models that are measured, made by {@code src/main/onnx/make_models.py}, and how they are
 * asked about {@link Records}.
 */
final class Networks {
  /** What they take and give. */
  static final ModelSignature SIGNATURE =
      new ModelSignature(
          List.of(TensorSpec.floats("x", Records.FEATURES)),
          List.of(TensorSpec.floats("y", Records.CLASSES)));

  /** That of the Crayfish benchmark, 784-32-32-32-32-10: 28,618 parameters. */
  static final String FFNN = "ffnn";

  /** 784-900-330-10: a million parameters. */
  static final String WIDE = "wide";

  /** 784-1800-1500-10: 4.1 million parameters. */
  static final String LARGE = "large";

  /** What follows the name of one that hangs when it is told to. */
  static final String HANGING = "-hanging";

  /** What those take and give. */
  static final ModelSignature HANGING_SIGNATURE =
      new ModelSignature(
          List.of(TensorSpec.floats("x", Records.FEATURES), TensorSpec.floats("rounds", 1)),
          SIGNATURE.outputs());

  /** So many rounds take hours. */
  private static final float HOURS = 1e12f;

  private Networks() {}

  /** Puts a model's file into a folder. */
  static Path file(String name, Path folder) throws IOException {
    String resource = "/models/" + name + ".onnx";
    try (InputStream in = Networks.class.getResourceAsStream(resource)) {
      return Files.write(
          folder.resolve(name + ".onnx"), Objects.requireNonNull(in, resource).readAllBytes());
    }
  }

  /** What refers to a model's file, as a version. */
  static ModelReference reference(Path file, int version) throws IOException {
    String name = file.getFileName().toString().replace(".onnx", "");
    return ModelReference.of(name, version, file.toUri().toString(), Files.readAllBytes(file));
  }

  static void encode(Long id, ItemTensors inputs) {
    inputs.floats("x").put(Records.numbers(id));
  }

  /** For one of {@link #HANGING_SIGNATURE}. */
  static void encode(Long id, boolean hangs, ItemTensors inputs) {
    encode(id, inputs);
    inputs.floats("rounds").put(hangs ? HOURS : 0);
  }

  static float[] decode(Object request, ItemTensors outputs) {
    float[] answer = new float[Records.CLASSES];
    outputs.floats("y").get(answer);
    return answer;
  }
}
