// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.functions.inference.BatchSettings;
import io.headway.loadtests.cluster.FlinkRest.Checkpoint;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.inference.FaultsJob.Run;
import io.headway.loadtests.inference.FaultsJob.Schedule;
import io.headway.loadtests.results.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./headway bench inference-faults}: bursts, and a model that hangs. */
@Command(
    name = "inference-faults",
    description = "How long requests take in a burst, and while the model hangs.")
public final class FaultsCommand implements Callable<Integer> {
  private static final int REQUESTS = 2_000;
  private static final Duration NEVER = Duration.ofDays(1);
  private static final Duration CHECKPOINT_EVERY = Duration.ofMillis(250);

  /** Bursts. */
  private static final Duration BURST_EVERY = Duration.ofMillis(250);

  private static final Duration BURST_DEADLINE = Duration.ofMillis(45);

  /** A model that hangs. */
  private static final Duration HANG_DEADLINE = Duration.ofMillis(500);

  /** How much later than its deadline the fallback may answer. */
  private static final double LATE_GOAL_MS = 20;

  /** By how much more than a deadline a checkpoint may take. */
  private static final double CHECKPOINT_GOAL = 1.5;

  @Mixin MeasureOptions options;

  @Option(
      names = "--bursts",
      defaultValue = "40",
      description =
          "Bursts of each round, after half as many for warm-up; default ${DEFAULT-VALUE}.")
  int bursts;

