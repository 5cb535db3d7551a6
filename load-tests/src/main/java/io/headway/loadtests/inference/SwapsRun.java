// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.functions.inference.BatchListener;
import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.release.AskedVersions;
import io.headway.functions.release.LoadedReleases;
import io.headway.functions.release.ModelUse;
import io.headway.functions.release.Releases;
import io.headway.loadtests.cluster.ChildProcess;
import io.headway.loadtests.cluster.Waiting;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.ParameterTool;

/**
 * A process of its own that asks a model at a steady rate while other versions of it are released,
 * through what a job does it with: {@link LoadedReleases} opens a new version beside the old one
 * and says who is asked, {@link AskedVersions} asks, and closes what is not asked any more.
 */
public final class SwapsRun {
  /** What the compiler takes for itself is taken by then. */
  static final int WARM_UP_ROUNDS = 2;

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration LAST_CLOSES = Duration.ofSeconds(10);

  private final Path file;
  private final double perS;
  private final Duration phase;
  private final LoadedReleases loaded;
  private final AskedVersions<Long, float[]> asked;
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicReference<Throwable> firstFailure = new AtomicReference<>();
  private final List<Double> openMs = new ArrayList<>();
  private ModelReference current;
  private int newest;
  private long releasedNs;
  private int swaps;
  private int requests;

  /**
   * What was seen. P99 of each round, in milliseconds, without swaps and with them; how long after
   * its release each version was first asked; why the first request failed that did, or null; what
   * was held before and after all rounds, and the native objects that are left when the last
   * version is closed.
   */
  record Result(
      double[] quietP99Ms,
      double[] swapsP99Ms,
      double[] openMs,
      int swaps,
      int requests,
      int failed,
      String firstFailure,
      Held before,
      Held after,
      int nativeObjectsLeft) {}

  /** What the process holds when nothing waits for the collector. */
  record Held(double outsideHeapMib, int models) {}

  private SwapsRun(Path file, double perS, Duration phase) throws IOException {
    this.file = file;
    this.perS = perS;
    this.phase = phase;
    Configuration taskManager = new Configuration();
    loaded =
        LoadedReleases.of(
            new ModelUse(Networks.reference(file, 1).name(), Networks.SIGNATURE, 1, List.of()),
            taskManager);
    asked =
        AskedVersions.of(
            Networks.SIGNATURE,
            Networks::encode,
            Networks::decode,
            BatchSettings.DEFAULTS.withLinger(Duration.ZERO),
            BatchListener.NONE,
            1,
            taskManager);
  }

  /**
   * Measures, and writes a {@link Result} as JSON.
   *
   * @param args {@code --model} (a file of {@link Networks#SIGNATURE}), {@code --rate} (requests a
   *     second), {@code --seconds} (of a round without swaps, and with them), {@code --rounds},
   *     {@code --swaps} (in a round), {@code --to} (a file)
   */
  public static void main(String[] args) throws Exception {
    ParameterTool options = ParameterTool.fromArgs(args);
    SwapsRun run =
        new SwapsRun(
            Path.of(options.get("model")),
            options.getDouble("rate"),
            Duration.ofSeconds(options.getLong("seconds")));
    Result result = run.measure(options.getInt("rounds"), options.getInt("swaps"));
    new ObjectMapper().writeValue(Path.of(options.get("to")).toFile(), result);
  }

  private Result measure(int rounds, int swapsOfRound) throws IOException {
    release();
    loaded.await();
    for (int round = 0; round < WARM_UP_ROUNDS; round++) {
      phase(0);
      phase(swapsOfRound);
    }
    Held before = held();
    swaps = 0;
    requests = 0;
    openMs.clear();
    double[] quietMs = new double[rounds];
    double[] swapsMs = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      quietMs[round] = phase(0);
      swapsMs[round] = phase(swapsOfRound);
    }
    Held after = held();
    loaded.close();
    asked.close();
    awaitNothingOpen();
    return new Result(
        quietMs,
        swapsMs,
        openMs.stream().mapToDouble(Double::doubleValue).toArray(),
        swaps,
        requests,
        failed.get(),
        firstFailure.get() == null ? null : firstFailure.get().toString(),
        before,
        after,
        ModelSession.openNativeObjects());
  }

  /**
   * Asks at the rate for a while.
   *
   * @param times how often another version is released meanwhile
   * @return P99 in milliseconds
   */
  private double phase(int times) throws IOException {
    int count = (int) Math.round(perS * phase.toNanos() / 1e9);
    Answers answers = new Answers(count);
    int released = 0;
    long startNs = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long dueNs = startNs + Math.round(i * 1e9 / perS);
      Waiting.pause(Duration.ofNanos(Math.max(0, dueNs - System.nanoTime())));
      // The first in the middle of its share of the time, and so on.
      if ((long) (released * 2 + 1) * count <= 2L * times * i && released < times) {
        release();
        released++;
      }
      ask(i, dueNs, answers);
    }
    Waiting.until("the last answer", PATIENCE, () -> missing(answers) == 0);
    requests += count;
    return answers.latenciesUs(startNs, Long.MAX_VALUE).getValueAtPercentile(99) / 1e3;
  }

  /** The same file as a version of its own. */
  private void release() throws IOException {
    ModelReference model = Networks.reference(file, ++newest);
    releasedNs = System.nanoTime();
    loaded.note(
        List.of(
            ModelRelease.newBuilder()
                .setModel(model.toString())
                .setName(model.name())
                .setVersion(model.version())
                .setRevision(1)
                .setUri(model.uri())
                .setSha256(model.sha256())
                .setRole(ModelRole.STABLE)
                .setReleasedAt(Instant.now())
                .build()));
  }

  private void ask(long id, long dueNs, Answers answers) {
    ModelRelease stable = loaded.ready().stable().orElseThrow();
    if (current == null || current.version() != stable.getVersion()) {
      current = Releases.reference(Releases.version(stable));
      openMs.add((System.nanoTime() - releasedNs) / 1e6);
      swaps++;
    }
    var unused =
        asked
            .submit(current, id)
            .whenComplete(
                (answer, failure) -> {
                  if (failure != null) {
                    failed.incrementAndGet();
                    firstFailure.compareAndSet(null, failure);
                  }
                  synchronized (answers) {
                    answers.add(dueNs, System.nanoTime(), failure == null);
                  }
                });
  }

  private static int missing(Answers answers) {
    synchronized (answers) {
      return answers.missing();
    }
  }

  /** What is still open after a while is a figure. */
  private static void awaitNothingOpen() {
    long deadlineNs = System.nanoTime() + LAST_CLOSES.toNanos();
    while (ModelSession.openNativeObjects() > 0 && System.nanoTime() < deadlineNs) {
      Waiting.pause(Duration.ofMillis(10));
    }
  }

  /** Goes on asking, one by one, until the versions that are not asked any more are closed. */
  private Held held() throws IOException {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    do {
      if (System.nanoTime() > deadlineNs) {
        throw new IOException(
            "Old versions were not closed in %d s.".formatted(PATIENCE.toSeconds()));
      }
      Answers one = new Answers(1);
      ask(0, System.nanoTime(), one);
      Waiting.until("an answer", PATIENCE, () -> missing(one) == 0);
    } while (SharedModels.ofThisJob().size() > 1);
    System.gc();
    double heapMib = Runtime.getRuntime().totalMemory() / (double) (1 << 20);
    return new Held(
        ChildProcess.residentMiB(ProcessHandle.current().pid()) - heapMib,
        SharedModels.ofThisJob().size());
  }
}
