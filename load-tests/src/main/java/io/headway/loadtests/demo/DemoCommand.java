// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.cluster.LocalFlink;
import io.headway.loadtests.cluster.Ports;
import io.headway.loadtests.deadletters.CannotDo;
import io.headway.loadtests.kafka.EmbeddedKafka;
import io.headway.loadtests.models.ReleaseTopic;
import io.headway.loadtests.results.Results;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.CommonClientConfigs;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code ./headway demo}: the whole product at work in one process. */
@Command(
    name = "demo",
    description =
        "Start Kafka and Flink in this process, feed the logistics job and show its decisions.",
    footer = {
      "",
      "Exit code 0 when every record is accounted for and decisions were made, 1 when not, 2 when the demo cannot start."
    })
public final class DemoCommand implements Callable<Integer> {
  private static final int SLOTS_MAX = 4;
  private static final long PLAIN_MS = 5_000;

  @Spec CommandSpec spec;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How long to feed, such as 90s, 5m or 1h; without it until Ctrl-C.")
  Duration length;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Replay the recorded fleet in this folder of days (YYYY-MM-DD.csv.gz) instead of driving a simulated city.")
  Path data;

  @Option(
      names = "--roads",
      paramLabel = "FILE",
      description =
          "Road network to drive on, made by './headway roads build'; without it a simulated city makes its own, and a recorded fleet is served off the road network.")
  Path roads;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description =
          "Records a second to aim for, and at most. A simulated city gets as many vehicles as make them, or with --vehicles as fast a clock.")
  Integer rate;

  @Option(
      names = "--vehicles",
      paramLabel = "N",
      description = "Vehicles of the simulated city; " + Pace.VEHICLES + " if nothing is said.")
  Integer vehicles;

  @Option(
      names = "--speed-up",
      paramLabel = "X",
      description =
          "Seconds of the city's or recording's time in a second; 10 for a city and 20 for a recording if nothing is said.")
  Double speedUp;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the simulated city: the same city for the same seed.")
  long seed;

  @Option(
      names = "--rollout",
      description =
          "Release models while it runs: one that answers, a canary that is promoted, a shadow that is wrong and is retired by the job, and a broken file; at the start, 20, 50 and 70 %% of --for, or of 5 minutes without it. The summary shows what became of them.")
  boolean rollout;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the summary to this file.")
  Path json;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port of Flink's web UI; 8081 or the next free one if nothing is said.")
  Integer port;

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Option of the job or of Flink, as for 'flink run'.")
  Map<String, String> options = new TreeMap<>();

  private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
  private final boolean terminal = Boolean.getBoolean("headway.terminal");
  private long stepNs;

  @Override
  public Integer call() throws Exception {
    StopSignal stop = new StopSignal();
    stop.install();
    try {
      check();
      Path folder = Files.createTempDirectory("headway-");
      try {
        return run(folder, stop);
      } finally {
        Folders.delete(folder);
      }
    } catch (StartProblem e) {
      out.flush();
      System.err.println(e.getMessage());
      return CommandLine.ExitCode.USAGE;
    }
  }

  private void check() throws IOException, StartProblem {
    require(rate == null || rate > 0, "--rate", rate, "give a whole number above 0");
    require(
        vehicles == null || (vehicles >= 1 && vehicles <= Pace.VEHICLES_MAX),
        "--vehicles",
        vehicles,
        "give 1 to " + Text.count(Pace.VEHICLES_MAX));
    require(
        speedUp == null || (speedUp > 0 && speedUp <= 10_000),
        "--speed-up",
        speedUp,
        "give a number above 0, at most 10,000");
    require(port == null || (port > 0 && port < 65_536), "--port", port, "give 1 to 65535");
    require(
        data == null || vehicles == null,
        "--vehicles",
        vehicles,
        "a recorded fleet (--data) brings its own vehicles; leave one of the two out");
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    Preflight.heap(Runtime.getRuntime().maxMemory());
    Preflight.disk(temporary, Files.getFileStore(temporary).getUsableSpace());
    Preflight.file("--roads", roads);
    if (json != null && Files.isDirectory(json)) {
      throw new StartProblem("--json " + json + " is a folder; name a file in it.");
    }
    if (json != null && !Files.isDirectory(json.toAbsolutePath().getParent())) {
      throw new StartProblem(
          "--json "
              + json
              + " cannot be written, because its folder does not exist; make it or name another.");
    }
  }

  private void require(boolean holds, String option, Object value, String remedy) {
    if (!holds) {
      throw new ParameterException(
          spec.commandLine(), option + " " + value + " cannot be used: " + remedy + ".");
    }
  }

  private int run(Path folder, StopSignal stop) throws Exception {
    String restPorts = Preflight.restPorts(port);
    begin();
    try (World world = world(folder)) {
      step(data == null ? "City laid out" : "Recording opened, promises learned");
      try (EmbeddedKafka kafka = EmbeddedKafka.start(folder, Ports.firstFree(9092))) {
        kafka.topics().create(Topics.all());
        step("Kafka started");
        Rollout releases = rollout ? releases(kafka, folder) : null;
        int slots = Math.min(SLOTS_MAX, Math.max(2, Runtime.getRuntime().availableProcessors()));
        Configuration configuration = Configuration.fromMap(options);
        try (LocalFlink flink =
            LocalFlink.start(folder, restPorts, Ports.firstFree(9249), slots, configuration)) {
          step("Flink started");
          try (Demo demo =
              Demo.start(
                  kafka,
                  flink,
                  world,
                  configuration,
                  rate == null ? Double.POSITIVE_INFINITY : rate,
                  stop)) {
            step("Job running");
            return run(demo, world, kafka, flink, releases);
          }
        }
      }
    }
  }

  private Rollout releases(EmbeddedKafka kafka, Path folder) {
    return new Rollout(
        new ReleaseTopic(
            Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers())),
        folder,
        Clock.systemUTC(),
        lengthMs());
  }

  private long lengthMs() {
    return length == null ? Long.MAX_VALUE : length.toMillis();
  }

  private int run(Demo demo, World world, EmbeddedKafka kafka, LocalFlink flink, Rollout releases)
      throws Exception {
    out.println();
    out.println("  " + world.title());
    out.println();
    out.println("  Flink web UI   " + flink.rest());
    out.println("  Kafka          " + kafka.bootstrapServers());
    out.println("  Metrics        " + flink.metrics());
    out.println("  Log            " + System.getProperty("headway.log", "target/headway.log"));
    out.println();
    out.println(
        "  "
            + (length == null ? "" : "Ends by itself after " + length.toSeconds() + " s. ")
            + "Ctrl-C stops it and still shows the summary.");
    out.println();
    out.flush();
    Summary summary = demo.run(lengthMs(), releases == null ? view() : following(releases, view()));
    begin();
    ObjectNode figures =
        Results.provenance(
            "./headway " + String.join(" ", spec.commandLine().getParseResult().originalArgs()),
            Instant.now());
    figures.setAll(summary.json());
    List<String> truth = demo.tellTruth(figures);
    print(summary, truth, releases == null ? List.of() : releases.lines());
    if (releases != null) {
      releases.json(figures);
      releases.failures().forEach(failure -> out.println("  " + failure));
    }
    if (json != null) {
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValue(json.toFile(), figures);
      out.println("  Written to " + json);
    }
    out.flush();
    boolean done = releases == null || releases.failures().isEmpty();
    return summary.holds() && done ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  private World world(Path folder) throws IOException, StartProblem {
    if (data != null) {
      return RecordedWorld.open(data, roads, speedUp == null ? RecordedWorld.SPEED_UP : speedUp);
    }
    Pace pace = Pace.of(vehicles, speedUp, rate, Knob.FIX_INTERVAL_S.defaultValue());
    return SimulatedWorld.open(roads, folder, seed, pace);
  }

  private Consumer<DemoState> view() {
    LiveView view = new LiveView(Integer.getInteger("headway.columns", 100), colour());
    if (terminal) {
      Screen screen = new Screen(out, Integer.getInteger("headway.rows", 40));
      return state -> {
        view.observe(state);
        screen.draw(view.panel(state));
      };
    }
    long[] printedMs = {Long.MIN_VALUE / 2};
    Set<DecisionTally.Shown> printed = new HashSet<>();
    return state -> {
      view.observe(state);
      if (state.elapsedMs() - printedMs[0] >= PLAIN_MS) {
        printedMs[0] = state.elapsedMs();
        out.println(view.line(state));
        state.decisions().last().stream()
            .filter(decision -> !printed.contains(decision))
            .limit(2)
            .map(view::decisionText)
            .forEach(out::println);
        printed.clear();
        printed.addAll(state.decisions().last());
        out.flush();
      }
    };
  }

  private boolean colour() {
    return terminal && System.getenv("NO_COLOR") == null;
  }

  private void print(Summary summary, List<String> truth, List<String> releases) {
    out.println();
    summary.lines().forEach(out::println);
    print("hindsight", truth);
    print("rollout", releases);
    out.println();
    summary.failures().forEach(failure -> out.println("  " + failure));
    if (summary.decisions().decisions() == 0) {
      out.println("  No decision was made; let it run longer.");
    }
    if (summary.lettersMissing() != 0) {
      out.println("  " + summary.lettersMissing() + " dead letters are missing from their topic.");
    }
    if (summary.unexplained() != 0) {
      out.println("  Not every record is accounted for; the log may say why.");
    }
    if (summary.holds()) {
      out.println("  Every record is accounted for.");
    }
  }

  private void print(String label, List<String> lines) {
    String first = label;
    for (String line : lines) {
      out.println(String.format(Locale.ROOT, "  %-13s %11s   %s", first, "", line));
      first = "";
    }
  }

  /** The rollout looks at the state before it is shown. */
  private static Consumer<DemoState> following(Rollout releases, Consumer<DemoState> view) {
    return state -> {
      try {
        releases.observe(state);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (CannotDo e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      view.accept(state);
    };
  }

  private void begin() {
    stepNs = System.nanoTime();
  }

  private void step(String done) {
    long nowNs = System.nanoTime();
    out.println(String.format(Locale.ROOT, "  %-36s %5.1f s", done, (nowNs - stepNs) / 1e9));
    out.flush();
    stepNs = nowNs;
  }

  /** Reads 90s, 5m, 1h. */
  static final class DurationConverter implements ITypeConverter<Duration> {
    private static final Pattern FORM = Pattern.compile("([1-9]\\d{0,5})(s|m|h)");

    @Override
    public Duration convert(String text) {
      Matcher matcher = FORM.matcher(text);
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "'" + text + "' is no length of time; write it like 90s, 5m or 1h");
      }
      long number = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "s" -> Duration.ofSeconds(number);
        case "m" -> Duration.ofMinutes(number);
        default -> Duration.ofHours(number);
      };
    }
  }
}
