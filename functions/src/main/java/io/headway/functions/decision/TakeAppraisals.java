// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.functions.release.ReleaseEvidence;
import io.headway.schemas.Appraisal;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Passes appraisals on and gives {@link #COMPARED} the rest: an async function has one output. */
public final class TakeAppraisals extends ProcessFunction<Imagined, Appraisal> {
  private static final long serialVersionUID = 1;

  /** How canaries and shadows did. */
  public static final OutputTag<ReleaseEvidence> COMPARED =
      new OutputTag<>("compared", TypeInformation.of(ReleaseEvidence.class));

  @Override
  public void processElement(Imagined imagined, Context context, Collector<Appraisal> out) {
    if (imagined.appraisal != null) {
      out.collect(imagined.appraisal);
    } else {
      context.output(COMPARED, ReleaseEvidence.of(imagined.compared));
    }
  }
}
