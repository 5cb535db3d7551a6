// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import io.headway.jobs.logistics.LogisticsJob;
import io.headway.loadtests.bench.PipelineRun.Load;
import io.headway.loadtests.bench.PipelineRun.Measured;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.results.Figure;
import io.headway.loadtests.results.Results;
import io.headway.loadtests.taxi.TaxiFeed;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./headway bench pipeline}: how fast the whole job is, and what it costs. */
@Command(
    name = "pipeline",
    description =
        "Records a second through the whole job with everything on this machine, its latency at a share of that, and an empty job beside it.")
public final class PipelineCommand implements Callable<Integer> {
  private static final int JUNCTIONS = 3_000;
  private static final double RATE_GOAL = 60_000;
  private static final double P99_GOAL_MS = 100;

  @Spec CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder of a recorded fleet; it is measured after the simulated city.")
  Path data;

  @Option(
      names = "--vehicles",
      paramLabel = "N",
      defaultValue = "6000",
      description = "Vehicles of the simulated city; default ${DEFAULT-VALUE}.")
  int vehicles;

  @Option(
      names = "--fix-interval",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seconds between two positions of a vehicle; default ${DEFAULT-VALUE}.")
  double fixIntervalS;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds, each of the empty job and the job; default ${DEFAULT-VALUE}.")
  int rounds;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "1500000",
      description =
          "Records that the job reads before anything is measured; default ${DEFAULT-VALUE}.")
  long warmUpRecords;

  @Option(
      names = "--saturated",
      paramLabel = "S",
      defaultValue = "40",
      description = "Seconds at the sustained rate; default ${DEFAULT-VALUE}.")
  int saturatedS;

  @Option(
      names = "--paced",
      paramLabel = "S",
      defaultValue = "40",
      description = "Seconds at a share of it; default ${DEFAULT-VALUE}.")
  int pacedS;

  @Option(
      names = "--pace",
      paramLabel = "X",
      defaultValue = "0.7",
      description = "At which share of the sustained rate latency is measured.")
  double pace;

  @Option(
      names = "--jar",
      paramLabel = "FILE",
      defaultValue = "jobs/target/headway-jobs.jar",
      description = "The job as it is submitted; default ${DEFAULT-VALUE}.")
  Path jar;

