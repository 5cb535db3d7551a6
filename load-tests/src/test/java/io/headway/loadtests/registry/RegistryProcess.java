// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.loadtests.cluster.ChildProcess;
import io.headway.loadtests.cluster.Ports;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * Apicurio Registry in a process of its own, which can be killed and started again at the same
 * address with what it knew. Asked here without Headway's client. Not thread-safe.
 */
final class RegistryProcess implements AutoCloseable {
  private static final String HOME = "headway.apicurio.home";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final Path runner;
  private final Path folder;
  private final int port;
  private ChildProcess process;

  private RegistryProcess(Path runner, Path folder, int port) {
    this.runner = runner;
    this.folder = folder;
    this.port = port;
  }

  /**
   * Starts a registry. It answers some seconds later.
   *
   * @param parent where its folder is made
   */
  static RegistryProcess start(Path parent) throws IOException {
    Path home = Path.of(System.getProperty(HOME, ""));
    List<Path> runners;
    try (var files = Files.newDirectoryStream(home, "*-runner.jar")) {
      runners = new ArrayList<>();
      files.forEach(runners::add);
    } catch (IOException e) {
      throw new IOException(
          "There is no Apicurio Registry in "
              + home
              + " (system property "
              + HOME
              + "); run this with Maven's profile e2e, which unpacks it.",
          e);
    }
    RegistryProcess registry =
        new RegistryProcess(
            runners.get(0), Files.createTempDirectory(parent, "registry-"), Ports.any());
    registry.start();
    return registry;
  }

  /** Starts it again where it has ended, with the schemas that it had. */
  void start() throws IOException {
    process =
        ChildProcess.java(
            "registry",
            folder.resolve("registry.log"),
            List.of(
                "-Xmx384m",
                "-Dquarkus.http.host=localhost",
                "-Dquarkus.http.port=" + port,
                // Written at once, so that a killed registry knows what it has answered.
                "-Dapicurio.datasource.url=jdbc:h2:file:"
                    + folder.resolve("schemas")
                    + ";WRITE_DELAY=0"),
            List.of(runner.toString()),
            "io.quarkus.runner.GeneratedMain",
            List.of());
  }

  /** The root of its API in Confluent's form. */
  String url() {
    return "http://localhost:" + port + "/apis/ccompat/v7";
  }

  /** The process. */
  ChildProcess process() {
    return process;
  }

  boolean answers() {
    try {
      return get("/subjects").isArray();
    } catch (IOException e) {
      return false;
    }
  }

  /** Registers a schema as a producer does, and returns its id. */
  int register(String subject, Schema schema) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url() + "/subjects/" + subject + "/versions"))
            .header("Content-Type", "application/vnd.schemaregistry.v1+json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    JSON.writeValueAsString(Map.of("schema", schema.toString()))))
            .build();
    return ask(request).get("id").asInt();
  }

  /** What it answers to a question. */
  JsonNode get(String path) throws IOException {
    return ask(HttpRequest.newBuilder(URI.create(url() + path)).build());
  }

  private JsonNode ask(HttpRequest request) throws IOException {
    try {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new IOException(request.uri() + " answers " + response.body());
      }
      return JSON.readTree(response.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the registry was asked.", e);
    }
  }

  /** Stops it; its folder stays, to be read. */
  @Override
  public void close() throws IOException {
    process.close();
  }
}
