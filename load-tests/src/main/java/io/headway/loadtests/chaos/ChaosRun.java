// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import io.headway.loadtests.cluster.JobStats;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** One fault under load: what happens, how long it takes, and what is left of it at the end. */
final class ChaosRun {
  private static final List<String> INPUTS =
      Stream.of(Topics.TELEMETRY, Topics.SHIPMENTS, Topics.ROAD_EVENTS).map(Topic::name).toList();

  private static final long LOOK_MS = 50;
  private static final Duration RECOVERY = Duration.ofMinutes(3);
  private static final long QUIET_MS = 4_000;

  private final Path folder;
  private final Path jar;
  private final int vehicles;
  private final Duration before;
  private final Duration after;
  private final Map<String, String> options;

  /**
   * @param folder for everything that is written
   * @param jar the job as it is submitted
   * @param before how long the job runs undisturbed
   * @param after how long it runs after it was restored
   * @param options of the job and of Flink
   */
  ChaosRun(
      Path folder,
      Path jar,
      int vehicles,
      Duration before,
      Duration after,
      Map<String, String> options) {
    this.folder = folder;
    this.jar = jar;
    this.vehicles = vehicles;
    this.before = before;
    this.after = after;
    this.options = options;
  }

  /**
   * What became of a fault. Times count from its beginning, in seconds.
   *
   * @param detectedS until Flink's REST API showed that something is wrong; NaN when it never did
   * @param restoredS until every task ran again; NaN when none ever stopped
   * @param decidedS until the first decision on something that came in after the fault began
   * @param restarts of the job
   * @param recordsIn records on the input topics
   * @param unexplained those without a fate, or with more than one
   * @param decisions records on the topic of decisions
   * @param unnumbered requests that the job says it had answered before
   * @param timeline what a consumer makes of them
   */
  record Outcome(
      Fault fault,
      double detectedS,
      double restoredS,
      double decidedS,
      long restarts,
      long recordsIn,
      long unexplained,
      long decisions,
      long unnumbered,
      Timeline timeline) {

    /** Decisions whose numbers are missing, and of which the job says nothing. */
    long lost() {
      return Math.max(0, timeline.missing().size() - unnumbered);
    }

    /** Whether nothing was lost and all is accounted for. */
    boolean holds() {
      return unexplained == 0 && lost() == 0 && !Double.isNaN(decidedS);
    }
  }

  Outcome run(Fault fault) throws IOException {
    try (Rig rig = Rig.start(folder, jar, vehicles, options)) {
      DecisionLog log = new DecisionLog(rig.broker().bootstrapServers());
      Thread reader = new Thread(log, "chaos-reader");
      reader.start();
      try {
        return run(fault, rig, log, reader);
      } finally {
        log.stop();
      }
    }
  }

  private Outcome run(Fault fault, Rig rig, DecisionLog log, Thread reader) throws IOException {
    pause(before.toMillis());
    long restartsBefore = rig.restarts();
    long beganMs = System.currentTimeMillis();
    log.lookOut(beganMs);
    fault.inflict(rig);
    boolean mended = fault.lastsS() == 0;
    double detectedS = Double.NaN;
    double restoredS = Double.NaN;
    while (!mended || log.firstNewMs() == 0 || (detectedS > 0 && Double.isNaN(restoredS))) {
      double nowS = (System.currentTimeMillis() - beganMs) / 1e3;
      if (nowS > RECOVERY.toSeconds()) {
        throw new IOException("The job has not come back %.0f s after %s.".formatted(nowS, fault));
      }
      if (!mended && nowS >= fault.lastsS()) {
        fault.mend(rig);
        mended = true;
      }
      boolean running = rig.isRunning();
      if (Double.isNaN(detectedS) && (!running || rig.restarts() > restartsBefore)) {
        detectedS = nowS;
      }
      if (detectedS > 0 && Double.isNaN(restoredS) && running) {
        restoredS = nowS;
      }
      pause(LOOK_MS);
    }
    pause(after.toMillis());
    rig.stopFeed();
    JobStats stats = drain(rig, log);
    log.stop();
    join(reader);
    Map<String, Long> sent = rig.topics().recordCounts(INPUTS);
    return new Outcome(
        fault,
        detectedS,
        restoredS,
        (log.firstNewMs() - beganMs) / 1e3,
        stats.restarts(),
        sent.values().stream().mapToLong(Long::longValue).sum(),
        sent.entrySet().stream()
            .mapToLong(topic -> Math.abs(topic.getValue() - stats.accounted(topic.getKey())))
            .sum(),
        log.timeline().records(),
        rig.unnumbered(),
        log.timeline());
  }

  /** Waits until every record has a fate and no decision comes any more, or nothing moves. */
  private static JobStats drain(Rig rig, DecisionLog log) throws IOException {
    Map<String, Long> sent = rig.topics().recordCounts(INPUTS);
    long lastCount = -1;
    long movedMs = System.currentTimeMillis();
    while (true) {
      JobStats stats = rig.metrics().read();
      boolean all =
          sent.entrySet().stream()
              .allMatch(topic -> stats.accounted(topic.getKey()) == topic.getValue());
      long count = log.records() + INPUTS.stream().mapToLong(stats::accounted).sum();
      long nowMs = System.currentTimeMillis();
      if (count != lastCount) {
        lastCount = count;
        movedMs = nowMs;
      }
      if (nowMs - movedMs >= (all ? QUIET_MS : 10 * QUIET_MS)) {
        return stats;
      }
      pause(10 * LOOK_MS);
    }
  }

  private static void pause(long ms) {
    long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    for (long leftNs = untilNs - System.nanoTime(); leftNs > 0; ) {
      LockSupport.parkNanos(leftNs);
      leftNs = untilNs - System.nanoTime();
    }
  }

  private static void join(Thread thread) throws IOException {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the reader ended.", e);
    }
  }
}