  @Option(
      names = "--rate",
      defaultValue = "20000",
      description = "Requests a second to the model that hangs; default ${DEFAULT-VALUE}.")
  int rate;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description =
          "For how long it is well, then hangs, then is well again; default ${DEFAULT-VALUE}.")
  int seconds;

  /** A model that is asked in bursts, and what was seen of it in each round. */
  private static final class Burst {
    final String model;
    final List<Double> p99Ms = new ArrayList<>();
    final List<Double> maxMs = new ArrayList<>();
    final List<Double> share = new ArrayList<>();

    Burst(String model) {
      this.model = model;
    }

    List<Figure> figures() {
      double goal = BURST_DEADLINE.toMillis();
      String name = "burst_" + model;
      return List.of(
          Figure.mean(name + "_p99_ms", doubles(p99Ms), "ms").below(goal),
          Figure.of(name + "_max_ms", max(maxMs), "ms").below(goal),
          Figure.mean(name + "_share_of_model", doubles(share), ""));
    }
  }

  @Override
  public Integer call() throws IOException {
    options.check();
    if (bursts < 1 || rate < 1 || seconds < 1) {
      throw options.wrong(
          "--bursts is %d, --rate is %d and --seconds is %d; there is nothing to measure unless all are at least 1."
              .formatted(bursts, rate, seconds));
    }
    List<Burst> asked = List.of(new Burst(Networks.FFNN), new Burst(Networks.WIDE));
    List<Run> hung = new ArrayList<>();
    Path folder = Files.createTempDirectory("headway-inference-");
    try {
      for (int round = 1; round <= options.rounds(); round++) {
        for (Burst burst : asked) {
          measure(burst, folder);
          options.say(
              "round %d, burst, %s: p99 %.1f ms, max %.1f ms, share of model %.3f",
              round, burst.model, last(burst.p99Ms), last(burst.maxMs), last(burst.share));
        }
        Run run = hang(folder);
        hung.add(run);
        options.say(
            "round %d, hang: p99 %.1f ms, %d checkpoints up to %.0f ms, well again after %.1f s",
            round,
            ms(whileHung(run), 99),
            run.checkpoints().size(),
            longestCheckpointMs(run),
            recoveryS(run));
      }
    } finally {
      Folders.delete(folder);
    }
    List<Figure> figures = new ArrayList<>();
    asked.forEach(burst -> figures.addAll(burst.figures()));
    figures.addAll(figures(hung));
    write(figures);
    return CommandLine.ExitCode.OK;
  }

  private void measure(Burst burst, Path folder) throws IOException {
    int warmUp = bursts / 2;
    Schedule schedule = new Schedule(REQUESTS, BURST_EVERY, warmUp + bursts);
    Run run =
        job(burst.model, BURST_DEADLINE, folder).run(schedule, Duration.ZERO, Duration.ZERO, NEVER);
    long fromNs = run.startNs() + warmUp * BURST_EVERY.toNanos();
    Histogram latencies = run.answers().latenciesUs(fromNs, Long.MAX_VALUE);
    burst.p99Ms.add(ms(latencies, 99));
    burst.maxMs.add(ms(latencies, 100));
    burst.share.add(run.answers().shareOfModel(fromNs, Long.MAX_VALUE));
  }

  private Run hang(Path folder) throws IOException {
    Duration phase = Duration.ofSeconds(seconds);
    Schedule schedule =
        new Schedule(1, Duration.ofNanos(1_000_000_000L / rate), 3 * seconds * rate);
    return job(Networks.FFNN, HANG_DEADLINE, folder).run(schedule, phase, phase, CHECKPOINT_EVERY);
  }

  private static FaultsJob job(String model, Duration deadline, Path folder) throws IOException {
    return new FaultsJob(
        folder,
        Networks.file(model + Networks.HANGING, folder),
        BatchSettings.DEFAULTS.withLinger(Duration.ZERO).withDeadline(deadline),
        REQUESTS);
  }

  private List<Figure> figures(List<Run> runs) {
    double deadlineMs = HANG_DEADLINE.toMillis();
    return List.of(
        mean("well_p99_ms", runs, run -> ms(beforeHung(run), 99), "ms"),
        mean("hang_p99_ms", runs, run -> ms(whileHung(run), 99), "ms")
            .below(deadlineMs + LATE_GOAL_MS),
        mean("hang_max_ms", runs, run -> ms(whileHung(run), 100), "ms"),
        mean(
            "hang_share_of_model",
            runs,
            run -> run.answers().shareOfModel(run.hungNs(), run.wellNs()),
            ""),
        mean("hang_checkpoints", runs, run -> run.checkpoints().size(), "").atLeast(1),
        Figure.of(
                "hang_checkpoints_failed",
                runs.stream()
                    .flatMap(run -> run.checkpoints().stream())
                    .mapToInt(checkpoint -> checkpoint.completed() ? 0 : 1)
                    .sum(),
                "")
            .below(1),
        mean("hang_checkpoint_longest_ms", runs, FaultsCommand::longestCheckpointMs, "ms")
            .below(CHECKPOINT_GOAL * deadlineMs),
        Figure.of(
                "hang_not_recovered",
                runs.stream().mapToInt(run -> Double.isNaN(recoveryS(run)) ? 1 : 0).sum(),
                "")
            .below(1),
        mean("hang_recovery_s", runs, this::recoveryS, "s"));
  }

  private double recoveryS(Run run) {
    return run.answers().recoveryS(run.wellNs(), rate);
  }

  private static Histogram beforeHung(Run run) {
    // The first half is warm-up.
    return run.answers().latenciesUs((run.startNs() + run.hungNs()) / 2, run.hungNs());
  }

  private static Histogram whileHung(Run run) {
    return run.answers().latenciesUs(run.hungNs(), run.wellNs());
  }

  private static double longestCheckpointMs(Run run) {
    return run.checkpoints().stream().mapToLong(Checkpoint::durationMs).max().orElse(0);
  }

  private static Figure mean(
      String name, List<Run> runs, ToDoubleFunction<Run> value, String unit) {
    return Figure.mean(name, runs.stream().mapToDouble(value).toArray(), unit);
  }

  private static double ms(Histogram latenciesUs, double percentile) {
    return latenciesUs.getValueAtPercentile(percentile) / 1e3;
  }

  private static double last(List<Double> values) {
    return values.get(values.size() - 1);
  }

  private static double max(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  private static double[] doubles(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private void write(List<Figure> figures) throws IOException {
    options.write(
        "Bursts, and a model that hangs",
        figures,
        """
        A job inside one process; %,d requests under way at most, one thread for the model, at most 64 requests a run, taken as they wait. A request's time is from when it was due, which it is whether those before it are answered or not, to its result behind the operator.

        Bursts: %,d requests due at once, every %d ms, %d times a round after half as many for warm-up, with a deadline of %d ms; `ffnn` is the feed-forward network of the Crayfish benchmark (784-32-32-32-32-10), `wide` has a million parameters (784-900-330-10).

        Hang: %,d requests a second to `ffnn` with a deadline of %d ms; after %d s every run of the model takes hours, and after %d s more none does. A checkpoint is triggered every %d ms; those that were triggered meanwhile count. Well again: when the model answers 90 %% of the requests that are due, in the first 100 ms in which it does.
        """
            .formatted(
                REQUESTS,
                REQUESTS,
                BURST_EVERY.toMillis(),
                bursts,
                BURST_DEADLINE.toMillis(),
                rate,
                HANG_DEADLINE.toMillis(),
                seconds,
                seconds,
                CHECKPOINT_EVERY.toMillis()));
  }
}
