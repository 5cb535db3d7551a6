// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import java.io.IOException;
import org.apache.flink.ml.servable.api.ModelServable;

/**
 * A servable that is written as Flink ML's training side writes its stages.
 *
 * @param <T> the servable itself
 */
public interface SavableServable<T extends SavableServable<T>> extends ModelServable<T> {

  /**
   * Writes parameters and model into a directory, which is made.
   *
   * @param path by any of Flink's file systems
   * @throws IOException when it cannot be written, or a servable is there already
   * @throws IllegalStateException when there is no model yet
   */
  void save(String path) throws IOException;
}
