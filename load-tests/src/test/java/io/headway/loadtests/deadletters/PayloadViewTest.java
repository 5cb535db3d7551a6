// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.headway.functions.registry.RegistryAddress;
import io.headway.functions.registry.SchemaRegistry;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.Telemetry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PayloadViewTest {

  @Test
  void whatIsInConfluentsFormatSaysItsSchemaAndIsReadOnlyWithTheRegistry() throws Exception {
    byte[] record =
        new Telemetry("van-1", Instant.EPOCH, 41.0, -8.0, null, null, null).toByteBuffer().array();
    byte[] payload =
        ByteBuffer.allocate(record.length - 5)
            .put((byte) 0)
            .putInt(7)
            .put(record, 10, record.length - 10)
            .array();
    Letter letter = LettersAtHand.letter(1, 0, DeadLetterCause.FUTURE, "");
    letter.content().setPayload(ByteBuffer.wrap(payload));
    letter.content().setPayloadLength(payload.length);

    assertThat(PayloadView.of(letter, null))
        .startsWith(
            "Confluent's format, schema id 7; --registry-url would have it read:\n000000  00 00 00 00 07");

    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] answer =
        new ObjectMapper()
            .writeValueAsBytes(Map.of("schema", Telemetry.getClassSchema().toString()));
    server.createContext(
        "/schemas/ids/7",
        exchange -> {
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    try {
      SchemaRegistry registry =
          new SchemaRegistry(
              RegistryAddress.of("http://localhost:" + server.getAddress().getPort(), Map.of()));
      assertThat(PayloadView.of(letter, registry))
          .startsWith("Confluent's format, schema id 7, as the job reads it:\n{")
          .contains("\"vehicle_id\" : \"van-1\"");

      letter.content().setPayloadLength(70_000);
      assertThat(PayloadView.of(letter, registry))
          .startsWith("Confluent's format, schema id 7:\n000000  00 00 00 00 07");
    } finally {
      server.stop(0);
    }
  }
}
