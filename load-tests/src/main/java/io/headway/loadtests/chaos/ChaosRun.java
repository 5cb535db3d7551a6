// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import io.headway.loadtests.cluster.FlinkRest;
import io.headway.loadtests.cluster.JobStats;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Faults under load, one after the other: what happens, how long it takes, and what is left of it
 * at the end.
 */
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
   * @param before how long the job runs undisturbed before each fault
   * @param after how long it runs after it was restored from each
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
   * How the job came over a fault. Times count from its beginning, in seconds.
   *
   * @param detectedS until Flink's REST API showed that something is wrong; NaN when it never did
   * @param restoredS until every task ran again; NaN when none ever stopped
   * @param decidedS until the first decision on something that came in after the fault was seen, or
   *     after it began if it never was
   * @param checkpointedS until a checkpoint was complete that began after the fault, and after it
   *     was mended
   * @param checkpointsFailed while it lasted
   * @param restarts of the job
   */
  record Recovery(
      Fault fault,
      double detectedS,
      double restoredS,
      double decidedS,
      double checkpointedS,
      long checkpointsFailed,
      long restarts) {

    /** Whether the job did what was to be expected. */
    boolean holds() {
      // Without room for checkpoints it is to go on deciding as if nothing were.
      return fault != Fault.DISK_FULL
          || (checkpointsFailed > 0 && restarts == 0 && decidedS < fault.lastsS());
    }
  }

  /**
   * What became of the job.
   *
   * @param recoveries from each fault
   * @param recordsIn records on the input topics
   * @param unexplained those without a fate, or with more than one
   * @param decisions records on the topic of decisions
   * @param superseded answers that the job says were overtaken by newer ones
   * @param timeline what a consumer makes of them
   */
  record Outcome(
      List<Recovery> recoveries,
      long recordsIn,
      long unexplained,
      long decisions,
      long superseded,
      Timeline timeline) {

    /** Decisions whose numbers are missing, and of which the job says nothing. */
    long lost() {
      return Math.max(0, timeline.missing().size() - superseded);
    }

    /** Whether nothing was lost, all is accounted for, and the job came over each fault. */
    boolean holds() {
      return unexplained == 0 && lost() == 0 && recoveries.stream().allMatch(Recovery::holds);
    }
  }

  /**
   * Runs the job and does what is said to it.
   *
   * @throws IOException if something cannot be started or the job does not come back
   */
  Outcome run(List<Fault> faults) throws IOException {
    boolean smallDisk = faults.contains(Fault.DISK_FULL);
    try (Rig rig = Rig.start(folder, jar, vehicles, options, smallDisk)) {
      DecisionLog log = new DecisionLog(rig.broker().bootstrapServers());
      Thread reader = new Thread(log, "chaos-reader");
      reader.start();
      try {
        return run(faults, rig, log, reader);
      } finally {
        log.stop();
      }
    }
  }

  private Outcome run(List<Fault> faults, Rig rig, DecisionLog log, Thread reader)
      throws IOException {
    List<Recovery> recoveries = new ArrayList<>();
    long superseded = 0;
    for (Fault fault : faults) {
      rig.replaceTaskManagers();
      pause(before.toMillis());
      long supersededBefore = rig.superseded();
      Recovery recovery = recover(fault, rig, log);
      recoveries.add(recovery);
      pause(after.toMillis());
      if (!Double.isNaN(recovery.detectedS())) {
        // The counters began anew.
        superseded += supersededBefore;
      }
    }
    rig.stopFeed();
    JobStats stats = drain(rig, log);
    log.stop();
    join(reader);
    Map<String, Long> sent = rig.topics().recordCounts(INPUTS);
    return new Outcome(
        recoveries,
        sent.values().stream().mapToLong(Long::longValue).sum(),
        sent.entrySet().stream()
            .mapToLong(topic -> Math.abs(topic.getValue() - stats.accounted(topic.getKey())))
            .sum(),
        log.timeline().records(),
        superseded + rig.superseded(),
        log.timeline());
  }

  /** Inflicts a fault, mends it when its time has come, and looks on until the job is back. */
  private static Recovery recover(Fault fault, Rig rig, DecisionLog log) throws IOException {
    long restartsBefore = rig.restarts();
    FlinkRest.Checkpoints checkpointsBefore = rig.checkpoints();
    long beganMs = System.currentTimeMillis();
    log.lookOut(beganMs);
    fault.inflict(rig);
    boolean mended = fault.lastsS() == 0;
    long mendedMs = beganMs;
    long checkpointsFailed = 0;
    double detectedS = Double.NaN;
    double restoredS = Double.NaN;
    double checkpointedS = Double.NaN;
    while (!mended
        || log.firstNewMs() == 0
        || Double.isNaN(checkpointedS)
        || (detectedS > 0 && Double.isNaN(restoredS))) {
      double nowS = (System.currentTimeMillis() - beganMs) / 1e3;
      if (nowS > RECOVERY.toSeconds()) {
        throw new IOException("The job has not come back %.0f s after %s.".formatted(nowS, fault));
      }
      FlinkRest.Checkpoints checkpoints = rig.checkpoints();
      if (!mended && nowS >= fault.lastsS()) {
        if (checkpoints != null && checkpointsBefore != null) {
          checkpointsFailed = checkpoints.failed() - checkpointsBefore.failed();
        }
        fault.mend(rig);
        mended = true;
        mendedMs = System.currentTimeMillis();
      } else if (!mended) {
        fault.keepUp(rig);
      }
      boolean running = rig.isRunning();
      if (Double.isNaN(detectedS)) {
        if (!running || rig.restarts() > restartsBefore) {
          detectedS = nowS;
          // Until then what the fault spared went on deciding, and some of it is undone.
          log.lookOut(System.currentTimeMillis());
        }
      } else if (Double.isNaN(restoredS) && running) {
        restoredS = nowS;
      }
      if (mended
          && Double.isNaN(checkpointedS)
          && checkpoints != null
          && checkpoints.completedMs() > mendedMs) {
        checkpointedS = nowS;
      }
      pause(LOOK_MS);
    }
    return new Recovery(
        fault,
        detectedS,
        restoredS,
        (log.firstNewMs() - beganMs) / 1e3,
        checkpointedS,
        Math.max(0, checkpointsFailed),
        Math.max(0, rig.restarts() - restartsBefore));
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
