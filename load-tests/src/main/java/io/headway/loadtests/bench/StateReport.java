// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import io.headway.loadtests.results.Figure;
import io.headway.loadtests.results.Results;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * What a vehicle adds to the keyed state of each operator: the slope between a small and a large
 * fleet, so that what belongs to the city counts for no vehicle.
 */
final class StateReport {
  /** How much of the day the job has seen: every plan is made, and rounds are under way. */
  static final Duration FED = Duration.ofMinutes(20);

  private final int few;
  private final int many;
  private final List<Map<String, Long>> small = new ArrayList<>();
  private final List<Map<String, Long>> large = new ArrayList<>();

  StateReport(int few, int many) {
    this.few = few;
    this.many = many;
  }

  /** Takes a round: bytes by operator with the small and the large fleet. */
  void add(Map<String, Long> withFew, Map<String, Long> withMany) {
    small.add(withFew);
    large.add(withMany);
  }

  /** Bytes a vehicle, of all operators together and of each. */
  List<Figure> figures() {
    TreeSet<String> operators = new TreeSet<>();
    large.forEach(bytes -> operators.addAll(bytes.keySet()));
    List<Figure> figures = new ArrayList<>();
    figures.add(slope("bytes_per_vehicle", List.copyOf(operators)));
    for (String operator : operators) {
      figures.add(slope(snakeCase(operator) + "_bytes_per_vehicle", List.of(operator)));
    }
    figures.add(
        Figure.mean(
            "bytes_with_%d_vehicles".formatted(many),
            large.stream().mapToDouble(bytes -> sum(bytes, operators)).toArray(),
            "B"));
    return figures;
  }

  void write(Results results, String command) throws IOException {
    results.write(
        "state",
        command,
        "How much state a vehicle takes",
        figures(),
        """
        Keyed state in a canonical savepoint, timers included, after %d minutes of the simulated city (a fix every 5 s, 6 to 15 stops a round, made-up roads); the slope between %,d and %,d vehicles, one city a round. `edge_speed` and `weight_epoch` grow with the edges that are driven, up to all that there are, and `locate_event` with road events. RocksDB's files also hold, for a while, what was overwritten; the live weights are held once more on the heap of every subtask of PlanAndTrigger.
        """
            .formatted(FED.toMinutes(), few, many));
  }

  private Figure slope(String name, List<String> operators) {
    double[] rounds = new double[large.size()];
    for (int i = 0; i < rounds.length; i++) {
      rounds[i] =
          (double) (sum(large.get(i), operators) - sum(small.get(i), operators)) / (many - few);
    }
    return Figure.mean(name, rounds, "B");
  }

  private static long sum(Map<String, Long> bytes, Iterable<String> operators) {
    long sum = 0;
    for (String operator : operators) {
      sum += bytes.getOrDefault(operator, 0L);
    }
    return sum;
  }

  private static String snakeCase(String operator) {
    return operator.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
  }
}