  @Option(
      names = "--profile-only",
      description = "Only record where the TaskManager's processor time goes, of the job.")
  boolean profileOnly;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "Write pipeline.json and pipeline.md to this folder.")
  Path results;

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Option of the job or of Flink, as for 'flink run'.")
  Map<String, String> options = new TreeMap<>();

  private final List<Figure> figures = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();

  @Override
  public Integer call() throws IOException {
    if (!Files.isReadable(jar)) {
      throw new ParameterException(
          spec.commandLine(),
          "--jar " + jar + " cannot be read; build it with './mvnw package -DskipTests'.");
    }
    Path roads = Files.createTempFile("pipeline-", ".roads");
    try {
      SyntheticNetwork.build(1, JUNCTIONS, roads);
      bench("city", city(roads));
      if (data != null) {
        bench("taxis", taxis());
      }
    } finally {
      Files.delete(roads);
    }
    if (results != null) {
      new Results(results, Clock.systemUTC())
          .write(
              "pipeline",
              "./headway " + String.join(" ", spec.commandLine().getParseResult().originalArgs()),
              "How fast the whole job is",
              figures,
              text.toString());
    }
    return CommandLine.ExitCode.OK;
  }

  private Load city(Path roads) {
    long startMs = CityParameters.DEFAULT_START_MS;
    List<String> feed = new ArrayList<>(List.of("--roads", roads.toString()));
    feed.addAll(List.of("--vehicles", Integer.toString(vehicles)));
    feed.addAll(List.of("--fix-interval", Double.toString(fixIntervalS)));
    feed.addAll(List.of("--start", Instant.ofEpochMilli(startMs).toString()));
    return load(feed, startMs, roads);
  }

  private Load taxis() throws IOException {
    try (TaxiFeed feed = TaxiFeed.open(data, TaxiFeed.Options.defaults())) {
      return load(List.of("--data", data.toString()), feed.startMs(), null);
    }
  }

  private Load load(List<String> feed, long startMs, Path roads) {
    return new Load(
        feed,
        startMs,
        roads,
        warmUpRecords,
        Duration.ofSeconds(saturatedS),
        Duration.ofSeconds(pacedS),
        pace);
  }

  private void bench(String of, Load load) throws IOException {
    if (!profileOnly) {
      List<Measured> empty = new ArrayList<>();
      List<Measured> whole = new ArrayList<>();
      for (int round = 0; round < rounds; round++) {
        empty.add(measure(of + ", empty job", EmptyJob.class, load));
        whole.add(measure(of + ", logistics job", LogisticsJob.class, load));
      }
      report(of, empty, whole);
    }
    profile(of, load);
  }

  private Measured measure(String what, Class<?> job, Load load) throws IOException {
    Path folder = Files.createTempDirectory("headway-bench-");
    Path submitted = job == EmptyJob.class ? PipelineRun.jarWith(jar, job, folder) : jar;
    Measured measured;
    try (PipelineRun run = PipelineRun.start(folder, submitted, job, load, options)) {
      measured = run.measure();
    } catch (IOException | RuntimeException e) {
      throw new IOException(e.getMessage() + " What the processes said is in " + folder + ".", e);
    }
    Folders.delete(folder);
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s: %s records/s, TaskManager %.1f µs a record, processors %s, %.0f MiB; at %,.0f/s lag %,d, latency %s, at once %s%n",
        what,
        Arrays.stream(measured.recordsPerS()).mapToObj(r -> String.format("%,.0f", r)).toList(),
        measured.tmCpuUsPerRecord(),
        measured.cpuS(),
        measured.memoryMiB(),
        measured.pacedPerS(),
        measured.pacedLag(),
        said(measured.latency()),
        said(measured.atOnce()));
    measured.byTrigger().forEach((kind, h) -> out.printf("    %s %s%n", kind, said(h)));
    out.flush();
    return measured;
  }

  private static String said(Histogram latency) {
    return String.format(
        Locale.ROOT,
        "n %,d p50 %d p95 %d p99 %d max %d ms",
        latency.getTotalCount(),
        latency.getValueAtPercentile(50),
        latency.getValueAtPercentile(95),
        latency.getValueAtPercentile(99),
        latency.getMaxValue());
  }

  private void profile(String of, Load load) throws IOException {
    Path folder = Files.createTempDirectory("headway-bench-");
    Path jfr = folder.resolve("taskmanager.jfr");
    try (PipelineRun run = PipelineRun.start(folder, jar, LogisticsJob.class, load, options)) {
      run.profile(jfr);
    }
    String tables = Profile.of(jfr).markdown();
    text.append("## Where the TaskManager's time goes: ").append(of).append("\n\n");
    text.append(tables).append("\n");
    spec.commandLine().getOut().println(tables);
    Folders.delete(folder);
  }

  private void report(String of, List<Measured> empty, List<Measured> whole) {
    double[] rates = each(whole, m -> Arrays.stream(m.recordsPerS()).average().orElseThrow());
    figures.add(mean(of + "_records_per_s", rates, "records/s").atLeast(RATE_GOAL));
    figures.add(mean(of + "_tm_cpu_us_per_record", each(whole, Measured::tmCpuUsPerRecord), "µs"));
    figures.add(
        mean(
            of + "_records_per_tm_cpu_s", each(whole, m -> 1e6 / m.tmCpuUsPerRecord()), "records"));
    figures.add(
        mean(
            of + "_empty_records_per_s",
            each(empty, m -> Arrays.stream(m.recordsPerS()).average().orElseThrow()),
            "records/s"));
    figures.add(
        mean(of + "_empty_tm_cpu_us_per_record", each(empty, Measured::tmCpuUsPerRecord), "µs"));
    double[] ratios = new double[whole.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = whole.get(i).tmCpuUsPerRecord() / empty.get(i).tmCpuUsPerRecord();
    }
    figures.add(mean(of + "_cpu_ratio_to_empty", ratios, ""));
    figures.add(mean(of + "_tm_memory", each(whole, Measured::memoryMiB), "MiB"));
    for (String process : whole.get(0).cpuS().keySet()) {
      figures.add(mean(of + "_" + process + "_cores", each(whole, m -> m.cpuS().get(process)), ""));
    }
    figures.add(mean(of + "_paced_records_per_s", each(whole, Measured::pacedPerS), "records/s"));
    figures.add(mean(of + "_paced_lag_at_end", each(whole, m -> (double) m.pacedLag()), "records"));
    for (double percentile : new double[] {50, 95, 99}) {
      String p = "_p" + (int) percentile + "_ms";
      Figure atOnce =
          mean(
              of + "_latency_at_once" + p,
              each(whole, m -> (double) m.atOnce().getValueAtPercentile(percentile)),
              "ms");
      figures.add(percentile == 99 ? below(atOnce, P99_GOAL_MS) : atOnce);
      figures.add(
          mean(
              of + "_latency_all" + p,
              each(whole, m -> (double) m.latency().getValueAtPercentile(percentile)),
              "ms"));
      figures.add(
          mean(
              of + "_empty_latency" + p,
              each(empty, m -> (double) m.latency().getValueAtPercentile(percentile)),
              "ms"));
    }
  }

  private static Figure below(Figure figure, double most) {
    double high = figure.high() == null ? figure.value() : figure.high();
    return new Figure(
        figure.name(),
        figure.value(),
        figure.unit(),
        figure.low(),
        figure.high(),
        "under " + Results.number(most),
        high < most);
  }

  private static Figure mean(String name, double[] rounds, String unit) {
    return rounds.length > 1 ? Figure.mean(name, rounds, unit) : Figure.of(name, rounds[0], unit);
  }

  private static double[] each(List<Measured> rounds, ToDoubleFunction<Measured> figure) {
    return rounds.stream().mapToDouble(figure).toArray();
  }
}
