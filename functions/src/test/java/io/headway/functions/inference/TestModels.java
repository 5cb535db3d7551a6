// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** The models in {@code resources/models}, made by {@code onnx/make_models.py}. */
public final class TestModels {

  /** {@code sum.onnx}: y = x0 + x1 + x2. */
  public static final ModelSignature SUM =
      new ModelSignature(
          java.util.List.of(TensorSpec.floats("x", 3)),
          java.util.List.of(TensorSpec.floats("y", 1)));

  private TestModels() {}

  /** The bytes of a model. */
  public static byte[] bytes(String name) {
    try (InputStream in = TestModels.class.getResourceAsStream("/models/" + name + ".onnx")) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What refers to a model, version 1. */
  public static ModelReference reference(String name) {
    return ModelReference.of(
        name,
        1,
        Objects.requireNonNull(TestModels.class.getResource("/models/" + name + ".onnx"))
            .toString(),
        bytes(name));
  }
}
