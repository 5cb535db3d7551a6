// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.CalibrationReport;
import io.headway.loadtests.city.CityJudge;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.city.MarginalsReport;
import io.headway.loadtests.city.RecordedSpeeds;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.decisions.CityKind;
import io.headway.loadtests.decisions.DecisionsReport;
import io.headway.loadtests.decisions.Policy;
import io.headway.loadtests.lateness.ScenarioCommand;
import io.headway.loadtests.matching.MatchingReport;
import io.headway.loadtests.results.Results;
import io.headway.loadtests.taxi.TaxiMarginals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./headway evaluate}: sets parts of the project beside the truth or beside others. */
@Command(
    name = "evaluate",
    description = "Set parts of the project beside recorded or known truth.",
    subcommands = {ScenarioCommand.class, AdaptivityCommand.class})
public final class EvaluateCommand implements Runnable {
  private static final int JUNCTIONS = 3_000;
  private static final int RECORDED_DAYS = 14;
  private static final int CALIBRATION_SEED_LEAST = 50_000;
  private static final ZoneId SAN_FRANCISCO = ZoneId.of("America/Los_Angeles");
  private static final Instant MIDNIGHT = Instant.parse("2026-03-03T00:00:00Z");

  @Spec CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getErr());
  }

  @Command(
      name = "city-marginals",
      description =
          "Speed by hour, spread of trip times, outliers and update intervals of the simulated city beside those of recorded taxis.")
  int cityMarginals(
      @Option(
              names = "--data",
              required = true,
              paramLabel = "DIR",
              description = "Folder with the recorded taxis' day files.")
          Path data,
      @Option(
              names = "--days",
              defaultValue = "7",
              description = "Days of the recording to read; default ${DEFAULT-VALUE}.")
          int days,
      @Option(
              names = "--results",
              defaultValue = "load-tests/results",
              description = "Folder to write to; default ${DEFAULT-VALUE}.")
          Path folder)
      throws IOException {
    Path roads = Files.createTempFile("city", ".roads");
    try {
      SyntheticNetwork.build(1, JUNCTIONS, roads);
      CityParameters parameters =
          CityParameters.defaults().withStartMs(MIDNIGHT.toEpochMilli()).with(Knob.DURATION_H, 24);
      RoadNetwork network = RoadNetwork.open(roads);
      TaxiMarginals city = MarginalsReport.measure(parameters, network);
      TaxiMarginals byRecorded =
          MarginalsReport.measure(
              parameters.withRecorded(RecordedSpeeds.read(data, days, SAN_FRANCISCO)), network);
      TaxiMarginals recorded = TaxiMarginals.read(data, days, SAN_FRANCISCO);
      MarginalsReport.write(
          new Results(folder, Clock.systemUTC()),
          "./headway evaluate city-marginals --data DIR --days " + days,
          city,
          byRecorded,
          recorded);
      spec.commandLine().getOut().println(Files.readString(folder.resolve("city-marginals.md")));
    } finally {
      Files.delete(roads);
    }
    return CommandLine.ExitCode.OK;
  }

  @Command(
      name = "judge",
      description =
          "Whether what the judge of decisions believes of simulated cities is right: ranks of the truth among draws, over many cities.")
  int judge(
      @Option(
              names = "--cities",
              defaultValue = "400",
              description = "How many cities, at least 160; default ${DEFAULT-VALUE}.")
          int cities,
      @Option(
              names = "--seed",
              defaultValue = "60000",
              description = "Of the first city, 50000 to 99999; default ${DEFAULT-VALUE}.")
          long seed,
      @Option(
              names = "--data",
              paramLabel = "DIR",
              description =
                  "Folder of the San Francisco recording's YYYY-MM-DD.csv.gz files; without it cities of recorded speeds are left out.")
          Path data,
      @Option(
              names = "--results",
              defaultValue = "load-tests/results",
              description = "Folder to write to; default ${DEFAULT-VALUE}.")
          Path folder)
      throws IOException {
    require(
        cities >= 160,
        "--cities is %d, with which a test of uniform ranks says nothing; give at least 160."
            .formatted(cities));
    require(
        seed >= CALIBRATION_SEED_LEAST && seed <= DecisionsReport.SEED_LEAST - cities,
        "--seed is %d and --cities %d, so there would be seeds that models are made with or policies are judged by; give seeds from %d to %d."
            .formatted(seed, cities, CALIBRATION_SEED_LEAST, DecisionsReport.SEED_LEAST - 1));
    Path roads = Files.createTempFile("city", ".roads");
    try {
      SyntheticNetwork.build(1, JUNCTIONS, roads);
      RoadNetwork network = RoadNetwork.open(roads);
      CalibrationReport.write(
          new Results(folder, Clock.systemUTC()),
          "./headway evaluate judge --cities %d --seed %d%s"
              .formatted(cities, seed, data == null ? "" : " --data DIR"),
          new RoadMap(network, new RoadIndex(network)),
          data == null ? null : recorded(data),
          seed,
          cities,
          this::say);
      spec.commandLine().getOut().println(Files.readString(folder.resolve("judge.md")));
    } finally {
      Files.delete(roads);
    }
    return CommandLine.ExitCode.OK;
  }

  @Command(
      name = "decisions",
      sortOptions = false,
      description =
          "How well policies decide: regret and error by what could be known, cost of the days that they drive.")
  int decisions(
      @Option(
              names = "--policy",
              split = ",",
              paramLabel = "NAME",
              description =
                  "Policies that drive days: ${COMPLETION-CANDIDATES}; default keep,usual,baseline,ideal-64.",
              defaultValue = "keep,usual,baseline,ideal-64")
          List<Policy> drivers,
      @Option(
              names = "--ask",
              split = ",",
              paramLabel = "NAME",
              description = "Policies that are asked at each judged moment; default all.")
          List<Policy> asked,
      @Option(
              names = "--cities",
              defaultValue = "new-seeds",
              paramLabel = "KIND",
              description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
          CityKind kind,
      @Option(
              names = "--data",
              paramLabel = "DIR",
              description =
                  "Folder of the San Francisco recording's YYYY-MM-DD.csv.gz files, for recorded cities.")
          Path data,
      @Option(
              names = "--roads",
              paramLabel = "FILE",
              description = "Road network to drive on; a made-up one if nothing is said.")
          Path roads,
      @Option(
              names = "--seeds",
              defaultValue = "50",
              description = "How many cities; default ${DEFAULT-VALUE}.")
          int seeds,
      @Option(
              names = "--seed",
              defaultValue = "" + DecisionsReport.SEED_LEAST,
              description = "Of the first city, at least ${DEFAULT-VALUE}, the default.")
          long seed,
      @Option(
              names = "--hours",
              defaultValue = "6",
              description = "Length of a day; default ${DEFAULT-VALUE}.")
          double hours,
      @Option(
              names = "--vehicles",
              defaultValue = "40",
              description = "Of a city; default ${DEFAULT-VALUE}.")
          int vehicles,
      @Option(
              names = "--share",
              defaultValue = "0.02",
              description = "Share of a day's decisions to judge; default ${DEFAULT-VALUE}.")
          double share,
      @Option(
              names = "--futures",
              defaultValue = "" + CityJudge.FUTURES_MAX,
              description = "Futures of a moment at most; default ${DEFAULT-VALUE}.")
          int futures,
      @Option(
              names = "--results",
              defaultValue = "load-tests/results",
              description = "Folder to write to; default ${DEFAULT-VALUE}.")
          Path folder)
      throws IOException {
    require(
        seeds >= 2
            && hours > 0
            && vehicles >= 1
            && share > 0
            && share <= 1
            && futures >= CityJudge.FUTURES_MIN,
        "--seeds is %d, --hours %s, --vehicles %d, --share %s and --futures %d; nothing can be judged unless seeds are at least 2 and vehicles 1, hours above 0, the share above 0 and at most 1, and futures at least %d."
            .formatted(seeds, hours, vehicles, share, futures, CityJudge.FUTURES_MIN));
    require(
        seed >= DecisionsReport.SEED_LEAST,
        "--seed is %d; smaller seeds than %d are those that models are made and the judge is calibrated with, so policies would be judged by cities that they know; give %2$d or more."
            .formatted(seed, DecisionsReport.SEED_LEAST));
    requireOnce("--policy", drivers);
    if (asked != null) {
      requireOnce("--ask", asked);
    }
    require(
        (kind == CityKind.RECORDED) == (data != null),
        "--cities is %s and --data %s; recorded cities, and they alone, go by a recording: give --data with --cities recorded."
            .formatted(kind, data));
    Path madeUp = Files.createTempFile("city", ".roads");
    try {
      if (roads == null) {
        SyntheticNetwork.build(1, JUNCTIONS, madeUp);
      }
      Path file = roads == null ? madeUp : roads;
      RoadNetwork network = RoadNetwork.open(file);
      DecisionsReport.Settings settings =
          new DecisionsReport.Settings(
              kind,
              data == null ? null : recorded(data),
              seed,
              seeds,
              hours,
              vehicles,
              drivers,
              asked == null ? List.of(Policy.values()) : asked,
              share,
              futures);
      DecisionsReport.write(
          new Results(folder, Clock.systemUTC()),
          "./headway " + String.join(" ", spec.commandLine().getParseResult().originalArgs()),
          settings,
          file,
          new RoadMap(network, new RoadIndex(network)),
          this::say);
      spec.commandLine()
          .getOut()
          .println(Files.readString(folder.resolve("decisions-" + kind + ".md")));
    } finally {
      Files.delete(madeUp);
    }
    return CommandLine.ExitCode.OK;
  }

  private void requireOnce(String option, List<Policy> named) {
    Set<Policy> seen = EnumSet.noneOf(Policy.class);
    for (Policy policy : named) {
      require(
          seen.add(policy),
          "%s names %s more than once, which would be counted more than once; name each policy once."
              .formatted(option, policy));
    }
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new CommandLine.ParameterException(spec.commandLine(), otherwise);
    }
  }

  private static RecordedSpeeds recorded(Path folder) throws IOException {
    return RecordedSpeeds.read(folder, RECORDED_DAYS, SAN_FRANCISCO);
  }

  private void say(String line) {
    spec.commandLine().getErr().println(line);
    spec.commandLine().getErr().flush();
  }

  @Command(
      name = "matching",
      description =
          "Routes that the map matcher finds beside the true ones, and GraphHopper's matcher beside both.")
  int matching(
      @Option(
              names = "--data",
              required = true,
              paramLabel = "DIR",
              description = "Folder of the tracks of Kubicka et al. (2015), with tracks/ in it.")
          Path data,
      @Option(
              names = "--results",
              defaultValue = "load-tests/results",
              description = "Folder to write to; default ${DEFAULT-VALUE}.")
          Path folder)
      throws IOException {
    MatchingReport.write(
        new Results(folder, Clock.systemUTC()),
        "./headway evaluate matching --data DIR",
        data,
        this::say);
    spec.commandLine().getOut().println(Files.readString(folder.resolve("matching.md")));
    return CommandLine.ExitCode.OK;
  }
}
