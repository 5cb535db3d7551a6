// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.loadtests.cluster.ChildProcess;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.cluster.Waiting;
import io.headway.loadtests.inference.SwapsRun.Result;
import io.headway.loadtests.results.Figure;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./headway bench inference-swaps}: a model that is replaced under load. */
@Command(
    name = "inference-swaps",
    description = "How long requests take while the model is replaced, and what is left of it.")
public final class SwapsCommand implements Callable<Integer> {
  private static final int HEAP_MIB = 256;
  private static final double P99_GOAL = 2;
  private static final double GROWTH_GOAL = 0.05;

  /** glibc opens an arena of memory for new threads, and gives back little of it. */
  private static final List<String> ONE_ARENA = List.of("env", "MALLOC_ARENA_MAX=1");

  @Mixin MeasureOptions options;

  @Option(
      names = "--model",
      defaultValue = Networks.WIDE,
      description = "ffnn, wide or large; default ${DEFAULT-VALUE}.")
  String model;

  @Option(
      names = "--rate",
      defaultValue = "2667",
      description = "Requests a second; default ${DEFAULT-VALUE}.")
  int rate;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description =
          "Of each round, without swaps, and as many with them; default ${DEFAULT-VALUE}.")
  int seconds;

  @Option(
      names = "--swaps",
      defaultValue = "10",
      description = "Swaps of each round; default ${DEFAULT-VALUE}.")
  int swaps;

  @Override
  public Integer call() throws IOException {
    options.check();
    if (!List.of(Networks.FFNN, Networks.WIDE, Networks.LARGE).contains(model)) {
      throw options.wrong(
          "--model is %s, which there is not; name ffnn, wide or large.".formatted(model));
    }
    if (rate < 1 || seconds < 1 || swaps < 1) {
      throw options.wrong(
          "--rate is %d, --seconds is %d and --swaps is %d; there is nothing to measure unless all are at least 1."
              .formatted(rate, seconds, swaps));
    }
    Path folder = Files.createTempDirectory("headway-inference-");
    try {
      write(measure(folder, List.of()), measure(folder, ONE_ARENA));
    } finally {
      Folders.delete(folder);
    }
    return CommandLine.ExitCode.OK;
  }

  /** The heap is taken at the start, so that what the process takes later is no part of it. */
  private Result measure(Path folder, List<String> through) throws IOException {
    Path result = folder.resolve("result-%d.json".formatted(through.size()));
    int phases = 2 * (SwapsRun.WARM_UP_ROUNDS + options.rounds());
    try (ChildProcess process =
        ChildProcess.java(
            "process whose model is swapped",
            through,
            folder.resolve("swaps.log"),
            List.of(
                "-Xms%dm".formatted(HEAP_MIB),
                "-Xmx%dm".formatted(HEAP_MIB),
                "-XX:+AlwaysPreTouch",
                "-Dheadway.log=" + folder.resolve("swaps-headway.log")),
            List.of(System.getProperty("java.class.path").split(File.pathSeparator)),
            SwapsRun.class.getName(),
            List.of(
                "--model", Networks.file(model, folder).toString(),
                "--rate", Integer.toString(rate),
                "--seconds", Integer.toString(seconds),
                "--rounds", Integer.toString(options.rounds()),
                "--swaps", Integer.toString(swaps),
                "--to", result.toString()))) {
      options.say("about %d s", phases * seconds);
      Duration patience = Duration.ofSeconds(2L * phases * seconds + 120);
      Waiting.until("the process to end", patience, () -> !process.isAlive());
      if (!Files.exists(result)) {
        throw new IOException("The process ended early:\n" + process.lastWords());
      }
    }
    return new ObjectMapper().readValue(result.toFile(), Result.class);
  }

  private void write(Result result, Result oneArena) throws IOException {
    for (Result of : List.of(result, oneArena)) {
      if (of.firstFailure() != null) {
        options.say("%d requests failed, the first by %s", of.failed(), of.firstFailure());
      }
    }
    List<Figure> figures =
        new ArrayList<>(
            List.of(
                Figure.of("swaps", result.swaps(), "").atLeast((double) swaps * options.rounds()),
                Figure.of("requests", result.requests(), ""),
                Figure.of("requests_failed_or_lost", result.failed(), "").below(1),
                Figure.ratio("p99_with_swaps_to_without", result.swapsP99Ms(), result.quietP99Ms())
                    .below(P99_GOAL),
                Figure.mean("p99_without_swaps_ms", result.quietP99Ms(), "ms"),
                Figure.mean("p99_with_swaps_ms", result.swapsP99Ms(), "ms"),
                Figure.mean("open_beside_ms", result.openMs(), "ms"),
                Figure.of(
                        "models_open_more_than_before",
                        result.after().models() - result.before().models(),
                        "")
                    .below(1),
                Figure.of("native_objects_left_at_the_end", result.nativeObjectsLeft(), "")
                    .below(1)));
    figures.addAll(memory("", result));
    figures.addAll(memory("one_arena_", oneArena));
    options.write(
        "A model that is replaced under load",
        figures,
        """
        A process of its own asks the model `%s` %,d times a second, evenly, through what the logistics job does it with: for %d s one version answers, then for as long one that is replaced %d times, and so in turn, after %d such rounds that do not count. To replace it, the next version is released: it is fetched, verified, opened and warmed up beside the old one, requests go to it from one to the next, and the old one is closed when it was not asked for 10 s. `open_beside_ms` is from the release to the first request that goes to it. A request's time is from when it was due to its answer. Memory is what the process has resident but for its heap of %d MiB, which is taken at the start, before and after all rounds, when only one version is open, after a full collection. `one_arena` is the same with MALLOC_ARENA_MAX=1 in the environment, so that glibc's malloc opens no arenas for the threads of new versions.
        """
            .formatted(model, rate, seconds, swaps, SwapsRun.WARM_UP_ROUNDS, HEAP_MIB));
  }

  private static List<Figure> memory(String prefix, Result result) {
    double before = result.before().outsideHeapMib();
    double after = result.after().outsideHeapMib();
    return List.of(
        Figure.of(prefix + "outside_heap_before_mib", before, "MiB"),
        Figure.of(prefix + "outside_heap_after_mib", after, "MiB"),
        Figure.of(prefix + "outside_heap_growth", after / before - 1, "").below(GROWTH_GOAL));
  }
}
