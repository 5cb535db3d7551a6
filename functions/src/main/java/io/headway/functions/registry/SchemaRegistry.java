// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.apache.avro.Schema;

/**
 * Asks a schema registry through the three calls of Confluent's API that Headway needs, which
 * Apicurio, Karapace and others answer too. A question has {@link #ANSWER_MAX} to be answered, and
 * is asked once; who asks decides whether to ask again. Interruptible. Thread-safe.
 */
public final class SchemaRegistry {
  /** How long the registry may take to answer. */
  static final Duration ANSWER_MAX = Duration.ofSeconds(10);

  private static final Duration CONNECT_MAX = Duration.ofSeconds(5);
  private static final int MAX_ANSWER_BYTES = 1 << 20;
  private static final String TOO_LONG = "its answer is longer than " + MAX_ANSWER_BYTES + " bytes";
  private static final int MAX_REFERENCES = 64;
  private static final int SHOWN_CHARACTERS = 200;
  private static final String CONTENT = "application/vnd.schemaregistry.v1+json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RegistryAddress address;
  private final String authorization;
  private final HttpClient client;

  /** A client of a registry; nothing is asked yet. */
  public SchemaRegistry(RegistryAddress address) {
    this.address = address;
    this.authorization = address.authorization();
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_MAX)
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NORMAL);
    SSLContext ssl = address.sslContext();
    if (ssl != null) {
      builder.sslContext(ssl);
    }
    client = builder.build();
  }

  /** An answer that could have told, were it not too long to be taken. */
  private static final class TooLongException extends IOException {
    private static final long serialVersionUID = 1;

    TooLongException() {
      super(TOO_LONG);
    }
  }

  /** An answer in JSON. */
  private record Answer(int status, JsonNode body) {
    /** Whether the registry itself, and not something before it, says that there is no such. */
    boolean isUnknown() {
      return status == 404 && body.path("error_code").asInt() / 100 == 404;
    }
  }

  /**
   * The schema of an id.
   *
   * @throws UnusableSchemaException when the registry has no such id, or not an Avro schema, or one
   *     that refers to what is gone or that is longer than 1 MiB
   * @throws IOException when it gives no answer that tells; ask again later
   */
  public Schema schema(int id) throws UnusableSchemaException, IOException, InterruptedException {
    if (id < 0) {
      throw UnusableSchemaException.forGood(
          "schema id " + id + " is below 0, which no registry gives; correct the sender.");
    }
    try {
      return whole(id);
    } catch (TooLongException e) {
      throw UnusableSchemaException.forGood(
          "schema id "
              + id
              + " in the registry is longer than "
              + MAX_ANSWER_BYTES
              + " bytes, with what it refers to one by one; write with a smaller schema.");
    }
  }

  private Schema whole(int id) throws UnusableSchemaException, IOException, InterruptedException {
    Answer answer = ask("/schemas/ids/" + id, null);
    if (answer.isUnknown()) {
      throw new UnusableSchemaException(
          "schema id "
              + id
              + " is not in the registry "
              + address
              + "; see that sender and job use the same registry.",
          false);
    }
    JsonNode found = sound(answer, "schema");
    String type = found.path("schemaType").asText("AVRO");
    if (!type.equals("AVRO")) {
      throw UnusableSchemaException.forGood(
          "schema id " + id + " in the registry is of type " + type + "; write Avro.");
    }
    Schema.Parser parser = new Schema.Parser();
    try {
      parseReferences(id, found, parser, new int[] {MAX_REFERENCES});
      return parser.parse(found.get("schema").asText());
    } catch (RuntimeException e) {
      // Avro reports what is no schema in several ways, null pointers among them.
      throw UnusableSchemaException.forGood(
          "schema id "
              + id
              + " in the registry cannot be parsed as Avro ("
              + e.getMessage()
              + "); write with a sound schema.");
    }
  }

  /** Has the parser know what a schema refers to, the deepest first. */
  private void parseReferences(int id, JsonNode found, Schema.Parser parser, int[] left)
      throws UnusableSchemaException, IOException, InterruptedException {
    for (JsonNode reference : found.path("references")) {
      if (--left[0] < 0) {
        throw new IllegalStateException("it refers to more than " + MAX_REFERENCES + " others");
      }
      String subject = reference.path("subject").asText();
      int version = reference.path("version").asInt();
      Answer answer = ask("/subjects/" + encoded(subject) + "/versions/" + version, null);
      if (answer.isUnknown()) {
        throw UnusableSchemaException.forGood(
            "schema id %d in the registry refers to version %d of subject %s, which is gone; write with a schema whose references are there, or restore it and submit the job again."
                .formatted(id, version, subject));
      }
      JsonNode target = sound(answer, "schema");
      if (!parser.getTypes().containsKey(reference.path("name").asText())) {
        parseReferences(id, target, parser, left);
        parser.parse(target.get("schema").asText());
      }
    }
  }

  /**
   * The id of a schema under a subject. It is registered there when it is not yet.
   *
   * @throws IOException when the registry gives no answer that tells, or refuses; says which
   */
  public int idOf(String subject, Schema schema) throws IOException, InterruptedException {
    ObjectNode question = JSON.createObjectNode().put("schema", schema.toString());
    String path = "/subjects/" + encoded(subject);
    Answer known = ask(path, question);
    Answer answer = known.isUnknown() ? ask(path + "/versions", question) : known;
    return sound(answer, "id").get("id").asInt();
  }

  private static String encoded(String subject) {
    return URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The answer's body, which must hold a field. */
  private JsonNode sound(Answer answer, String field) throws IOException {
    if (answer.status != 200 || !answer.body.hasNonNull(field)) {
      String said = answer.body.path("message").asText(answer.body.toString());
      throw new IOException("it answers " + answer.status + ": " + shortened(said));
    }
    return answer.body;
  }

  private Answer ask(String path, ObjectNode question) throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address.url() + path))
            .header("Accept", CONTENT + ", application/json");
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    if (question != null) {
      request
          .header("Content-Type", CONTENT)
          .POST(HttpRequest.BodyPublishers.ofString(question.toString()));
    }
    HttpResponse<byte[]> response = send(request.build());
    String text = new String(response.body(), StandardCharsets.UTF_8);
    try {
      JsonNode json = JSON.readTree(text);
      if (json.isObject()) {
        return new Answer(response.statusCode(), json);
      }
    } catch (JsonProcessingException e) {
      throw new IOException(noJson(response.statusCode(), text), e);
    }
    throw new IOException(noJson(response.statusCode(), text));
  }

  /** The client's own time limit ends with the answer's headers; this one holds for all of it. */
  private HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> response =
        client.sendAsync(request, info -> limitedBody(info.statusCode()));
    try {
      return response.get(ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("it gave no answer within " + ANSWER_MAX.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof UncheckedIOException refused) {
        throw refused.getCause();
      }
      // Java says of a refused connection only the exception's name.
      throw new IOException(
          cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage(),
          cause);
    } finally {
      response.cancel(true);
    }
  }

  private static HttpResponse.BodySubscriber<byte[]> limitedBody(int status) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    return HttpResponse.BodySubscribers.mapping(
        HttpResponse.BodySubscribers.ofByteArrayConsumer(
            chunk -> {
              body.writeBytes(chunk.orElse(new byte[0]));
              if (body.size() > MAX_ANSWER_BYTES) {
                // A page of something before the registry does not begin as an answer does.
                boolean tells = status == 200 && body.toByteArray()[0] == '{';
                throw new UncheckedIOException(
                    tells ? new TooLongException() : new IOException(TOO_LONG));
              }
            }),
        end -> body.toByteArray());
  }

  private static String noJson(int status, String text) {
    return "it answers "
        + status
        + " and no JSON object, as if no registry were there: "
        + shortened(text);
  }

  private static String shortened(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return line.length() <= SHOWN_CHARACTERS ? line : line.substring(0, SHOWN_CHARACTERS) + "...";
  }
}
