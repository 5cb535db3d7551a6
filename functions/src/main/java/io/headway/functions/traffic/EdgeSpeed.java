// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * Mean speed of an edge in a window of event time: all metres over all seconds (the space mean
 * speed), so that slow vehicles, which stay longer, count as they should. What was seen of another
 * road network's edge of that number does not count, nor what is reported when its window is over:
 * Flink counts it ({@code numLateRecordsDropped}). For a stream keyed by {@link
 * EdgeObservation#edge}, with {@link AtWindowEnd}.
 */
public final class EdgeSpeed
    implements AggregateFunction<EdgeObservation, EdgeSpeed.Sum, EdgeMean> {
  private static final long serialVersionUID = 1;

  /** What a window has seen so far. A Flink POJO. */
  public static class Sum {
    /** Metres driven. */
    public double distanceM;

    /** Seconds taken. */
    public double seconds;

    /** Stretches driven. */
    public int observations;

    /** Of which road network the edge is, see {@link EdgeObservation#networkHash}. */
    public int networkHash;
  }

  @Override
  public Sum createAccumulator() {
    return new Sum();
  }

  @Override
  public Sum add(EdgeObservation observation, Sum before) {
    Sum sum = before.networkHash == observation.networkHash ? before : new Sum();
    sum.networkHash = observation.networkHash;
    sum.distanceM += observation.distanceM;
    sum.seconds += observation.seconds;
    sum.observations++;
    return sum;
  }

  @Override
  public Sum merge(Sum a, Sum b) {
    a.distanceM += b.distanceM;
    a.seconds += b.seconds;
    a.observations += b.observations;
    return a;
  }

  @Override
  public EdgeMean getResult(Sum sum) {
    EdgeMean mean = new EdgeMean();
    mean.speedMps = (float) (sum.distanceM / sum.seconds);
    mean.observations = sum.observations;
    mean.networkHash = sum.networkHash;
    return mean;
  }

  /** Says of which edge and window a mean is. */
  public static final class AtWindowEnd
      extends ProcessWindowFunction<EdgeMean, EdgeMean, Integer, TimeWindow> {
    private static final long serialVersionUID = 1;

    @Override
    public void process(
        Integer edge, Context context, Iterable<EdgeMean> means, Collector<EdgeMean> out) {
      for (EdgeMean mean : means) {
        mean.edge = edge;
        mean.windowEndMs = context.window().getEnd();
        out.collect(mean);
      }
    }
  }
}
