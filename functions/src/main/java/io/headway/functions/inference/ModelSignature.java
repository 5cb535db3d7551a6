// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tensors that a model takes and gives, in the model's order.
 *
 * @param inputs at least one, with different names
 * @param outputs at least one, with different names
 */
public record ModelSignature(List<TensorSpec> inputs, List<TensorSpec> outputs)
    implements Serializable {

  /**
   * @throws IllegalArgumentException when either side is empty or names a tensor twice
   */
  public ModelSignature {
    inputs = distinct("inputs", inputs);
    outputs = distinct("outputs", outputs);
  }

  /**
   * How many bytes the buffers of a batch take.
   *
   * @param items how many fit
   */
  public long bytes(int items) {
    return (bytes(inputs) + bytes(outputs)) * items;
  }

  /**
   * What an opened model takes and gives. Outputs that cannot be served are left out: nobody need
   * read them.
   *
   * @param model its name, for the message
   * @param unserved is told the outputs that are left out, by name, and why
   * @throws ModelException when an input is no tensor, its first dimension does not vary with the
   *     batch, another dimension does, or its type is not served; or no output is left
   */
  static ModelSignature of(String model, OrtSession session, Map<String, String> unserved)
      throws ModelException {
    try {
      List<TensorSpec> inputs = new ArrayList<>();
      for (NodeInfo node : session.getInputInfo().values()) {
        inputs.add(spec(node));
      }
      List<TensorSpec> outputs = new ArrayList<>();
      for (NodeInfo node : session.getOutputInfo().values()) {
        try {
          outputs.add(spec(node));
        } catch (IllegalArgumentException | ArithmeticException e) {
          unserved.put(node.getName(), e.getMessage());
        }
      }
      if (outputs.isEmpty()) {
        throw new IllegalArgumentException("none of its outputs can be read.");
      }
      return new ModelSignature(inputs, outputs);
    } catch (OrtException | IllegalArgumentException | ArithmeticException e) {
      throw new ModelException(
          "Model %s cannot be served: %s %s"
              .formatted(model, e.getMessage(), String.join(" ", unserved.values())),
          e);
    }
  }

  /**
   * Checks that a model takes exactly the inputs that are written, and gives at least the outputs
   * that are read.
   *
   * @param model its name, for the message
   * @param used what is written and read
   * @param unserved why other outputs that it has cannot be served, by name
   * @throws ModelException naming every tensor that differs, what was expected and what came
   */
  void check(String model, ModelSignature used, Map<String, String> unserved)
      throws ModelException {
    List<String> faults = new ArrayList<>();
    for (TensorSpec input : used.inputs) {
      compare("input", input, inputs, Map.of()).ifPresent(faults::add);
    }
    for (TensorSpec input : inputs) {
      if (find(used.inputs, input.name()).isEmpty()) {
        faults.add("input %s was not expected".formatted(input));
      }
    }
    for (TensorSpec output : used.outputs) {
      compare("output", output, outputs, unserved).ifPresent(faults::add);
    }
    if (!faults.isEmpty()) {
      throw new ModelException(
          "Model %s does not fit what it is used for: %s. It is not used; export it with these tensors."
              .formatted(model, String.join("; ", faults)));
    }
  }

  private static long bytes(List<TensorSpec> specs) {
    return specs.stream().mapToLong(TensorSpec::bytes).sum();
  }

  private static Optional<String> compare(
      String side, TensorSpec expected, List<TensorSpec> all, Map<String, String> unserved) {
    Optional<TensorSpec> came = find(all, expected.name());
    if (came.isEmpty()) {
      return Optional.of(
          "%s %s was expected and %s"
              .formatted(side, expected, unserved.getOrDefault(expected.name(), "is missing")));
    }
    return came.get().equals(expected)
        ? Optional.empty()
        : Optional.of("%s %s was expected and %s came".formatted(side, expected, came.get()));
  }

  private static Optional<TensorSpec> find(List<TensorSpec> specs, String name) {
    return specs.stream().filter(spec -> spec.name().equals(name)).findAny();
  }

  private static TensorSpec spec(NodeInfo node) {
    if (!(node.getInfo() instanceof TensorInfo tensor)) {
      throw new IllegalArgumentException(
          "%s is no tensor but %s; export the model without sequences and maps."
              .formatted(node.getName(), node.getInfo()));
    }
    long[] shape = tensor.getShape();
    if (shape.length == 0 || shape[0] != -1) {
      throw new IllegalArgumentException(
          "tensor %s has the shape %s, whose first dimension does not vary, so requests cannot be batched; export the model with a dynamic first dimension."
              .formatted(node.getName(), Arrays.toString(shape)));
    }
    List<Integer> itemShape = new ArrayList<>();
    for (int i = 1; i < shape.length; i++) {
      itemShape.add(Math.toIntExact(shape[i]));
    }
    return new TensorSpec(node.getName(), tensor.type, itemShape);
  }

  private static List<TensorSpec> distinct(String side, List<TensorSpec> specs) {
    if (specs.isEmpty()
        || specs.stream().map(TensorSpec::name).distinct().count() != specs.size()) {
      throw new IllegalArgumentException(
          "The %s %s are none or name a tensor twice; give each tensor once."
              .formatted(side, specs));
    }
    return List.copyOf(specs);
  }
}
