// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.functions.inference.BatchSettings;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.inference.InferenceJob.Way;
import io.headway.loadtests.inference.Speeds.Speed;
import io.headway.loadtests.results.Figure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./headway bench inference}: what batching brings inside Flink. */
@Command(
    name = "inference",
    description = "Records a second that a model answers inside Flink, in batches and one by one.")
public final class InferenceCommand implements Callable<Integer> {
  private static final int BATCH = 64;
  private static final int CAPACITY = 1_024;

  /** The feed-forward network of the Crayfish benchmark, and one of a million parameters. */
  private static final List<Subject> SUBJECTS =
      List.of(new Subject(Networks.FFNN, 800_000, 5), new Subject(Networks.WIDE, 100_000, 3));

  @Mixin MeasureOptions options;

  @Option(
      names = "--scale",
      defaultValue = "1",
      description = "Times as many records as usual; default ${DEFAULT-VALUE}.")
  double scale;

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
    options.check();
    List<Figure> figures = new ArrayList<>();
    Path models = Files.createTempDirectory("headway-inference-");
    try {
      for (Subject subject : SUBJECTS) {
        figures.addAll(figures(subject, measure(subject, models)));
      }
    } finally {
      Folders.delete(models);
    }
    options.write(
        "What batching brings inside Flink",
        figures,
        """
            A job inside one process: a source that hands out 784 numbers again and again, an asynchronous operator with %,d records under way and one thread for the model, and a sink that counts. `ffnn` is the feed-forward network of the Crayfish benchmark (784-32-32-32-32-10), `wide` has a million parameters (784-900-330-10). Batched: up to %d records a run, taken as they wait. One by one: the same session, one record a run, buffers used again. Crayfish: as that benchmark's operator asks its model, from a list of objects to a list of objects, one record a run in the task's thread, without its JSON. The ways are measured in turn, after a first round that does not count. Processor time is the whole process's; `empty` is source and sink alone.
            """
            .formatted(CAPACITY, BATCH));
    return CommandLine.ExitCode.OK;
  }

  private Map<Way, Speeds> measure(Subject subject, Path models) throws Exception {
    InferenceJob job =
        new InferenceJob(
            Networks.file(subject.model, models),
            BatchSettings.DEFAULTS
                .withMaxBatchSize(BATCH)
                .withLinger(Duration.ZERO)
                .withDeadline(Duration.ofMinutes(1)),
            CAPACITY);
    Map<Way, Speeds> speeds = new EnumMap<>(Way.class);
    for (int round = 0; round <= options.rounds(); round++) {
      for (Way way : Way.values()) {
        long records = Math.round(scale * subject.records * way.pace);
        Speed speed = job.run(way, records / 4, records);
        options.say("%s, round %d, %s: %s", subject.model, round, way, speed);
        if (round > 0) {
          speeds.computeIfAbsent(way, first -> new Speeds()).add(speed);
        }
      }
    }
    return speeds;
  }

  private static List<Figure> figures(Subject subject, Map<Way, Speeds> speeds) {
    String model = subject.model;
    Speeds batched = speeds.get(Way.BATCHED);
    Speeds oneByOne = speeds.get(Way.ONE_BY_ONE);
    Figure crayfish =
        batched.timesRecordsPerCpuS(
            model + "_batched_to_crayfish_records_per_cpu_second", speeds.get(Way.CRAYFISH));
    List<Figure> figures = new ArrayList<>();
    figures.add(
        batched.timesRecordsPerS(model + "_batched_to_one_by_one", oneByOne).atLeast(subject.goal));
    figures.add(
        batched.timesRecordsPerCpuS(
            model + "_batched_to_one_by_one_records_per_cpu_second", oneByOne));
    figures.add(model.equals(Networks.FFNN) ? crayfish.atLeast(CRAYFISH_GOAL) : crayfish);
    speeds.forEach(
        (way, rounds) ->
            figures.addAll(rounds.figures(model + "_" + way.name().toLowerCase(Locale.ROOT))));
    return figures;
  }
}
