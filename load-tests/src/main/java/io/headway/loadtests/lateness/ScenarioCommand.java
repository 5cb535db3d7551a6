// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.results.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./headway evaluate scenario}: the scenarios of the job's own model beside what came. */
@Command(
    name = "scenario",
    description =
        "How good the scenarios are that the job draws by default: scores, coverage and fans beside what came, in cities that the model was not made with.")
public final class ScenarioCommand implements Callable<Integer> {
  private static final int JUDGING_SEED = 3_000;
  private static final int FANS = 3;
  private static final int BAR = 60;

  @Spec CommandSpec spec;

  @Option(
      names = "--cities",
      defaultValue = "15",
      paramLabel = "N",
      description = "How many cities, at least 2; default ${DEFAULT-VALUE}.")
  int cities;

  @Option(
      names = "--seed",
      defaultValue = "" + JUDGING_SEED,
      paramLabel = "S",
      description =
          "Of the first city, 3000 to 3999: those that models are judged by; default ${DEFAULT-VALUE}.")
  long seed;

  @Option(
      names = "--hours",
      defaultValue = "2",
      paramLabel = "H",
      description = "How long a city runs, by its own clock; default ${DEFAULT-VALUE}.")
  double hours;

  @Option(
      names = "--results",
      defaultValue = "load-tests/results",
      paramLabel = "DIR",
      description = "Folder to write to; default ${DEFAULT-VALUE}.")
  Path folder;

  @Override
  public Integer call() throws IOException, InterruptedException {
    long end = seed + cities;
    if (cities < 2 || seed < JUDGING_SEED || end > LatenessCity.SEED_MOST + 1 || !(hours > 0)) {
      throw new ParameterException(
          spec.commandLine(),
          "--cities is %d, --seed %d and --hours %s; give 2 cities or more, some hours, and seeds of %d to %d, for others are those that models are made with."
              .formatted(cities, seed, hours, JUDGING_SEED, LatenessCity.SEED_MOST));
    }
    ScenarioScores scores = scores();
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("scenario-fans.svg"),
        FanPlot.svg(scores.trips().stream().limit(FANS).toList()));
    new Results(folder, Clock.systemUTC())
        .write(
            "scenario",
            "./headway " + String.join(" ", spec.commandLine().getParseResult().originalArgs()),
            "How good the scenarios of the bundled model are",
            scores.figures(),
            text(scores));
    spec.commandLine().getOut().println(Files.readString(folder.resolve("scenario.md")));
    return CommandLine.ExitCode.OK;
  }

  /** City by city, so that few are in memory. */
  private ScenarioScores scores() throws IOException, InterruptedException {
    ScenarioScores scores = new ScenarioScores();
    int threads = Math.min(cities, Runtime.getRuntime().availableProcessors());
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      Queue<Future<LatenessRecords>> driven = new ArrayDeque<>();
      long next = seed;
      for (long city = seed; city < seed + cities; city++) {
        while (next < seed + cities && driven.size() < threads) {
          CityParameters parameters = LatenessCity.of(next++, hours);
          driven.add(
              pool.submit(
                  () -> LatenessRecords.of(parameters, (of, roads, feed) -> new ModelForecast())));
        }
        CityParameters parameters = LatenessCity.of(city, hours);
        long endMs = parameters.startMs() + Math.round(parameters.get(Knob.DURATION_H) * 3_600_000);
        long of = city;
        driven.remove().get().realise(plan -> scores.add(of, plan, endMs));
        spec.commandLine().getErr().printf("city %d%n", city);
        spec.commandLine().getErr().flush();
      }
      return scores;
    } catch (ExecutionException e) {
      throw new IOException("A city cannot be driven: " + e.getCause().getMessage(), e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  private static String text(ScenarioScores scores) {
    return """
        Cities that no model was made with, driven by the job's own operators; every plan is kept, so that every leg can be \
        observed. Each request is asked of the model as the job does, 256 scenarios, and set beside what the topic \
        `shipments` says later. `leg`: single legs. `sum_up_to_a_leg`: the observed legs of a request up to each, which is what an arrival depends on. `plan`: all \
        observed legs of a request, where there are two or more. CRPS is the fair one, in seconds; that of the live \
        estimate is its absolute error. A leg counts if %d min of the run were left when it was to begin. Intervals are over \
        cities by bootstrap: requests of one city are not independent. Rivals on the same inputs are in the model's card, `functions/models/scenario/README.md`.

        Rank of what came among the scenarios, in %d equal parts; a forecast that is right has equal bars. Single legs:

        %s
        All legs of a request:

        %s
        Fans of %d trips, the first of the longest of each of the first cities: minutes after the live estimate of the way up to each stop; bands hold 50, 80 and 95 \
        %% of the scenarios, red is what came.

        ![fans](scenario-fans.svg)
        """
        .formatted(
            ScenarioScores.LEFT_MIN,
            ScenarioScores.RANK_BINS,
            plot(scores.legRanks()),
            plot(scores.planRanks()),
            FANS);
  }

  private static String plot(long[] counts) {
    long most = Math.max(1, Arrays.stream(counts).max().orElseThrow());
    StringBuilder plot = new StringBuilder("```\n");
    for (int i = 0; i < counts.length; i++) {
      plot.append(
          "%5.1f %% %s %d%n"
              .formatted(
                  100.0 * i / counts.length,
                  "#".repeat((int) (BAR * counts[i] / most)),
                  counts[i]));
    }
    return plot.append("```\n").toString();
  }
}
