// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.functions.inference.servable.DataFrames;
import io.headway.functions.inference.servable.ServablePipeline;
import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.PlannedStop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.ml.linalg.Vector;
import org.apache.flink.ml.servable.api.DataFrame;
import org.apache.flink.ml.servable.api.Row;

/**
 * The logistic baseline of lateness, a pipeline of Flink ML: a scaler and a regression on {@link
 * StopFeatures}. As Flink ML's regression has no intercept, the last of the five features is always
 * 1, and the scaler has the mean 0 and the standard deviation 1 for it.
 *
 * <p>Not thread-safe.
 */
public final class LatenessBaseline implements AutoCloseable {
  /** The column of features that the pipeline reads, and that of its probabilities. */
  private static final String STOP = "stop";

  private static final String RAW_PREDICTION = "rawPrediction";

  private final ServablePipeline pipeline;

  private LatenessBaseline(ServablePipeline pipeline) {
    this.pipeline = pipeline;
  }

  /**
   * Loads the pipeline.
   *
   * @param path of its directory, by any of Flink's file systems
   * @param taskManager its configuration
   * @throws IOException when it cannot be loaded
   */
  public static LatenessBaseline load(String path, ReadableConfig taskManager) throws IOException {
    return new LatenessBaseline(ServablePipeline.load(path, taskManager));
  }

  /**
   * How likely each stop is late if nothing is done, 0 to 1, by its position in KEEP. Of a stop
   * that the vehicle has arrived at it is known: 0 or 1.
   *
   * @throws IllegalArgumentException when the time of a leg is negative or not finite, or the
   *     pipeline takes other features
   */
  public double[] lateProbabilities(DecisionRequest request) {
    StopFeatures[] stops = StopFeatures.ofKeep(request);
    Candidate keep = request.getCandidates().get(0);
    double[] late = new double[stops.length];
    List<StopFeatures> ahead = new ArrayList<>();
    List<Integer> positions = new ArrayList<>();
    for (int p = 0; p < stops.length; p++) {
      if (stops[p] == null) {
        PlannedStop stop = request.getStops().get(keep.getOrder().get(p));
        late[p] = stop.getArrivedAt().isAfter(stop.getWindowEnd()) ? 1 : 0;
      } else {
        ahead.add(stops[p]);
        positions.add(p);
      }
    }
    double[] predicted = lateProbabilities(ahead);
    for (int i = 0; i < predicted.length; i++) {
      late[positions.get(i)] = predicted[i];
    }
    return late;
  }

  /** How likely stops with these features are late. */
  double[] lateProbabilities(List<StopFeatures> stops) {
    double[][] rows = stops.stream().map(LatenessBaseline::vector).toArray(double[][]::new);
    DataFrame frame = pipeline.transform(DataFrames.ofVectors(STOP, rows));
    int column = frame.getIndex(RAW_PREDICTION);
    return frame.collect().stream()
        .mapToDouble((Row row) -> ((Vector) row.get(column)).get(1))
        .toArray();
  }

  @Override
  public void close() {
    pipeline.close();
  }

  private static double[] vector(StopFeatures stop) {
    return new double[] {
      stop.arriveMin(), stop.slackMin(), stop.stopsBefore(), stop.liveRatio(), 1
    };
  }
}
