// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import io.headway.functions.roads.RoadMap;
import io.headway.jobs.logistics.LogisticsJob;
import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.adaptivity.Adaptivity;
import io.headway.loadtests.adaptivity.Adaptivity.Event;
import io.headway.loadtests.bench.PipelineRun.Load;
import io.headway.loadtests.bench.PipelineRun.Measured;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.cluster.JobJar;
import io.headway.loadtests.results.Figure;
import io.headway.loadtests.results.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.CommonClientConfigs;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code ./headway evaluate adaptivity}: how soon a road event is a decision for all it touches.
 */
@Command(
    name = "adaptivity",
    description =
        "Share of the vehicles touched by a road event that have a new decision within 50 ms, of the whole job under load.")
public final class AdaptivityCommand implements Callable<Integer> {
  private static final String GENERATIVE = "generative";
  private static final int JUNCTIONS = 3_000;
  private static final int EVENTS_LEAST = 300;
  private static final double PACE = 0.7;
  private static final Duration SATURATED = Duration.ofSeconds(40);

  /**
   * Few incidents happen by themselves; so many must not last, or the city would stand still. Who
   * is touched is told from positions as they are sent, so these are sound.
   */
  private static final List<String> CITY =
      List.of(
          "incidents=50",
          "incident_life=0.1",
          "bad_inputs_per_million=0",
          "outlier_share=0",
          "multipath_share=0",
          "dropout_share=0",
          "disorder_share=0",
          "late_share=0",
          "no_speed_share=0");

  @Spec CommandSpec spec;

  @Option(
      names = "--vehicles",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Vehicles of the simulated city; default ${DEFAULT-VALUE}.")
  int vehicles;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "3000000",
      description =
          "Records that the job reads at least before anything is measured; default ${DEFAULT-VALUE}.")
  long warmUpRecords;

  @Option(
      names = "--paced",
      paramLabel = "S",
      defaultValue = "120",
      description = "Seconds at 70 %% of the sustained rate; default ${DEFAULT-VALUE}.")
  int pacedS;

