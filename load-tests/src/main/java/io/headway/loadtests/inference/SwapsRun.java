// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.functions.inference.BatchListener;
import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.BatchedModel;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.inference.stream.ModelFiles;
import io.headway.loadtests.cluster.ChildProcess;
import io.headway.loadtests.cluster.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.ParameterTool;

/**
 * A process of its own that asks a model at a steady rate while it is replaced by other versions of
 * itself, as an operator does it: a new one is opened and warmed up beside the old one, requests go
 * to it from one to the next, and the old one is closed when it has answered its last.
 */
public final class SwapsRun {
  /** What the compiler takes for itself is taken by then. */
  static final int WARM_UP_ROUNDS = 2;

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Path file;
  private final double perS;
  private final Duration phase;

  /** Opens versions, and closes them. */
  private final ExecutorService beside = Executors.newCachedThreadPool();

  /** Versions that are not closed yet. */
  private final AtomicInteger versions = new AtomicInteger();

  private final AtomicInteger failed = new AtomicInteger();
  private final List<Double> openMs = new ArrayList<>();
  private Version current;
  private int newest = 1;
  private int swaps;
  private int requests;

  /**
   * What was seen. P99 of each round, in milliseconds, without swaps and with them; how long each
   * swap took to open its version; what was held before and after all rounds, and the native
   * objects that are left when the last version is closed.
   */
  record Result(
      double[] quietP99Ms,
      double[] swapsP99Ms,
      double[] openMs,
      int swaps,
      int requests,
      int failed,
      Held before,
      Held after,
      int nativeObjectsLeft) {}

  /** What the process holds when nothing waits for the collector. */
  record Held(double outsideHeapMib, int models) {}

  /** A version that is served; the last who lets it go closes it. */
  private final class Version {
    private final SharedModels.Lease lease;
    private final BatchedModel<Long, float[]> model;

    /** Requests without an answer, and one for being the current version. */
    private final AtomicInteger holders = new AtomicInteger(1);

    Version(int number) throws IOException, ModelException {
      lease = ModelFiles.acquire(Networks.reference(file, number), 1, new Configuration());
      model =
          new BatchedModel<>(
              lease.model(),
              Networks.SIGNATURE,
              Networks::encode,
              Networks::decode,
              BatchSettings.DEFAULTS.withLinger(Duration.ZERO),
              BatchListener.NONE);
      versions.incrementAndGet();
    }

    void ask(long id, long dueNs, Answers answers) {
      holders.incrementAndGet();
      var unused =
          model
              .submit(id)
              .whenComplete(
                  (answer, failure) -> {
                    if (failure != null) {
                      failed.incrementAndGet();
                    }
                    synchronized (answers) {
                      answers.add(dueNs, System.nanoTime(), failure == null);
                    }
                    letGo();
                  });
    }

    void letGo() {
      if (holders.decrementAndGet() == 0) {
        var unused = beside.submit(this::close);
      }
    }

    private void close() {
      model.close();
      model.ended().join();
      lease.close();
      versions.decrementAndGet();
    }
  }

  private SwapsRun(Path file, double perS, Duration phase) {
    this.file = file;
    this.perS = perS;
    this.phase = phase;
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

  private Result measure(int rounds, int swapsOfRound) throws Exception {
    current = new Version(newest);
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
    current.letGo();
    awaitVersions(0);
    beside.shutdown();
    return new Result(
        quietMs,
        swapsMs,
        openMs.stream().mapToDouble(Double::doubleValue).toArray(),
        swaps,
        requests,
        failed.get(),
        before,
        after,
        ModelSession.openNativeObjects());
  }

  /**
   * Asks at the rate for a while.
   *
   * @param times how often the version is replaced meanwhile
   * @return P99 in milliseconds
   */
  private double phase(int times) throws Exception {
    int count = (int) Math.round(perS * phase.toNanos() / 1e9);
    Answers answers = new Answers(count);
    Future<Version> next = null;
    int opened = 0;
    long startNs = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long dueNs = startNs + Math.round(i * 1e9 / perS);
      Waiting.pause(Duration.ofNanos(Math.max(0, dueNs - System.nanoTime())));
      if (next != null && next.isDone()) {
        Version old = current;
        current = next.get();
        next = null;
        old.letGo();
        swaps++;
      }
      // The first in the middle of its share of the time, and so on.
      if (next == null && opened < times && (long) (opened * 2 + 1) * count <= 2L * times * i) {
        int number = ++newest;
        next = beside.submit(() -> open(number));
        opened++;
      }
      current.ask(i, dueNs, answers);
    }
    Waiting.until("the last answer", PATIENCE, () -> missing(answers) == 0);
    requests += count;
    return answers.latenciesUs(startNs, Long.MAX_VALUE).getValueAtPercentile(99) / 1e3;
  }

  private static int missing(Answers answers) {
    synchronized (answers) {
      return answers.missing();
    }
  }

  private Version open(int number) throws IOException, ModelException {
    long startNs = System.nanoTime();
    Version version = new Version(number);
    synchronized (openMs) {
      openMs.add((System.nanoTime() - startNs) / 1e6);
    }
    return version;
  }

  private Held held() throws IOException {
    awaitVersions(1);
    System.gc();
    double heapMib = Runtime.getRuntime().totalMemory() / (double) (1 << 20);
    return new Held(
        ChildProcess.residentMiB(ProcessHandle.current().pid()) - heapMib,
        SharedModels.ofThisJob().size());
  }

  private void awaitVersions(int count) throws IOException {
    Waiting.until("old versions to be closed", PATIENCE, () -> versions.get() == count);
  }
}
