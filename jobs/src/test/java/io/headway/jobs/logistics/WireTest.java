// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.headway.schemas.Decision;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

class WireTest {

  @Test
  void theDefaultNeedsNoRegistry() {
    Wire wire = LogisticsSettings.of(new Configuration()).wire();

    assertThat(wire.registry()).isNull();
    assertThat(wire.register(true)).isEqualTo(new Wire.Ids(null, null, null));
  }

  @Test
  void theFormatAndItsRegistryGoTogether() {
    assertRefused(
        Map.of("headway.wire.format", "confluent"),
        "headway.wire.format is confluent and headway.registry.url is not set");
    assertRefused(
        Map.of("headway.registry.url", "http://registry"),
        "headway.registry.url is set and headway.wire.format is single-object");
    assertRefused(
        Map.of("headway.registry.client.bearer.auth.token", "t"),
        "headway.registry.client is set and headway.wire.format is single-object");
    assertRefused(Map.of("headway.wire.format", "json"), "headway.wire.format");
  }

  @Test
  void whatCannotBeARegistryIsRefusedBeforeItIsAsked() {
    assertRefused(confluent("registry:8081", Map.of()), "no address of a registry");
    assertRefused(
        confluent("http://registry", Map.of("headway.registry.client.user", "me")),
        "headway.registry.client.* do not lead to a registry",
        "no settings [user]");
  }

  @Test
  void aRegistryThatIsNotThereRefusesTheSubmission() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    Configuration config = Configuration.fromMap(confluent("http://localhost:" + free, Map.of()));
    config.set(LogisticsOptions.BOOTSTRAP_SERVERS, "localhost:9");

    assertThatThrownBy(
            () -> LogisticsJob.build(StreamExecutionEnvironment.getExecutionEnvironment(), config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "headway.registry.url is http://localhost:" + free,
            "under subject decisions-value (ConnectException), so it could not be written",
            "or set headway.wire.format to single-object");
  }

  @Test
  void theSchemasOfWhatTheJobWritesAreRegisteredByTopic() throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(
              exchange.getRequestURI().getPath()
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          byte[] body = ("{\"id\": " + asked.size() + "}").getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      String url = "http://localhost:" + server.getAddress().getPort();
      Configuration config = Configuration.fromMap(confluent(url, Map.of()));

      Wire wire = LogisticsSettings.of(config).wire();
      assertThat(wire.register(false)).isEqualTo(new Wire.Ids(1, null, 2));

      assertThat(asked).hasSize(2);
      assertThat(asked.get(0))
          .startsWith("/subjects/decisions-value ")
          .contains(Decision.getClassSchema().toString().replace("\"", "\\\""));
      assertThat(asked.get(1)).startsWith("/subjects/dead-letters-value ");

      assertThat(wire.register(true)).isEqualTo(new Wire.Ids(3, 4, 5));

      assertThat(asked.get(3)).startsWith("/subjects/decision-requests-value ");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void checkpointsThatFailDoNotRestartTheJobWhereItCanWait() {
    Map<String, String> options = confluent("http://registry", Map.of());

    assertThat(tolerated(options)).as("six hours of them, by timeout").isEqualTo(72);
    assertThat(tolerated(Map.of())).isEqualTo(72);
    options.put("headway.delivery.guarantee", "exactly-once");
    assertThat(tolerated(options)).as("a transaction cannot wait so long").isZero();
    options.put(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER.key(), "3");
    assertThat(tolerated(options)).isEqualTo(3);
  }

  private static int tolerated(Map<String, String> options) {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    LogisticsJob.prepare(env, Configuration.fromMap(options));
    return env.getCheckpointConfig().getTolerableCheckpointFailureNumber();
  }

  private static Map<String, String> confluent(String url, Map<String, String> client) {
    Map<String, String> options = new HashMap<>(client);
    options.put("headway.wire.format", "confluent");
    options.put("headway.registry.url", url);
    return options;
  }

  private static void assertRefused(Map<String, String> options, String... why) {
    assertThatThrownBy(() -> LogisticsSettings.of(Configuration.fromMap(options)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(why);
  }
}
