// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.functions.inference.BatchSettings;
import io.headway.loadtests.bench.Profile;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.inference.FacesJob.Face;
import io.headway.loadtests.inference.Speeds.Speed;
import io.headway.loadtests.results.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./headway bench inference-faces}: SQL beside the DataStream API. */
@Command(
    name = "inference-faces",
    description = "Records a second that a model answers for a stream, and for ML_PREDICT in SQL.")
public final class FacesCommand implements Callable<Integer> {
  private static final int BATCH = 64;
  private static final int CAPACITY = 1_024;
  private static final double GOAL = 1.3;

  /** Times as many records as are measured, so that there are samples enough. */
  private static final double PROFILED = 4;

  private static final List<Subject> SUBJECTS =
      List.of(new Subject(Networks.FFNN, 3_000_000), new Subject(Networks.WIDE, 400_000));

  @Mixin MeasureOptions options;

  @Option(
      names = "--scale",
      defaultValue = "1",
      description = "Times as many records as usual; default ${DEFAULT-VALUE}.")
  double scale;

  /**
   * A model.
   *
   * @param records that are answered in a few seconds
   */
  private record Subject(String model, long records) {}

  @Override
  public Integer call() throws Exception {
    options.check();
    List<Figure> figures = new ArrayList<>();
    StringBuilder profiles = new StringBuilder();
    Path models = Files.createTempDirectory("headway-inference-");
    try {
      for (Subject subject : SUBJECTS) {
        figures.addAll(figures(subject.model, measure(subject, models)));
      }
      for (Face face : Face.values()) {
        profiles.append("%n## Where the time goes: ffnn, %s%n%n".formatted(face));
        profiles.append(profile(SUBJECTS.get(0), face, models));
      }
    } finally {
      Folders.delete(models);
    }
    options.write(
        "Asking a model by SQL and by a stream",
        figures,
        """
        A job inside one process: a source that hands out records of 784 numbers, the model, and a sink that counts. As a stream: records and answers are arrays, asked by `BatchedInference.unorderedWait`. By SQL: rows with an array, asked by `ML_PREDICT` of a model of the provider `onnx`, `table.exec.async-ml-predict.output-mode` ALLOW_UNORDERED. Both: at most %d records a run, taken as they wait, %,d under way, one thread for the model. `ffnn` is the feed-forward network of the Crayfish benchmark (784-32-32-32-32-10), `wide` has a million parameters (784-900-330-10). The two are measured in turn, after a first round that does not count. Processor time is the whole process's. Profiles are of one more run each.
        """
                .formatted(BATCH, CAPACITY)
            + profiles);
    return CommandLine.ExitCode.OK;
  }

  private static FacesJob job(Subject subject, Path models) throws IOException {
    return new FacesJob(
        Networks.file(subject.model, models),
        BatchSettings.DEFAULTS
            .withMaxBatchSize(BATCH)
            .withLinger(Duration.ZERO)
            .withDeadline(Duration.ofMinutes(1)),
        CAPACITY);
  }

  /** Of this process, while it runs the job once. */
  private String profile(Subject subject, Face face, Path models) throws Exception {
    Path jfr = models.resolve(face + ".jfr");
    long records = Math.round(PROFILED * scale * subject.records);
    Instant from = Instant.now();
    try (Recording recording = new Recording(Configuration.getConfiguration("profile"))) {
      recording.start();
      job(subject, models).run(face, records / 4, records);
      recording.stop();
      recording.dump(jfr);
    }
    // The file may hold what another recording saw before.
    return Profile.of(jfr, from).markdown();
  }

  private Map<Face, Speeds> measure(Subject subject, Path models) throws Exception {
    FacesJob job = job(subject, models);
    long records = Math.round(scale * subject.records);
    Map<Face, Speeds> speeds = new EnumMap<>(Face.class);
    for (int round = 0; round <= options.rounds(); round++) {
      for (Face face : Face.values()) {
        Speed speed = job.run(face, records / 4, records);
        options.say("%s, round %d, %s: %s", subject.model, round, face, speed);
        if (round > 0) {
          speeds.computeIfAbsent(face, first -> new Speeds()).add(speed);
        }
      }
    }
    return speeds;
  }

  private static List<Figure> figures(String model, Map<Face, Speeds> speeds) {
    Speeds sql = speeds.get(Face.SQL);
    Speeds stream = speeds.get(Face.DATA_STREAM);
    List<Figure> figures = new ArrayList<>();
    figures.add(sql.timesRecordsPerS(model + "_sql_to_data_stream", stream).within(GOAL));
    figures.add(
        sql.timesRecordsPerCpuS(model + "_sql_to_data_stream_records_per_cpu_second", stream));
    speeds.forEach(
        (face, rounds) ->
            figures.addAll(rounds.figures(model + "_" + face.name().toLowerCase(Locale.ROOT))));
    return figures;
  }
}
