// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.inference.InferenceJob.Way;
import io.headway.loadtests.inference.KafkaInference.Settings;
import io.headway.loadtests.inference.KafkaInference.Task;
import io.headway.loadtests.inference.Speeds.Speed;
import io.headway.loadtests.results.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./headway bench inference-kafka}: the same from topic to topic, seen from outside. */
@Command(
    name = "inference-kafka",
    description = "Records a second that a model answers from topic to topic, and its latency.")
public final class KafkaInferenceCommand implements Callable<Integer> {
  private static final Settings SETTINGS = new Settings(1_024, 64, 0, 60_000);
  private static final int PASSES = 3;
  private static final Duration WARM_UP = Duration.ofSeconds(15);
  private static final double DIFFERENCE_GOAL_MILLIONTHS = 10;
  private static final double P99_GOAL_MS = 45;
  private static final double P99_RATIO_GOAL = 0.5;

  @Mixin MeasureOptions options;

  @Option(
      names = "--rate",
      defaultValue = "2667",
      description = "Records a second for the latency; default ${DEFAULT-VALUE}.")
  double rate;

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description = "For how long latency is measured; default ${DEFAULT-VALUE}.")
  int seconds;

  @Option(
      names = "--scale",
      defaultValue = "1",
      description = "Times as many records as usual for the speeds; default ${DEFAULT-VALUE}.")
  double scale;

  /** What is measured for its speed, by name. */
  private enum Subject {
    EMPTY_JSON(Networks.FFNN, Way.EMPTY, Format.JSON, 120_000),
    CRAYFISH_JSON(Networks.FFNN, Way.CRAYFISH, Format.JSON, 60_000),
    ONE_BY_ONE_JSON(Networks.FFNN, Way.ONE_BY_ONE, Format.JSON, 120_000),
    BATCHED_JSON(Networks.FFNN, Way.BATCHED, Format.JSON, 120_000),
    EMPTY_BINARY(Networks.FFNN, Way.EMPTY, Format.BINARY, 600_000),
    ONE_BY_ONE_BINARY(Networks.FFNN, Way.ONE_BY_ONE, Format.BINARY, 600_000),
    BATCHED_BINARY(Networks.FFNN, Way.BATCHED, Format.BINARY, 600_000),
    LARGE_ONE_BY_ONE(Networks.LARGE, Way.ONE_BY_ONE, Format.BINARY, 10_000),
    LARGE_BATCHED(Networks.LARGE, Way.BATCHED, Format.BINARY, 40_000);

    final String model;
    final Way way;
    final Format format;
    final long records;

    Subject(String model, Way way, Format format, long records) {
      this.model = model;
      this.way = way;
      this.format = format;
      this.records = records;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is measured for its latency, by name, and what says how much it could answer at most. */
  private enum Steady {
    ONE_BY_ONE(Subject.ONE_BY_ONE_BINARY),
    BATCHED(Subject.BATCHED_BINARY),
    LARGE_ONE_BY_ONE(Subject.LARGE_ONE_BY_ONE),
    LARGE_BATCHED(Subject.LARGE_BATCHED);

    final Subject capacity;

    Steady(Subject capacity) {
      this.capacity = capacity;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public Integer call() throws Exception {
    options.check();
    Path run = Files.createTempDirectory("headway-inference-");
    Map<Subject, Speeds> speeds = new EnumMap<>(Subject.class);
    Map<Steady, List<Histogram>> latencies = new EnumMap<>(Steady.class);
    List<Figure> agreement = new ArrayList<>();
    try (KafkaInference kafka = new KafkaInference(run)) {
      for (Format format : Format.values()) {
        agreement.add(
            Figure.of(
                    "largest_difference_to_crayfish_" + format.name().toLowerCase(Locale.ROOT),
                    1e6 * Agreement.largestDifference(Networks.file(Networks.FFNN, run), format),
                    "millionths")
                .below(DIFFERENCE_GOAL_MILLIONTHS));
        for (long records : counts(format)) {
          kafka.fill(format, records);
        }
      }
      for (int round = 1; round <= options.rounds(); round++) {
        for (Subject subject : Subject.values()) {
          Speed speed =
              kafka.speed(task(subject, run), SETTINGS, records(subject), WARM_UP, PASSES);
          options.say("round %d, %s: %s", round, subject.label(), speed);
          speeds.computeIfAbsent(subject, first -> new Speeds()).add(speed);
        }
        for (Steady steady : Steady.values()) {
          Histogram latency =
              kafka.latency(
                  task(steady.capacity, run), SETTINGS, rate, WARM_UP, Duration.ofSeconds(seconds));
          options.say(
              "round %d, %s at %.0f/s: n %d p50 %d p99 %d max %d ms",
              round,
              steady.label(),
              rate,
              latency.getTotalCount(),
              latency.getValueAtPercentile(50),
              latency.getValueAtPercentile(99),
              latency.getMaxValue());
          latencies.computeIfAbsent(steady, first -> new ArrayList<>()).add(latency);
        }
      }
    } finally {
      Folders.delete(run);
    }
    List<Figure> figures = new ArrayList<>();
    figures.add(timesCrayfish(speeds, Subject.BATCHED_JSON).atLeast(5));
    figures.add(timesCrayfish(speeds, Subject.BATCHED_BINARY).atLeast(20));
    figures.addAll(agreement);
    figures.add(
        p99Ratio("batched", latencies, Steady.BATCHED, Steady.ONE_BY_ONE).below(P99_RATIO_GOAL));
    figures.add(
        p99Ratio("large_batched", latencies, Steady.LARGE_BATCHED, Steady.LARGE_ONE_BY_ONE)
            .below(P99_RATIO_GOAL));
    latencies.forEach((steady, measured) -> figures.addAll(figures(steady, measured, speeds)));
    speeds.forEach((subject, measured) -> figures.addAll(measured.figures(subject.label())));
    write(figures);
    return CommandLine.ExitCode.OK;
  }

  private List<Long> counts(Format format) {
    return List.of(Subject.values()).stream()
        .filter(subject -> subject.format == format)
        .map(this::records)
        .distinct()
        .toList();
  }

  private long records(Subject subject) {
    return Math.round(scale * subject.records);
  }

  private static Task task(Subject subject, Path run) throws IOException {
    return new Task(Networks.file(subject.model, run), subject.way, subject.format);
  }

  private static Figure timesCrayfish(Map<Subject, Speeds> speeds, Subject subject) {
    return speeds
        .get(subject)
        .timesRecordsPerCpuS(
            subject.label() + "_to_crayfish_per_cpu_second", speeds.get(Subject.CRAYFISH_JSON));
  }

  private static Figure p99Ratio(
      String name, Map<Steady, List<Histogram>> latencies, Steady one, Steady other) {
    return Figure.ratio(
        name + "_p99_to_one_by_one",
        percentiles(latencies.get(one), 99),
        percentiles(latencies.get(other), 99));
  }

  private List<Figure> figures(
      Steady steady, List<Histogram> latencies, Map<Subject, Speeds> speeds) {
    Figure p99 = Figure.mean(steady.label() + "_p99_ms", percentiles(latencies, 99), "ms");
    return List.of(
        Figure.mean(steady.label() + "_p50_ms", percentiles(latencies, 50), "ms"),
        steady.capacity.way == Way.BATCHED ? p99.below(P99_GOAL_MS) : p99,
        Figure.of(
            steady.label() + "_rate_of_capacity",
            rate / speeds.get(steady.capacity).meanRecordsPerS(),
            ""));
  }

  private static double[] percentiles(List<Histogram> latencies, double percentile) {
    return latencies.stream().mapToDouble(h -> h.getValueAtPercentile(percentile)).toArray();
  }

  private void write(List<Figure> figures) throws IOException {
    options.write(
        "What batching brings from topic to topic",
        figures,
        """
        Broker, job (JobManager and one TaskManager slot in one process) and this process are apart on one machine. A job reads 784 numbers a record from a topic that was filled before, asks the feed-forward network of the Crayfish benchmark (784-32-32-32-32-10) and writes 10 numbers a record. It reads the topic again and again for %d s, until the compiler is done, and then %d times; records a second and processor time of the job's process are of the middle half of each of these. Crayfish: JSON by Jackson to lists of objects, arrays of arrays, a new tensor a record, one run a record in the task's thread, JSON out, as that benchmark's wiring has it. Batched JSON: the same records, numbers read straight from the bytes into the batch. Binary: 32-bit numbers. Empty: source and sink alone. Consumer and producer have the settings that Kafka gives them (a linger of 5 ms). Ratios are of records per processor second to Crayfish's.

        Latency at %,.0f records a second, which come as a Poisson process, for %d s after %d s of warm-up, binary, the producer without linger, from append to append by the broker's clock, whose milliseconds are whole. `rate_of_capacity` is the share of what each answers at most (`_records_per_s`): where one record a run uses little of it nothing waits, and there is nothing that batches could make shorter. `large` has 4.1 million parameters (784-1800-1500-10). One thread for the model in every way; at most %d records a run, %,d under way.
        """
            .formatted(
                WARM_UP.toSeconds(),
                PASSES,
                rate,
                seconds,
                WARM_UP.toSeconds(),
                SETTINGS.batch(),
                SETTINGS.capacity()));
  }
}
