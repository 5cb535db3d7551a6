// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.inference.InferenceJob.Speed;
import io.headway.loadtests.inference.InferenceJob.Way;
import io.headway.loadtests.inference.KafkaInference.Settings;
import io.headway.loadtests.results.Figure;
import io.headway.loadtests.results.Results;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./headway bench inference-kafka}: the same from topic to topic, seen from outside. */
@Command(
    name = "inference-kafka",
    description = "Records a second that a model answers from topic to topic, and its latency.")
public final class KafkaInferenceCommand implements Callable<Integer> {
  private static final String MODEL = "ffnn";
  private static final Settings SETTINGS = new Settings(1_024, 64, 0, 60_000);
  private static final Duration WARM_UP = Duration.ofSeconds(10);
  private static final double P99_GOAL_MS = 45;

  @Spec CommandSpec spec;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "How often each way is measured, in turn; default ${DEFAULT-VALUE}.")
  int rounds;

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
      names = "--results",
      defaultValue = "load-tests/results",
      description = "Folder to write to; default ${DEFAULT-VALUE}.")
  Path folder;

  /** What is measured for its speed, by name. */
  private enum Subject {
    CRAYFISH_JSON(Way.CRAYFISH, Format.JSON, 60_000),
    ONE_BY_ONE_JSON(Way.ONE_BY_ONE, Format.JSON, 120_000),
    BATCHED_JSON(Way.BATCHED, Format.JSON, 120_000),
    BATCHED_BINARY(Way.BATCHED, Format.BINARY, 600_000);

    final Way way;
    final Format format;
    final long records;

    Subject(Way way, Format format, long records) {
      this.way = way;
      this.format = format;
      this.records = records;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public Integer call() throws IOException {
    if (rounds < 2) {
      throw new ParameterException(
          spec.commandLine(), "--rounds is %d; an interval needs at least 2.".formatted(rounds));
    }
    Path run = Files.createTempDirectory("headway-inference-");
    Map<Subject, List<Speed>> speeds = new EnumMap<>(Subject.class);
    Map<Way, List<Histogram>> latencies = new EnumMap<>(Way.class);
    try (KafkaInference kafka = new KafkaInference(run, InferenceJob.model(MODEL, run))) {
      kafka.fill(Format.JSON, Subject.BATCHED_JSON.records);
      kafka.fill(Format.BINARY, Subject.BATCHED_BINARY.records);
      for (int round = 1; round <= rounds; round++) {
        for (Subject subject : Subject.values()) {
          Speed speed = kafka.speed(subject.way, subject.format, SETTINGS, subject.records);
          say("round %d, %s: %s", round, subject.label(), speed);
          speeds.computeIfAbsent(subject, first -> new ArrayList<>()).add(speed);
        }
        for (Way way : List.of(Way.ONE_BY_ONE, Way.BATCHED)) {
          Histogram latency =
              kafka.latency(
                  way, Format.BINARY, SETTINGS, rate, WARM_UP, Duration.ofSeconds(seconds));
          say(
              "round %d, %s: n %d p50 %d p99 %d max %d ms",
              round,
              way,
              latency.getTotalCount(),
              latency.getValueAtPercentile(50),
              latency.getValueAtPercentile(99),
              latency.getMaxValue());
          latencies.computeIfAbsent(way, first -> new ArrayList<>()).add(latency);
        }
      }
    } finally {
      Folders.delete(run);
    }
    write(speeds, latencies);
    return CommandLine.ExitCode.OK;
  }

  private void write(Map<Subject, List<Speed>> speeds, Map<Way, List<Histogram>> latencies)
      throws IOException {
    List<Figure> figures = new ArrayList<>();
    figures.add(ratio(speeds, Subject.BATCHED_JSON).atLeast(5));
    figures.add(ratio(speeds, Subject.BATCHED_BINARY).atLeast(20));
    speeds.forEach(
        (subject, measured) -> {
          figures.add(
              Figure.mean(
                  subject.label() + "_records_per_s", values(measured, Speed::recordsPerS), "/s"));
          figures.add(
              Figure.mean(
                  subject.label() + "_cpu_us_per_record",
                  values(measured, Speed::cpuUsPerRecord),
                  "µs"));
        });
    latencies.forEach(
        (way, measured) -> {
          for (int percentile : new int[] {50, 99}) {
            double[] ms =
                measured.stream().mapToDouble(h -> h.getValueAtPercentile(percentile)).toArray();
            Figure figure =
                Figure.mean(
                    "%s_p%d_ms".formatted(way.name().toLowerCase(Locale.ROOT), percentile),
                    ms,
                    "ms");
            figures.add(
                way == Way.BATCHED && percentile == 99 ? figure.below(P99_GOAL_MS) : figure);
          }
        });
    new Results(folder, Clock.systemUTC())
        .write(
            "inference-kafka",
            "./headway bench inference-kafka --rounds %d".formatted(rounds),
            "What batching brings from topic to topic",
            figures,
            """
            Broker, job (JobManager and one TaskManager slot in one process) and this process are apart on one machine. A job reads 784 numbers a record from a topic that was filled before, asks the feed-forward network of the Crayfish benchmark (784-32-32-32-32-10) and writes 10 numbers a record. Records a second and processor time of the job's process are of the last three quarters of the records. Crayfish: JSON by Jackson to lists of objects, arrays of arrays, a new tensor a record, one run a record in the task's thread, JSON out, as that benchmark's wiring has it. Batched JSON: the same records, read straight into the batch. Binary: 32-bit numbers. Ratios are of records per processor second to Crayfish's. Latency at a steady %,.0f records a second for %d s, after %d s of warm-up, binary, from append to append by the broker's clock. One thread for the model in every way; at most %d records a run, %,d under way.
            """
                .formatted(
                    rate, seconds, WARM_UP.toSeconds(), SETTINGS.batch(), SETTINGS.capacity()));
    spec.commandLine().getOut().println(Files.readString(folder.resolve("inference-kafka.md")));
  }

  /** Records per processor second, of each round. */
  private static Figure ratio(Map<Subject, List<Speed>> speeds, Subject subject) {
    double[] ours = values(speeds.get(subject), Speed::cpuUsPerRecord);
    double[] theirs = values(speeds.get(Subject.CRAYFISH_JSON), Speed::cpuUsPerRecord);
    double[] ratios = new double[ours.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = theirs[i] / ours[i];
    }
    return Figure.mean(subject.label() + "_to_crayfish_per_cpu_second", ratios, "");
  }

  private static double[] values(List<Speed> rounds, ToDoubleFunction<Speed> value) {
    return rounds.stream().mapToDouble(value).toArray();
  }

  private void say(String text, Object... values) {
    PrintWriter err = spec.commandLine().getErr();
    err.printf(Locale.ROOT, text + "%n", values);
    err.flush();
  }
}
