// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;

/**
 * Reads how a job is doing from Flink's REST API, as any user could. Figures are as old as Flink's
 * metric fetcher lets them be. One thread.
 */
public final class JobMetrics {
  private static final Pattern FATE = Pattern.compile("\\.headway\\.records\\.([^.]+)\\.([^.]+)$");
  private static final Pattern COMPARISON =
      Pattern.compile("\\.headway\\.release\\.([^.]+)\\.([^.]+)$");
  private static final String PENDING = "pendingRecords";
  private static final String BUSY = "busyTimeMsPerSecond";
  private static final int IDS_PER_QUERY = 40;

  private final FlinkRest rest;
  private final JobID job;

  /**
   * Says what to ask.
   *
   * @param rest address of the REST API
   * @param id the job
   */
  public JobMetrics(URI rest, JobID id) {
    this.rest = new FlinkRest(rest);
    job = id;
  }

  /**
   * Asks for everything once.
   *
   * @throws IOException when Flink does not answer or does not know the job
   */
  public JobStats read() throws IOException {
    JsonNode overview = get("");
    Map<String, Map<String, Long>> fates = new TreeMap<>();
    Map<String, Map<String, Double>> comparisons = new TreeMap<>();
    long pending = 0;
    double busy = 0;
    int running = 0;
    for (JsonNode vertex : overview.get("vertices")) {
      running += vertex.get("status").asText().equals("RUNNING") ? 1 : 0;
      String metrics = "/vertices/" + vertex.get("id").asText() + "/subtasks/metrics";
      for (JsonNode metric : values(metrics, wantedOf(get(metrics)))) {
        String id = metric.get("id").asText();
        Matcher fate = FATE.matcher(id);
        Matcher comparison = COMPARISON.matcher(id);
        if (fate.find()) {
          fates
              .computeIfAbsent(fate.group(1), topic -> new TreeMap<>())
              .merge(fate.group(2), Math.round(metric.get("sum").asDouble()), Long::sum);
        } else if (comparison.find()) {
          comparisons
              .computeIfAbsent(comparison.group(1), model -> new TreeMap<>())
              .put(comparison.group(2), metric.get("max").asDouble());
        } else if (id.endsWith(PENDING)) {
          pending += Math.max(0, Math.round(metric.get("sum").asDouble()));
        } else {
          double ratio = metric.get("max").asDouble() / 1000;
          busy = ratio > busy ? Math.min(1, ratio) : busy;
        }
      }
    }
    JsonNode checkpoints = get("/checkpoints");
    JsonNode newest = checkpoints.path("latest").path("completed");
    return new JobStats(
        overview.get("state").asText(),
        running,
        overview.get("vertices").size(),
        fates,
        comparisons,
        pending,
        busy,
        checkpoints.path("counts").path("completed").asLong(),
        checkpoints.path("counts").path("failed").asLong(),
        newest.path("end_to_end_duration").asLong(),
        newest.path("state_size").asLong(),
        Math.max(0, rest.restarts(job)),
        rest.lastFailure(job));
  }

  private static List<String> wantedOf(JsonNode metrics) {
    List<String> wanted = new ArrayList<>();
    for (JsonNode metric : metrics) {
      String id = metric.get("id").asText();
      if (FATE.matcher(id).find()
          || COMPARISON.matcher(id).find()
          || id.endsWith("." + PENDING)
          || id.equals(BUSY)) {
        wanted.add(id);
      }
    }
    return wanted;
  }

  private List<JsonNode> values(String metrics, List<String> ids) throws IOException {
    List<JsonNode> values = new ArrayList<>();
    for (int from = 0; from < ids.size(); from += IDS_PER_QUERY) {
      String some =
          ids.subList(from, Math.min(ids.size(), from + IDS_PER_QUERY)).stream()
              .map(id -> URLEncoder.encode(id, StandardCharsets.UTF_8))
              .collect(Collectors.joining(","));
      get(metrics + "?agg=sum,max&get=" + some).forEach(values::add);
    }
    return values;
  }

  private JsonNode get(String path) throws IOException {
    return rest.get("/jobs/" + job + path);
  }
}
