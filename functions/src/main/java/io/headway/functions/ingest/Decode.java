// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Passes sound records on and sends the others to {@link DeadLetters#TAG}. Counts those; what
 * becomes of a sound record is counted where it is used.
 */
public final class Decode<T extends SpecificRecordBase>
    extends ProcessFunction<Inbound<T>, Inbound<T>> implements CheckpointedFunction {
  private static final long serialVersionUID = 1;

  private final DeadLetters letters;

  private transient Fates fates;

  /** Writes letters of a given size. */
  public Decode(DeadLetters letters) {
    this.letters = letters;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    fates = Fates.initialize(context, getRuntimeContext());
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    fates.snapshot();
  }

  @Override
  public void processElement(Inbound<T> input, Context context, Collector<Inbound<T>> out) {
    if (input.isSound()) {
      out.collect(input);
    } else {
      fates.count(input.origin().topic(), Fate.DEAD_LETTER);
      context.output(DeadLetters.TAG, letters.of(input));
    }
  }
}