  @Mixin JobJar jobJar;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      defaultValue = "load-tests/results",
      description = "Folder to write to; default ${DEFAULT-VALUE}.")
  Path results;

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Option of the job or of Flink, as for 'flink run'.")
  Map<String, String> options = new TreeMap<>();

  private final List<Figure> figures = new ArrayList<>();
  private final StringBuilder fewEvents = new StringBuilder();

  @Override
  public Integer call() throws IOException {
    if (vehicles < 1 || pacedS < 20) {
      throw new ParameterException(
          spec.commandLine(),
          "--vehicles is %d and --paced %d; nothing can be told unless they are at least 1 and 20."
              .formatted(vehicles, pacedS));
    }
    jobJar.check();
    Path file = Files.createTempFile("adaptivity-", ".roads");
    try {
      SyntheticNetwork.build(1, JUNCTIONS, file);
      RoadNetwork network = RoadNetwork.open(file);
      RoadMap roads = new RoadMap(network, new RoadIndex(network));
      measure(GENERATIVE, file, roads, options);
      Map<String, String> baseline = new TreeMap<>(options);
      baseline.put(LogisticsOptions.MODEL_BUNDLED.key(), "false");
      measure("baseline", file, roads, baseline);
    } finally {
      Files.delete(file);
    }
    new Results(results, Clock.systemUTC())
        .write(
            "adaptivity",
            "./headway " + String.join(" ", spec.commandLine().getParseResult().originalArgs()),
            "How soon a road event is a decision for the vehicles that it touches",
            figures,
            method() + fewEvents);
    spec.commandLine().getOut().println(Files.readString(results.resolve("adaptivity.md")));
    return CommandLine.ExitCode.OK;
  }

  private void measure(String of, Path file, RoadMap roads, Map<String, String> settings)
      throws IOException {
    Path folder = Files.createTempDirectory("headway-adaptivity-");
    Measured measured;
    Adaptivity adaptivity;
    try (PipelineRun run =
        PipelineRun.start(folder, jobJar.path(), LogisticsJob.class, load(file), settings)) {
      measured = run.measure();
      adaptivity =
          Adaptivity.of(
              Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, run.bootstrapServers()),
              roads,
              measured.pacedFromMs(),
              measured.pacedUntilMs());
    } catch (IOException | RuntimeException e) {
      throw new IOException(e.getMessage() + " What the processes said is in " + folder + ".", e);
    }
    Folders.delete(folder);
    report(of, measured, adaptivity);
  }

  private Load load(Path roads) {
    long startMs = CityParameters.DEFAULT_START_MS;
    List<String> feed = new ArrayList<>(List.of("--roads", roads.toString()));
    feed.addAll(List.of("--vehicles", Integer.toString(vehicles), "--fix-interval", "1"));
    CITY.forEach(knob -> feed.addAll(List.of("--city", knob)));
    feed.addAll(List.of("--start", Instant.ofEpochMilli(startMs).toString()));
    return new Load(
        feed, startMs, roads, warmUpRecords, SATURATED, Duration.ofSeconds(pacedS), PACE);
  }

  private void report(String of, Measured measured, Adaptivity adaptivity) {
    boolean generates = of.equals(GENERATIVE);
    if (generates) {
      figures.add(adaptivity.share(of + "_within_50_ms", Event::generativeSoon).atLeast(0.95));
    }
    Figure any = adaptivity.share(of + "_any_within_50_ms", Event::anySoon);
    figures.add(generates ? any.atLeast(0.99) : any);
    figures.add(adaptivity.share(of + "_answered_at_all", Event::answered));
    if (adaptivity.wide() > 0) {
      figures.add(adaptivity.shareOfWide(of + "_wide_any_within_50_ms", Event::anySoon));
    }
    figures.add(Figure.of(of + "_events", adaptivity.events().size(), ""));
    figures.add(Figure.of(of + "_wide_events", (double) adaptivity.wide(), ""));
    figures.add(Figure.of(of + "_touched", (double) adaptivity.touched(), "vehicles"));
    figures.add(Figure.of(of + "_decisions_for_others", (double) adaptivity.unexpected(), ""));
    for (double percentile : new double[] {50, 90, 95, 99}) {
      figures.add(
          Figure.of(
              of + "_p%.0f_ms".formatted(percentile),
              (double) adaptivity.answeredMs().getValueAtPercentile(percentile),
              "ms"));
    }
    figures.add(Figure.of(of + "_paced_records_per_s", measured.pacedPerS(), "records/s"));
    figures.add(Figure.of(of + "_time_lapse", measured.pacedPerS() / vehicles, ""));
    if (adaptivity.events().size() < EVENTS_LEAST) {
      fewEvents.append(
          "%n%s: %d events touched anybody, where %d are wanted; measure for longer (--paced).%n"
              .formatted(of, adaptivity.events().size(), EVENTS_LEAST));
    }
  }

  private String method() {
    return """
        Broker, JobManager, one TaskManager (two slots) and generator are processes of their own on this machine. %,d \
        simulated vehicles on made-up roads send a position a second of their time, and time passes as fast as 70 %% of the rate that the \
        job reads at full load makes it (`time_lapse`). The job is compiled by then, at least once. Of every road event that was \
        appended in %d s, the vehicles that it touches are told from what was published alone: the stops of `shipments` \
        that remain, the newest position, the fastest ways between them at usual speeds. Each should have a decision whose \
        trigger is that record of that event, so that its weights include it, 50 ms after the event by the topics' append times: \
        by scenarios (`within_50_ms`; where the model is not sure the baseline decides, which does not count), or by \
        anything (`any_within_50_ms`). Vehicles without such a decision ever count as late; among them are those that the job \
        knew to be on another way. `decisions_for_others` went to vehicles that were not told to be touched. Intervals are by \
        bootstrap over events. Events that touch more than %d vehicles are `wide`, and apart. So that it is clear who is touched, \
        positions have no outliers. City: %s. Options: %s.
        """
        .formatted(vehicles, pacedS, Adaptivity.TOUCHED_MOST, String.join(", ", CITY), options);
  }
}
