// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The inputs and outputs of up to so many items, in direct buffers that are made once and used
 * again for every batch. Not thread-safe.
 */
public final class TensorBatch {
  private final List<ByteBuffer> inputs;
  private final List<ByteBuffer> outputs;
  private final List<ItemTensors> inputItems;
  private final List<ItemTensors> outputItems;

  /**
   * @param capacity how many items fit, positive
   * @throws ArithmeticException when a tensor of them has more than 2 GiB
   * @throws OutOfMemoryError when there is too little direct memory
   */
  public TensorBatch(ModelSignature signature, int capacity) {
    inputs = buffers(signature.inputs(), capacity);
    outputs = buffers(signature.outputs(), capacity);
    inputItems = items(signature.inputs(), inputs, capacity);
    outputItems = items(signature.outputs(), outputs, capacity);
  }

  /** How many items fit. */
  public int capacity() {
    return inputItems.size();
  }

  /**
   * The inputs of an item, at their beginnings.
   *
   * @param item from 0 to less than the capacity
   */
  public ItemTensors input(int item) {
    ItemTensors tensors = inputItems.get(item);
    tensors.rewind();
    return tensors;
  }

  /**
   * The outputs of an item, at their beginnings.
   *
   * @param item from 0 to less than the capacity
   */
  public ItemTensors output(int item) {
    ItemTensors tensors = outputItems.get(item);
    tensors.rewind();
    return tensors;
  }

  /** The whole buffer of each input. */
  List<ByteBuffer> inputs() {
    return inputs;
  }

  /** The whole buffer of each output. */
  List<ByteBuffer> outputs() {
    return outputs;
  }

  private static List<ByteBuffer> buffers(List<TensorSpec> specs, int capacity) {
    return specs.stream()
        .map(
            spec ->
                ByteBuffer.allocateDirect(Math.multiplyExact(spec.bytes(), capacity))
                    .order(ByteOrder.nativeOrder()))
        .toList();
  }

  private static List<ItemTensors> items(
      List<TensorSpec> specs, List<ByteBuffer> batches, int capacity) {
    return IntStream.range(0, capacity)
        .mapToObj(item -> new ItemTensors(specs, batches, item))
        .toList();
  }
}
