// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import io.headway.functions.ingest.Fate;
import io.headway.functions.ingest.Fates;
import io.headway.functions.ingest.Inbound;
import io.headway.schemas.Bounds;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.co.CoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * What the writer of weights and the bounds topic say, as one type on one stream. Bounds take
 * effect when their version is above every one before; others are duplicates. Run it with
 * parallelism 1.
 */
public final class ToControlUpdate
    extends CoProcessFunction<WeightDelta, Inbound<Bounds>, ControlUpdate>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1;

  private transient Fates fates;
  private transient ListState<Long> versionState;
  private transient long newestVersion;

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    fates = Fates.initialize(context, getRuntimeContext());
    versionState =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("bounds-version", Types.LONG));
    newestVersion = -1;
    for (long version : versionState.get()) {
      newestVersion = Math.max(newestVersion, version);
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    fates.snapshot();
    versionState.update(List.of(newestVersion));
  }

  @Override
  public void processElement1(WeightDelta weights, Context context, Collector<ControlUpdate> out) {
    out.collect(ControlUpdate.of(weights));
  }

  @Override
  public void processElement2(
      Inbound<Bounds> bounds, Context context, Collector<ControlUpdate> out) {
    boolean newer = bounds.value().getVersion() > newestVersion;
    fates.count(bounds.origin().topic(), newer ? Fate.APPLIED : Fate.DUPLICATE);
    if (newer) {
      newestVersion = bounds.value().getVersion();
      out.collect(ControlUpdate.of(bounds.value()));
    }
  }

  Fates fates() {
    return fates;
  }
}
