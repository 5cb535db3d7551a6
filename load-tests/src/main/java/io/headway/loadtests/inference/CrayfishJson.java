// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;

/**
 * {@link Format#JSON} as the Crayfish benchmark reads and writes it: lists of objects, by Jackson.
 */
final class CrayfishJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private CrayfishJson() {}

  /** What is in a record, and in an answer. */
  record Batch(List<Float> data) {}

  static List<Float> read(byte[] record) throws IOException {
    return JSON.readValue(record, Batch.class).data;
  }

  static byte[] write(List<Float> outputs) throws IOException {
    return JSON.writeValueAsBytes(new Batch(outputs));
  }
}
