// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.common.JobID;

/**
 * What people do to a cluster through Flink's REST API: upload a jar, run it, and ask how it is.
 * One thread.
 */
public final class FlinkRest {
  private static final String BOUNDARY = "headway-jar-upload";

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final ObjectMapper json = new ObjectMapper();
  private final URI rest;

  public FlinkRest(URI rest) {
    this.rest = rest;
  }

  /** How many slots are there, busy ones included; 0 while the JobManager does not answer. */
  public int slots() {
    try {
      return get("/overview").path("slots-total").asInt();
    } catch (IOException e) {
      return 0;
    }
  }

  /**
   * Uploads a jar, as {@code flink run} and the web UI do.
   *
   * @return what the cluster calls it
   */
  public String upload(Path jar) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    String head =
        "--%s\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"%s\"\r\nContent-Type: application/x-java-archive\r\n\r\n"
            .formatted(BOUNDARY, jar.getFileName());
    body.writeBytes(head.getBytes(StandardCharsets.UTF_8));
    Files.copy(jar, body);
    String end = "\r\n--" + BOUNDARY + "--\r\n";
    body.writeBytes(end.getBytes(StandardCharsets.UTF_8));
    JsonNode answer =
        send(
            HttpRequest.newBuilder(uri("/jars/upload"))
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())));
    return Path.of(answer.get("filename").asText()).getFileName().toString();
  }

  /**
   * Runs an uploaded jar.
   *
   * @param arguments of its main method
   * @param savepoint to start from, or null
   * @throws IOException when the cluster or the job refuses; the message holds the cause
   */
  public JobID run(String jar, String mainClass, List<String> arguments, String savepoint)
      throws IOException {
    ObjectNode body = json.createObjectNode().put("entryClass", mainClass);
    arguments.forEach(body.putArray("programArgsList")::add);
    if (savepoint != null) {
      body.put("savepointPath", savepoint);
    }
    return JobID.fromHexString(post("/jars/" + jar + "/run", body).get("jobid").asText());
  }

  /** Whether a job and all its vertices run. */
  public boolean isRunning(JobID job) throws IOException {
    JsonNode overview = get("/jobs/" + job);
    boolean running = overview.get("state").asText().equals("RUNNING");
    for (JsonNode vertex : overview.get("vertices")) {
      running &= vertex.get("status").asText().equals("RUNNING");
    }
    return running;
  }

  /** How often a job was started again; -1 while Flink has no metrics of it. */
  public long restarts(JobID job) throws IOException {
    for (JsonNode metric : get("/jobs/" + job + "/metrics?get=numRestarts")) {
      return metric.get("value").asLong();
    }
    return -1;
  }

  /**
   * How a job's checkpoints fare.
   *
   * @param failed how many, as the present JobManager counts
   * @param completedMs when the last one that completed was triggered, milliseconds since the
   *     epoch; 0 when none was
   */
  public record Checkpoints(long failed, long completedMs) {}

  /** How a job's checkpoints fare. */
  public Checkpoints checkpoints(JobID job) throws IOException {
    JsonNode answer = get("/jobs/" + job + "/checkpoints");
    return new Checkpoints(
        answer.path("counts").path("failed").asLong(),
        answer.path("latest").path("completed").path("trigger_timestamp").asLong());
  }

  /**
   * A checkpoint that has ended.
   *
   * @param triggeredMs milliseconds since the epoch
   * @param durationMs until it completed or failed
   */
  public record Checkpoint(long triggeredMs, long durationMs, boolean completed) {}

  /** The last checkpoints that have ended, as many as {@code web.checkpoints.history} keeps. */
  public List<Checkpoint> lastCheckpoints(JobID job) throws IOException {
    List<Checkpoint> checkpoints = new ArrayList<>();
    for (JsonNode checkpoint : get("/jobs/" + job + "/checkpoints").path("history")) {
      String status = checkpoint.path("status").asText();
      if (!status.equals("IN_PROGRESS")) {
        checkpoints.add(
            new Checkpoint(
                checkpoint.path("trigger_timestamp").asLong(),
                checkpoint.path("end_to_end_duration").asLong(),
                status.equals("COMPLETED")));
      }
    }
    return checkpoints;
  }

  /** What made a job fail last, the innermost cause; empty when nothing did. */
  public String lastFailure(JobID job) throws IOException {
    JsonNode entries = get("/jobs/" + job + "/exceptions").path("exceptionHistory").path("entries");
    String[] lines = entries.path(0).path("stacktrace").asText().split("\n");
    return Arrays.stream(lines)
        .filter(line -> line.startsWith("Caused by: "))
        .reduce((first, second) -> second)
        .orElse(lines[0])
        .strip();
  }

  /** Records that a source has read since the job's last start; as old as the metrics are. */
  public long sourceRecords(JobID job, String source) throws IOException {
    for (JsonNode vertex : get("/jobs/" + job).get("vertices")) {
      if (vertex.get("name").asText().startsWith("Source: " + source)) {
        String query = "Source__" + source + ".numRecordsIn";
        String path = "/jobs/" + job + "/vertices/" + vertex.get("id").asText();
        for (JsonNode sum : get(path + "/subtasks/metrics?agg=sum&get=" + query)) {
          return Math.round(sum.get("sum").asDouble());
        }
      }
    }
    return 0;
  }

  /** Resource ids of the TaskManagers that run tasks of a job. */
  public Set<String> taskManagersOf(JobID job) throws IOException {
    Set<String> ids = new TreeSet<>();
    for (JsonNode vertex : get("/jobs/" + job).get("vertices")) {
      JsonNode detail = get("/jobs/" + job + "/vertices/" + vertex.get("id").asText());
      detail.get("subtasks").forEach(task -> ids.add(task.path("taskmanager-id").asText()));
    }
    return ids;
  }

  /** Ids of all jobs that have not ended. */
  public List<JobID> running() throws IOException {
    return get("/jobs").get("jobs").findParents("id").stream()
        .filter(node -> node.path("status").asText().matches("RUNNING|RESTARTING|CREATED|FAILING"))
        .map(node -> JobID.fromHexString(node.get("id").asText()))
        .toList();
  }

  JsonNode get(String path) throws IOException {
    return send(HttpRequest.newBuilder(uri(path)).GET());
  }

  private JsonNode post(String path, JsonNode body) throws IOException {
    return send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
  }

  private JsonNode send(HttpRequest.Builder request) throws IOException {
    try {
      HttpResponse<String> response =
          http.send(
              request.timeout(Duration.ofMinutes(2)).build(), HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() >= 300) {
        throw new IOException(
            "Flink refused " + response.uri().getPath() + ": " + cause(response.body()));
      }
      return json.readTree(response.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while Flink was asked.", e);
    }
  }

  /** The innermost cause in an answer that holds a stack trace. */
  private String cause(String body) {
    try {
      String errors = json.readTree(body).path("errors").toString();
      int at = errors.lastIndexOf("Caused by: ");
      String cause = at < 0 ? errors : errors.substring(at + "Caused by: ".length());
      int end = cause.indexOf("\\n");
      return end < 0 ? cause : cause.substring(0, end);
    } catch (IOException e) {
      return body;
    }
  }

  private URI uri(String path) {
    return URI.create(rest + path);
  }
}
