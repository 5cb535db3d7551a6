// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.functions.ingest.Fate;
import io.headway.functions.ingest.Fates;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.traffic.ControlUpdate;
import io.headway.schemas.ModelRelease;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Passes on what is news of a model's versions: of each version the highest revision holds. Run it
 * with parallelism 1.
 */
public final class ModelReleases extends ProcessFunction<Inbound<ModelRelease>, ControlUpdate>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1;

  private transient Fates fates;
  private transient ListState<ModelRelease> state;
  private transient Map<String, ModelRelease> newest;

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    fates = Fates.initialize(context, getRuntimeContext());
    state =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>("releases", TypeInformation.of(ModelRelease.class)));
    newest = new HashMap<>();
    for (ModelRelease release : state.get()) {
      newest.put(release.getModel(), release);
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
    ModelRelease held = newest.get(release.getModel());
    boolean isNews = held == null || Releases.supersedes(release, held);
    fates.count(input.origin().topic(), isNews ? Fate.APPLIED : Fate.DUPLICATE);
    if (isNews) {
      newest.put(release.getModel(), release);
      out.collect(ControlUpdate.of(release));
    }
  }
}
