// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A registry that gives the answers it was told to, and otherwise knows nothing. */
public final class FakeRegistry implements AutoCloseable {
  /** What it answers. */
  public record Answer(int status, String body) {}

  private final HttpServer server;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final Map<String, String> authorizations = new ConcurrentHashMap<>();
  private volatile Answer outage;

  private FakeRegistry(HttpServer server) {
    this.server = server;
    server.createContext("/", this::handle);
    server.start();
  }

  /** Starts one on any port. */
  public static FakeRegistry start() throws IOException {
    return new FakeRegistry(
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
  }

  /** A registry on a server that is not started yet. */
  static FakeRegistry on(HttpServer server) {
    return new FakeRegistry(server);
  }

  /** The root of its API. */
  public String url() {
    return "http://localhost:" + server.getAddress().getPort() + "/api";
  }

  /** The address of its API. */
  public RegistryAddress address() {
    return RegistryAddress.of(url(), Map.of());
  }

  /** Has it answer a question, such as {@code GET /schemas/ids/1}. */
  public void answer(String question, int status, String body) {
    answers.put(question, new Answer(status, body));
  }

  /** Has it know an Avro schema. */
  public void knows(int id, String schema) {
    answer("GET /schemas/ids/" + id, 200, "{\"schema\": " + quoted(schema) + "}");
  }

  /** Has it answer everything so; null ends that. */
  public void outage(Answer answer) {
    outage = answer;
  }

  /** The questions it was asked, oldest first. */
  public List<String> asked() {
    return List.copyOf(asked);
  }

  /** The Authorization header that came with a question; null when none did. */
  String authorization(String question) {
    return authorizations.get(question);
  }

  /** The text as a JSON string. */
  public static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }

  private void handle(HttpExchange exchange) throws IOException {
    String question =
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI().getRawPath().substring("/api".length());
    asked.add(question);
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    if (authorization != null) {
      authorizations.put(question, authorization);
    }
    exchange.getRequestBody().readAllBytes();
    Answer answer = outage;
    if (answer == null) {
      answer =
          answers.getOrDefault(
              question, new Answer(404, "{\"error_code\": 40403, \"message\": \"not found\"}"));
    }
    byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer.status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
