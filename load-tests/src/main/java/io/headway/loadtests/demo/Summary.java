// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headway.functions.ingest.Fate;
import io.headway.loadtests.cluster.JobStats;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the demo did, reconciled. Immutable.
 *
 * @param recordsIn records by input topic, by the broker's end offsets
 * @param job what Flink said last
 * @param decisions what was read from the output topics
 * @param warmUpMs the first so many milliseconds, in which latency was not measured
 * @param sendErrors records that the broker refused
 * @param failures sentences of what went wrong; empty when nothing did
 */
record Summary(
    Map<String, Long> recordsIn,
    JobStats job,
    DecisionTally.Counts decisions,
    long warmUpMs,
    long sendErrors,
    List<String> failures) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Records of each topic that have no fate, or (negative) more fates than there are records. */
  Map<String, Long> unexplainedByTopic() {
    Map<String, Long> unexplained = new LinkedHashMap<>();
    recordsIn.forEach((topic, count) -> unexplained.put(topic, count - job.accounted(topic)));
    return unexplained;
  }

  /** How far records and fates are apart, over all topics; differences do not cancel out. */
  long unexplained() {
    return unexplainedByTopic().values().stream().mapToLong(Math::abs).sum();
  }

  /** Records that were dead-lettered by their fate, and of which no dead letter was read. */
  long lettersMissing() {
    Map<String, Long> fates = job.fatesOfAllTopics();
    long sent =
        fates.getOrDefault(Fate.LATE.label(), 0L)
            + fates.getOrDefault(Fate.DEAD_LETTER.label(), 0L);
    return Math.max(0, sent - decisions.allDeadLetters());
  }

  /** Whether every record is accounted for and there were decisions. */
  boolean holds() {
    return unexplained() == 0
        && lettersMissing() == 0
        && decisions.decisions() > 0
        && failures.isEmpty();
  }

  /** The figures of the demo's result, without the truth. */
  ObjectNode json() {
    ObjectNode json = JSON.createObjectNode();
    put(json.putObject("records_in"), recordsIn);
    put(json.putObject("accounted"), job.fatesOfAllTopics());
    ObjectNode byTopic = json.putObject("accounted_by_topic");
    job.fates().forEach((topic, fates) -> put(byTopic.putObject(topic), withoutZeros(fates)));
    json.put("unexplained", unexplained());
    put(json.putObject("unexplained_by_topic"), unexplainedByTopic());
    json.put("decisions", decisions.decisions());
    put(json.putObject("decisions_by_kind"), decisions.byKind());
    put(json.putObject("decisions_by_source"), decisions.bySource());
    json.put("decisions_abstained", decisions.abstained());
    json.put("decisions_repeated", decisions.repeated());
    put(json.putObject("dead_letters_by_cause"), decisions.deadLetters());
    json.put("dead_letters_missing", lettersMissing());
    put(json.putObject("latency_ms"), decisions.latency());
    ObjectNode byTrigger = json.putObject("latency_ms_by_trigger");
    decisions
        .latencyByTrigger()
        .forEach((kind, latency) -> put(byTrigger.putObject(kind.name()), latency));
    json.put("latency_warm_up_s", warmUpMs / 1000.0);
    json.put("restarts", job.restarts());
    json.put("checkpoints", job.checkpoints());
    json.put("send_errors", sendErrors);
    failures.forEach(json.putArray("failures")::add);
    return json;
  }

  /** The same for a person, a line each. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    recordsIn.forEach(
        (topic, count) ->
            lines.add(
                line(
                    topic,
                    Text.count(count),
                    "= " + Text.counts(job.fates().getOrDefault(topic, Map.of())))));
    lines.add(line("unexplained", Text.count(unexplained()), ""));
    lines.add("");
    lines.add(
        line("decisions", Text.count(decisions.decisions()), Text.counts(decisions.byKind())));
    lines.add(line("", "", "by " + Text.counts(decisions.bySource())));
    if (decisions.abstained() > 0) {
      lines.add(
          line(
              "",
              Text.count(decisions.abstained()),
              "of the baseline's because the model was not sure"));
    }
    lines.add(line("latency", "", latencyText(decisions.latency())));
    lines.add(
        line(
            "",
            "",
            "from the append of what brought it about to the append of the decision, after "
                + warmUpMs / 1000
                + " s of warm-up"));
    decisions
        .latencyByTrigger()
        .forEach(
            (kind, latency) ->
                lines.add(line("", "", String.format("%-17s", kind) + latencyText(latency))));
    lines.add(
        line(
            "dead letters",
            Text.count(decisions.allDeadLetters()),
            Text.counts(decisions.deadLetters())));
    lines.add(line("checkpoints", Text.count(job.checkpoints()), "restarts " + job.restarts()));
    if (sendErrors > 0) {
      lines.add(line("refused", Text.count(sendErrors), "records that Kafka did not take"));
    }
    return lines;
  }

  private static String latencyText(DecisionTally.Latency latency) {
    return latency.count() == 0
        ? "not measured: no decision was brought about by a record after the warm-up"
        : String.format(
            Locale.ROOT,
            "p50 %,d ms · p95 %,d ms · p99 %,d ms · max %,d ms (%,d decisions)",
            latency.p50(),
            latency.p95(),
            latency.p99(),
            latency.max(),
            latency.count());
  }

  private static String line(String label, String count, String text) {
    return String.format(Locale.ROOT, "  %-13s %11s   %s", label, count, text).stripTrailing();
  }

  private static Map<String, Long> withoutZeros(Map<String, Long> counts) {
    Map<String, Long> some = new TreeMap<>(counts);
    some.values().removeIf(count -> count == 0);
    return some;
  }

  private static void put(ObjectNode json, Map<?, Long> counts) {
    counts.forEach((name, count) -> json.put(name.toString(), count));
  }

  private static void put(ObjectNode json, DecisionTally.Latency latency) {
    if (latency.count() == 0) {
      List.of("p50", "p95", "p99", "max").forEach(json::putNull);
    } else {
      json.put("p50", latency.p50());
      json.put("p95", latency.p95());
      json.put("p99", latency.p99());
      json.put("max", latency.max());
    }
    json.put("count", latency.count());
  }
}
