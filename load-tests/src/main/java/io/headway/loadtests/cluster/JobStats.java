// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import java.util.Map;
import java.util.TreeMap;

/**
 * What Flink's REST API says of a job at one moment.
 *
 * @param state Flink's job status, such as RUNNING
 * @param runningVertices how many of its vertices run with all their subtasks
 * @param vertices how many vertices it has
 * @param fates records by input topic and fate, as the job's own counters have them
 * @param comparisons figures of canaries and shadows beside the stable version, by model and figure
 * @param pendingRecords records that the sources have not read yet; 0 until they report
 * @param busyRatio share of its time that the busiest operator spends at work, 0 to 1
 * @param checkpoints how many completed
 * @param failedCheckpoints how many failed
 * @param checkpointMs duration of the newest completed one in milliseconds; 0 before the first
 * @param checkpointBytes its size in bytes
 * @param restarts how often the job was started again; 0 while Flink has no metrics of it
 * @param failure what made the job fail last, the innermost cause; empty when nothing did
 */
public record JobStats(
    String state,
    int runningVertices,
    int vertices,
    Map<String, Map<String, Long>> fates,
    Map<String, Map<String, Double>> comparisons,
    long pendingRecords,
    double busyRatio,
    long checkpoints,
    long failedCheckpoints,
    long checkpointMs,
    long checkpointBytes,
    long restarts,
    String failure) {

  /** Before anything was asked. */
  public static final JobStats NONE =
      new JobStats("STARTING", 0, 0, Map.of(), Map.of(), 0, 0, 0, 0, 0, 0, 0, "");

  /** Whether every part of the job runs. */
  public boolean allRunning() {
    return state.equals("RUNNING") && runningVertices == vertices;
  }

  /** Whether the job has ended, in whatever way. */
  public boolean ended() {
    return state.equals("FAILED") || state.equals("CANCELED") || state.equals("FINISHED");
  }

  /** Records of a topic that have a fate. */
  public long accounted(String topic) {
    return fates.getOrDefault(topic, Map.of()).values().stream().mapToLong(Long::longValue).sum();
  }

  /** Records by fate, of all topics together. */
  public Map<String, Long> fatesOfAllTopics() {
    Map<String, Long> all = new TreeMap<>();
    fates.values().forEach(ofTopic -> ofTopic.forEach((fate, n) -> all.merge(fate, n, Long::sum)));
    return all;
  }
}
