// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Fate;
import io.headway.functions.ingest.Fates;
import io.headway.functions.ingest.Fault;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.traffic.ControlUpdate;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.ModelRelease;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Passes on what is news of a model's versions: of each version the highest revision holds. Run it
 * with parallelism 1.
 *
 * <p>Compaction keeps the last record of a version, whatever its revision. Where that is one that
 * lost and has another role, because two wrote at once or somebody knew an older state, the one
 * that holds is written again ({@link #CORRECTIONS}), with the next revision. A version whose file
 * is another one than before is at fault: decisions name versions.
 */
public final class ModelReleases extends ProcessFunction<Inbound<ModelRelease>, ControlUpdate>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1;

  /** What is to be written to the topic again. */
  public static final OutputTag<ModelRelease> CORRECTIONS =
      new OutputTag<>("corrections", TypeInformation.of(ModelRelease.class));

  private final DeadLetters letters;
  private final List<ModelRelease> bundled;

  private transient Fates fates;
  private transient ListState<HeldRelease> state;
  private transient Map<String, HeldRelease> newest;

  /**
   * @param letters writes letters of a given size
   * @param bundled what comes with the job, and holds until a record says otherwise
   */
  public ModelReleases(DeadLetters letters, List<ModelRelease> bundled) {
    this.letters = letters;
    this.bundled = List.copyOf(bundled);
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    fates = Fates.initialize(context, getRuntimeContext());
    state =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>("releases", TypeInformation.of(HeldRelease.class)));
    newest = new HashMap<>();
    bundled.forEach(release -> newest.put(release.getModel(), new HeldRelease(release, -1)));
    for (HeldRelease held : state.get()) {
      newest.put(held.release.getModel(), held);
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    fates.snapshot();
    state.update(newest.values().stream().toList());
  }

  @Override
  public void processElement(
      Inbound<ModelRelease> input, Context context, Collector<ControlUpdate> out) {
    ModelRelease release = input.value();
    HeldRelease held = newest.get(release.getModel());
    if (held != null && !held.release.getSha256().equals(release.getSha256())) {
      fates.count(input.origin().topic(), Fate.DEAD_LETTER);
      context.output(DeadLetters.TAG, letters.of(input, anotherFile(held.release, release)));
      return;
    }
    boolean isNews = held == null || Releases.supersedes(release, held.release);
    fates.count(input.origin().topic(), isNews ? Fate.APPLIED : Fate.DUPLICATE);
    if (isNews) {
      newest.put(release.getModel(), new HeldRelease(release, input.origin().offset()));
      out.collect(ControlUpdate.of(release));
    } else if (input.origin().offset() > held.offset
        && release.getRole() != held.release.getRole()) {
      context.output(
          CORRECTIONS,
          ModelRelease.newBuilder(held.release)
              .setRevision(held.release.getRevision() + 1)
              .build());
    }
  }

  private static Fault anotherFile(ModelRelease held, ModelRelease release) {
    return new Fault(
        DeadLetterCause.UNUSABLE_MODEL,
        "%s has the SHA-256 %s and was released with %s, so decisions that name it would not say which file decided; release the new file as a new version."
            .formatted(release.getModel(), release.getSha256(), held.getSha256()));
  }
}
