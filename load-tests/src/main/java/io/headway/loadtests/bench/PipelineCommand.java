// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import io.headway.jobs.logistics.LogisticsJob;
import io.headway.loadtests.bench.PipelineRun.Load;
import io.headway.loadtests.bench.PipelineRun.Measured;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.cluster.JobJar;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
  private static final int COPIES = 20;

  /** Fewer, over all rounds, do not tell whether one in a hundred holds a goal. */
  private static final long LEAST_SAMPLES = 1_000;

  private static final double RATE_GOAL = 60_000;
  private static final double P99_GOAL_MS = 100;

  /** Records that the job made late cost it little, and would make it look fast. */
  private static final double MOST_LATE_OF_THE_JOB = 0.0005;

  private static final double MIB = 1024 * 1024;

  @Spec CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder of a recorded fleet, to be measured instead of the simulated city.")
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
      defaultValue = "3000000",
      description =
          "Records that the job reads at least before anything is measured; default ${DEFAULT-VALUE}.")
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
      description = "Seconds at the pace; default ${DEFAULT-VALUE}.")
  int pacedS;

  @Option(
      names = "--pace",
      paramLabel = "X",
      defaultValue = "0.7",
      description =
          "At which share of the sustained rate latency is measured; default ${DEFAULT-VALUE}.")
  double pace;

  @Mixin JobJar jobJar;

  @Option(
      names = "--beside",
      paramLabel = "KEY=VALUE",
      description =
          "Measure the job with this option too, round by round, to see its cost; any number of times.")
  List<String> beside = List.of();

  @Option(
      names = "--profile-only",
      description = "Only record where the TaskManager's processor time goes, of the job.")
  boolean profileOnly;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description =
          "Write pipeline.json and pipeline.md, or those of pipeline-taxis, to this folder.")
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
    if (saturatedS < 20 || pacedS < 20 || rounds < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--saturated and --paced must be at least 20 s and --rounds at least 1, or nothing can be told.");
    }
    for (String option : beside) {
      if (option.indexOf('=') < 1) {
        throw new ParameterException(
            spec.commandLine(), "--beside " + option + " is no KEY=VALUE, an option of the job.");
      }
    }
    jobJar.check();
    Path roads = Files.createTempFile("pipeline-", ".roads");
    try {
      if (data == null) {
        SyntheticNetwork.build(1, JUNCTIONS, roads);
        bench("city", city(roads));
      } else {
        bench("taxis", taxis());
      }
    } finally {
      Files.delete(roads);
    }
    if (results != null) {
      new Results(results, Clock.systemUTC())
          .write(
              data == null ? "pipeline" : "pipeline-taxis",
              command(),
              "How fast the whole job is",
              figures,
              method() + text);
    }
    return CommandLine.ExitCode.OK;
  }

  /** As it was given, but for where the data lay. */
  private String command() {
    List<String> words = new ArrayList<>(List.of("./headway"));
    for (String word : spec.commandLine().getParseResult().originalArgs()) {
      boolean folder = "--data".equals(words.get(words.size() - 1));
      words.add(folder ? "DIR" : word.startsWith("--data=") ? "--data=DIR" : word);
    }
    return String.join(" ", words);
  }

  private String method() {
    String load =
        data == null
            ? """
              %,d simulated vehicles on made-up roads, a fix every %s s, their shipments and road events, no bad \
              inputs (the job's clock is a year ahead, or the load could not be fast), a dispatcher that acts on \
              the decisions; event time passes as fast as the load makes it, at the pace `time_lapse` times as fast \
              as the vehicles' own clocks, so what waits for event time waits that much shorter"""
                .formatted(vehicles, Results.number(fixIntervalS))
            : "%d copies of the recorded fleet side by side, off the roads".formatted(COPIES);
    return """
        Broker, JobManager, one TaskManager (two slots), generator and observer are processes of their own on this \
        machine. Load: %s. Each round runs each job on a new cluster: it reads %,d records, and then full load and a slow pace take turns until the JVM's compiler takes \
        less than a tenth of a core under load. Then it is fed as fast as it reads \
        (at most 300,000 records wait in Kafka; where hardly any waited the generator was the limit) for %d s, \
        then at %s of that rate: latency is of what was written about records that were appended in %d s, after \
        15 s to settle, from append to append by the broker's clock. `at_once` is what road events brought about, and \
        shipments whose vehicle had had no other change for 10 s of event time; `all` also counts what was found in telemetry, \
        which first waits 5 s of event time to be put in order, and changes that follow one another within 5 s, of which \
        the later ones are answered together when these are over. \
        Whether its P99 holds its goal is said from %,d samples on. `visible` is `at_once` until a consumer with `read_committed` got it, by the clock of this machine. A change that is never \
        answered has no latency: whether there are any is for `./headway chaos`. The empty job reads and decodes telemetry with the \
        same source at least once, without watermarks, and writes one record in %d with the same producer. Intervals are over rounds. Options: %s.

        """
        .formatted(
            load,
            warmUpRecords,
            saturatedS,
            Results.number(pace),
            pacedS,
            LEAST_SAMPLES,
            EmptyJob.WRITTEN_OF,
            options);
  }

  private Load city(Path roads) {
    long startMs = CityParameters.DEFAULT_START_MS;
    List<String> feed = new ArrayList<>(List.of("--roads", roads.toString()));
    feed.addAll(List.of("--vehicles", Integer.toString(vehicles)));
    feed.addAll(List.of("--fix-interval", Double.toString(fixIntervalS)));
    // They would be in the future, were the job's clock not set aside, and take event time along.
    feed.addAll(List.of("--city", "bad_inputs_per_million=0"));
    feed.addAll(List.of("--start", Instant.ofEpochMilli(startMs).toString()));
    return load(feed, startMs, roads);
  }

  private Load taxis() throws IOException {
    try (TaxiFeed feed = TaxiFeed.open(data, TaxiFeed.Options.defaults())) {
      List<String> words = new ArrayList<>(List.of("--data", data.toString()));
      words.addAll(List.of("--days", "3", "--copies", Integer.toString(COPIES)));
      return load(words, feed.startMs(), null);
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
      Map<String, List<Measured>> others = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        empty.add(measure(of + ", empty job", EmptyJob.class, load, options));
        whole.add(measure(of + ", logistics job", LogisticsJob.class, load, options));
        for (String option : beside) {
          Map<String, String> settings = new TreeMap<>(options);
          String[] words = option.split("=", 2);
          settings.put(words[0], words[1]);
          others
              .computeIfAbsent(option, with -> new ArrayList<>())
              .add(measure(of + ", " + option, LogisticsJob.class, load, settings));
        }
      }
      report(of, empty, whole);
      others.forEach((with, measured) -> reportBeside(of + "_" + snakeCase(with), whole, measured));
    }
    profile(of, load);
  }

  private Measured measure(String what, Class<?> job, Load load, Map<String, String> settings)
      throws IOException {
    Path folder = Files.createTempDirectory("headway-bench-");
    Path submitted =
        job == EmptyJob.class ? PipelineRun.jarWith(jobJar.path(), job, folder) : jobJar.path();
    Measured measured;
    try (PipelineRun run = PipelineRun.start(folder, submitted, job, load, settings)) {
      measured = run.measure();
    } catch (IOException | RuntimeException e) {
      throw new IOException(e.getMessage() + " What the processes said is in " + folder + ".", e);
    }
    Folders.delete(folder);
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s: %s records/s (at least %,d waiting), TaskManager %.1f µs a record, %.2f cores of it its compiler, processors %s, %.0f MiB (live heap %.0f), fates %s, checkpoint %,.0f MiB; at %,.0f/s checkpoint %,.0f MiB, lag grew by %,.0f, latency %s, at once %s, visible %s%n",
        what,
        rates(measured.partsPerS()),
        measured.leastWaiting(),
        measured.tmCpuUsPerRecord(),
        measured.compilerCores(),
        measured.cpuS(),
        measured.memoryMiB(),
        measured.liveHeapMiB(),
        measured.fates(),
        measured.checkpointBytes() / MIB,
        measured.pacedPerS(),
        measured.pacedCheckpointBytes() / MIB,
        measured.pacedLagGrowth(),
        said(measured.latency()),
        said(measured.atOnce()),
        said(measured.visible()));
    measured.byTrigger().forEach((kind, h) -> out.printf("    %s %s%n", kind, said(h)));
    out.flush();
    return measured;
  }

  private static List<String> rates(double[] recordsPerS) {
    return Arrays.stream(recordsPerS).mapToObj(Results::number).toList();
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
    PipelineRun.Profiled profiled;
    try (PipelineRun run =
        PipelineRun.start(folder, jobJar.path(), LogisticsJob.class, load, options)) {
      profiled = run.profile(jfr);
    }
    String tables = profiled.profile().markdown();
    text.append("## Where the TaskManager's time goes: ").append(of).append("\n\n");
    text.append(
        "Meanwhile %s records/s, and %,.0f MiB of live heap at their end.%n%n"
            .formatted(rates(profiled.recordsPerS()), profiled.liveHeapMiB()));
    text.append(tables).append("\n");
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%s, profiled: %s records/s, live heap %,.0f MiB%n%n%s%n",
        of, rates(profiled.recordsPerS()), profiled.liveHeapMiB(), tables);
    out.flush();
    Folders.delete(folder);
  }

  private void report(String of, List<Measured> empty, List<Measured> whole) {
    double[] rates = each(whole, Measured::recordsPerS);
    figures.add(mean(of + "_records_per_s", rates, "records/s").atLeast(RATE_GOAL));
    figures.add(
        Figure.of(
            of + "_least_waiting",
            (double) whole.stream().mapToLong(Measured::leastWaiting).min().orElseThrow(),
            "records"));
    fates(of, whole);
    figures.add(
        mean(of + "_checkpoint_mib_saturated", each(whole, m -> m.checkpointBytes() / MIB), "MiB"));
    figures.add(
        mean(
            of + "_checkpoint_mib_paced", each(whole, m -> m.pacedCheckpointBytes() / MIB), "MiB"));
    figures.add(mean(of + "_tm_cpu_us_per_record", each(whole, Measured::tmCpuUsPerRecord), "µs"));
    figures.add(
        mean(
            of + "_records_per_tm_cpu_s", each(whole, m -> 1e6 / m.tmCpuUsPerRecord()), "records"));
    figures.add(mean(of + "_empty_records_per_s", each(empty, Measured::recordsPerS), "records/s"));
    figures.add(
        mean(of + "_empty_tm_cpu_us_per_record", each(empty, Measured::tmCpuUsPerRecord), "µs"));
    double[] ratios = new double[whole.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = whole.get(i).tmCpuUsPerRecord() / empty.get(i).tmCpuUsPerRecord();
    }
    figures.add(mean(of + "_cpu_ratio_to_empty", ratios, ""));
    figures.add(mean(of + "_tm_compiler_cores", each(whole, Measured::compilerCores), ""));
    figures.add(mean(of + "_tm_memory", each(whole, Measured::memoryMiB), "MiB"));
    figures.add(mean(of + "_tm_live_heap_paced", each(whole, Measured::liveHeapMiB), "MiB"));
    for (String process : whole.get(0).cpuS().keySet()) {
      figures.add(mean(of + "_" + process + "_cores", each(whole, m -> m.cpuS().get(process)), ""));
    }
    if (data == null) {
      figures.add(
          mean(of + "_time_lapse", each(whole, m -> m.pacedPerS() * fixIntervalS / vehicles), ""));
    }
    paced(of, whole);
    latencies(of, whole, samples(whole) >= LEAST_SAMPLES);
    byTrigger(of, whole);
    for (double percentile : new double[] {50, 95, 99}) {
      figures.add(
          percentile(
              of + "_empty_latency_p" + (int) percentile + "_ms",
              empty,
              Measured::latency,
              percentile));
    }
  }

  private void reportBeside(String of, List<Measured> whole, List<Measured> other) {
    double[] rates = each(other, Measured::recordsPerS);
    double[] throughput = new double[rates.length];
    double[] cpu = new double[rates.length];
    for (int i = 0; i < rates.length; i++) {
      throughput[i] = rates[i] / whole.get(i).recordsPerS();
      cpu[i] = other.get(i).tmCpuUsPerRecord() / whole.get(i).tmCpuUsPerRecord();
    }
    figures.add(mean(of + "_records_per_s", rates, "records/s").atLeast(RATE_GOAL));
    figures.add(mean(of + "_rate_ratio", throughput, ""));
    figures.add(mean(of + "_cpu_ratio", cpu, ""));
    fates(of, other);
    paced(of, other);
    latencies(of, other, samples(other) >= LEAST_SAMPLES);
  }

  private void fates(String of, List<Measured> measured) {
    figures.add(
        mean(
            of + "_fused_records_per_s",
            each(measured, m -> share(m, "fused") * m.recordsPerS()),
            "records/s"));
    figures.add(
        below(
            mean(of + "_late_share", each(measured, m -> share(m, "late")), ""),
            (data == null ? CityParameters.defaults().lateShareMax() : 0) + MOST_LATE_OF_THE_JOB,
            true));
  }

  private void paced(String of, List<Measured> measured) {
    figures.add(
        mean(of + "_paced_records_per_s", each(measured, Measured::pacedPerS), "records/s"));
    figures.add(
        mean(of + "_paced_share", each(measured, m -> m.pacedPerS() / m.recordsPerS()), ""));
    figures.add(
        mean(of + "_paced_lag_growth", each(measured, Measured::pacedLagGrowth), "records"));
  }

  /** Over all rounds together, for of some causes there are few a round. */
  private void byTrigger(String of, List<Measured> measured) {
    Map<String, Histogram> all = new TreeMap<>();
    for (Measured one : measured) {
      one.byTrigger().forEach((kind, h) -> all.computeIfAbsent(kind, k -> new Histogram(3)).add(h));
    }
    all.forEach(
        (kind, h) -> {
          String name = of + "_latency_of_" + snakeCase(kind);
          figures.add(Figure.of(name + "_samples", (double) h.getTotalCount(), ""));
          figures.add(Figure.of(name + "_p50_ms", (double) h.getValueAtPercentile(50), "ms"));
          figures.add(Figure.of(name + "_p99_ms", (double) h.getValueAtPercentile(99), "ms"));
        });
  }

  private static String snakeCase(String option) {
    return option.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
  }

  private static long samples(List<Measured> measured) {
    return measured.stream().mapToLong(m -> m.atOnce().getTotalCount()).sum();
  }

  private void latencies(String of, List<Measured> measured, boolean told) {
    figures.add(Figure.of(of + "_latency_at_once_samples", (double) samples(measured), ""));
    for (double percentile : new double[] {50, 95, 99}) {
      String p = "_p" + (int) percentile + "_ms";
      Figure atOnce =
          percentile(of + "_latency_at_once" + p, measured, Measured::atOnce, percentile);
      figures.add(percentile == 99 ? below(atOnce, P99_GOAL_MS, told) : atOnce);
      figures.add(percentile(of + "_latency_visible" + p, measured, Measured::visible, percentile));
      figures.add(percentile(of + "_latency_all" + p, measured, Measured::latency, percentile));
    }
  }

  private static Figure percentile(
      String name,
      List<Measured> measured,
      Function<Measured, Histogram> latency,
      double percentile) {
    return mean(
        name,
        each(measured, m -> (double) latency.apply(m).getValueAtPercentile(percentile)),
        "ms");
  }

  /** Of the telemetry records that came in meanwhile, those of a fate. */
  private static double share(Measured measured, String fate) {
    double all = measured.fates().values().stream().mapToLong(Long::longValue).sum();
    return measured.fates().getOrDefault(fate, 0L) / all;
  }

  private static Figure below(Figure figure, double most, boolean told) {
    Figure judged = figure.below(most);
    return told
        ? judged
        : new Figure(
            judged.name(),
            judged.value(),
            judged.unit(),
            judged.low(),
            judged.high(),
            judged.goal(),
            null);
  }

  private static Figure mean(String name, double[] rounds, String unit) {
    return rounds.length > 1 ? Figure.mean(name, rounds, unit) : Figure.of(name, rounds[0], unit);
  }

  private static double[] each(List<Measured> rounds, ToDoubleFunction<Measured> figure) {
    return rounds.stream().mapToDouble(figure).toArray();
  }
}
