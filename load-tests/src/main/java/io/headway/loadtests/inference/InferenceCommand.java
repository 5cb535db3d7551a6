// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.functions.inference.BatchSettings;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.inference.InferenceJob.Speed;
import io.headway.loadtests.inference.InferenceJob.Way;
import io.headway.loadtests.results.Figure;
import io.headway.loadtests.results.Results;
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
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./headway bench inference}: what batching brings inside Flink. */
@Command(
    name = "inference",
    description = "Records a second that a model answers inside Flink, in batches and one by one.")
public final class InferenceCommand implements Callable<Integer> {
  private static final int BATCH = 64;
  private static final int CAPACITY = 1_024;

  /** The feed-forward network of the Crayfish benchmark, and one of a million parameters. */
  private static final List<Subject> SUBJECTS =
      List.of(new Subject("ffnn", 800_000, 5), new Subject("wide", 100_000, 3));

  @Spec CommandSpec spec;

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "How often each way is measured, in turn; default ${DEFAULT-VALUE}.")
  int rounds;

  @Option(
      names = "--results",
      defaultValue = "load-tests/results",
      description = "Folder to write to; default ${DEFAULT-VALUE}.")
  Path folder;

  /**
   * A model.
   *
   * @param records that are asked about one by one in a few seconds
   * @param goal how many times as many records batches should answer
   */
  private record Subject(String model, long records, double goal) {}

  /** How many times as many records batches should answer as Crayfish's way does. */
  private static final double CRAYFISH_GOAL = 15;

  @Override
  public Integer call() throws Exception {
    if (rounds < 2) {
      throw new ParameterException(
          spec.commandLine(), "--rounds is %d; an interval needs at least 2.".formatted(rounds));
    }
    List<Figure> figures = new ArrayList<>();
    Path models = Files.createTempDirectory("headway-inference-");
    try {
      for (Subject subject : SUBJECTS) {
        figures.addAll(figures(subject, measure(subject, models)));
      }
    } finally {
      Folders.delete(models);
    }
    new Results(folder, Clock.systemUTC())
        .write(
            "inference",
            "./headway bench inference --rounds " + rounds,
            "What batching brings inside Flink",
            figures,
            """
            A job inside one process: a source that hands out 784 numbers again and again, an asynchronous operator with %,d records under way and one thread for the model, and a sink that counts. `ffnn` is the feed-forward network of the Crayfish benchmark (784-32-32-32-32-10), `wide` has a million parameters (784-900-330-10). Batched: up to %d records a run, taken as they wait. One by one: the same session, one record a run, buffers used again. Crayfish: as that benchmark's operator asks its model, from a list of objects to a list of objects, one record a run in the task's thread, without its JSON. The ways are measured in turn, after a first round that does not count. Processor time is the whole process's; `empty` is source and sink alone.
            """
                .formatted(CAPACITY, BATCH));
    spec.commandLine().getOut().println(Files.readString(folder.resolve("inference.md")));
    return CommandLine.ExitCode.OK;
  }

  private Map<Way, List<Speed>> measure(Subject subject, Path models) throws Exception {
    PrintWriter out = spec.commandLine().getErr();
    InferenceJob job =
        new InferenceJob(
            subject.model,
            models,
            BatchSettings.DEFAULTS
                .withMaxBatchSize(BATCH)
                .withLinger(Duration.ZERO)
                .withDeadline(Duration.ofMinutes(1)),
            CAPACITY);
    Map<Way, List<Speed>> speeds = new EnumMap<>(Way.class);
    for (int round = 0; round <= rounds; round++) {
      for (Way way : Way.values()) {
        long records = Math.round(subject.records * way.pace);
        Speed speed = job.run(way, records / 4, records);
        out.printf(Locale.ROOT, "%s, round %d, %s: %s%n", subject.model, round, way, speed);
        if (round > 0) {
          speeds.computeIfAbsent(way, first -> new ArrayList<>()).add(speed);
        }
      }
    }
    return speeds;
  }

  private static List<Figure> figures(Subject subject, Map<Way, List<Speed>> speeds) {
    List<Figure> figures = new ArrayList<>();
    String model = subject.model;
    figures.add(
        ratio(model + "_batched_to_one_by_one", speeds, Way.ONE_BY_ONE, Speed::recordsPerS)
            .atLeast(subject.goal));
    figures.add(
        ratio(
            model + "_batched_to_one_by_one_records_per_cpu_second",
            speeds,
            Way.ONE_BY_ONE,
            speed -> 1 / speed.cpuUsPerRecord()));
    Figure crayfish =
        ratio(
            model + "_batched_to_crayfish_records_per_cpu_second",
            speeds,
            Way.CRAYFISH,
            speed -> 1 / speed.cpuUsPerRecord());
    figures.add(model.equals("ffnn") ? crayfish.atLeast(CRAYFISH_GOAL) : crayfish);
    speeds.forEach(
        (way, rounds) -> {
          String name = model + "_" + way.name().toLowerCase(Locale.ROOT);
          figures.add(
              Figure.mean(name + "_records_per_s", values(rounds, Speed::recordsPerS), "/s"));
          figures.add(
              Figure.mean(
                  name + "_cpu_us_per_record", values(rounds, Speed::cpuUsPerRecord), "µs"));
        });
    return figures;
  }

  /** Of each round, so that what the machine did meanwhile concerns both. */
  private static Figure ratio(
      String name, Map<Way, List<Speed>> speeds, Way peer, ToDoubleFunction<Speed> value) {
    double[] batched = values(speeds.get(Way.BATCHED), value);
    double[] peers = values(speeds.get(peer), value);
    double[] ratios = new double[batched.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = batched[i] / peers[i];
    }
    return Figure.mean(name, ratios, "");
  }

  private static double[] values(List<Speed> rounds, ToDoubleFunction<Speed> value) {
    return rounds.stream().mapToDouble(value).toArray();
  }
}
