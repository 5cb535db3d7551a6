// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import java.util.Arrays;

/** A binary heap of longs, least first. Not thread-safe. */
final class LongHeap {
  private long[] values = new long[1024];
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  long least() {
    return values[0];
  }

  void add(long value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    int i = size++;
    while (i > 0) {
      int parent = (i - 1) >>> 1;
      if (values[parent] <= value) {
        break;
      }
      values[i] = values[parent];
      i = parent;
    }
    values[i] = value;
  }

  void removeLeast() {
    long last = values[--size];
    if (size > 0) {
      siftDown(last);
    }
  }

  /** The same as removing the least and adding a value, in one go. */
  void replaceLeast(long value) {
    siftDown(value);
  }

  private void siftDown(long value) {
    int i = 0;
    while (true) {
      int child = 2 * i + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && values[child + 1] < values[child]) {
        child++;
      }
      if (values[child] >= value) {
        break;
      }
      values[i] = values[child];
      i = child;
    }
    values[i] = value;
  }
}
