// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

/** A model that is open: what runs batches. Its text names it in messages. Thread-safe. */
public interface Model extends AutoCloseable {

  /** What it takes, and what of it can be read. */
  ModelSignature signature();

  /**
   * What one thread runs batches with; runs of different runners go on beside each other.
   *
   * @param used the inputs that will be written and the outputs that will be read
   * @param capacity the most items of a batch, positive
   * @throws ModelException when the model has other tensors, or there is too little direct memory
   *     for a batch
   */
  Runner runner(ModelSignature used, int capacity) throws ModelException;

  /** Frees what it holds. All runners must have been closed before. */
  @Override
  void close();

  /** Runs batches, one at a time. Only {@link #stop} may be called by another thread. */
  interface Runner extends AutoCloseable {

    /** Where the inputs are written before a run and the outputs read after it. */
    TensorBatch batch();

    /**
     * Runs the first items of the batch, and waits for it.
     *
     * @param items from 1 to the batch's capacity
     * @throws ModelException when the model fails, or was told to stop
     */
    void run(int items) throws ModelException;

    /**
     * Asks the run that is going on, if there is one, to fail soon; the model may not heed it. Any
     * thread may call it.
     */
    void stop();

    @Override
    void close();
  }
}
