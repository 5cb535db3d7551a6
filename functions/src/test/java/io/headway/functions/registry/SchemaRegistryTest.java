// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.schemas.Decision;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SchemaRegistryTest {
  private static final String POINT =
      "{\"type\": \"record\", \"name\": \"Point\", \"namespace\": \"a\","
          + " \"fields\": [{\"name\": \"x\", \"type\": \"int\"}]}";

  private FakeRegistry fake;
  private SchemaRegistry registry;

  @BeforeEach
  void startRegistry() throws IOException {
    fake = FakeRegistry.start();
    registry = new SchemaRegistry(fake.address());
  }

  @AfterEach
  void stopRegistry() {
    fake.close();
  }

  @Test
  void aSchemaIsFoundByItsId() throws Exception {
    fake.knows(7, POINT);

    assertThat(registry.schema(7)).isEqualTo(new Schema.Parser().parse(POINT));
  }

  @Test
  void aSchemaThatRefersToOthersIsPutTogether() throws Exception {
    String path =
        "{\"type\": \"record\", \"name\": \"Path\", \"fields\": [{\"name\": \"points\", \"type\":"
            + " {\"type\": \"array\", \"items\": \"a.Point\"}}]}";
    fake.answer(
        "GET /schemas/ids/8",
        200,
        "{\"schemaType\": \"AVRO\", \"schema\": "
            + FakeRegistry.quoted(path)
            + ", \"references\": [{\"name\": \"a.Point\", \"subject\": \"a/point\", \"version\": 3}]}");
    fake.answer(
        "GET /subjects/a%2Fpoint/versions/3",
        200, "{\"schema\": " + FakeRegistry.quoted(POINT) + "}");

    assertThat(registry.schema(8).getField("points").schema().getElementType().getFullName())
        .isEqualTo("a.Point");
  }

  @Test
  void anIdThatTheRegistryDoesNotKnowMayBeKnownLater() {
    assertThatThrownBy(() -> registry.schema(77))
        .isInstanceOfSatisfying(
            UnusableSchemaException.class, e -> assertThat(e.isForGood()).isFalse())
        .hasMessageContaining("schema id 77 is not in the registry " + fake.url());
  }

  @Test
  void whatIsNoAvroSchemaNeverWillBe() {
    fake.answer("GET /schemas/ids/1", 200, "{\"schemaType\": \"JSON\", \"schema\": \"{}\"}");
    fake.knows(2, "{\"type\": \"rekord\"}");

    assertThatThrownBy(() -> registry.schema(1))
        .isInstanceOfSatisfying(
            UnusableSchemaException.class, e -> assertThat(e.isForGood()).isTrue())
        .hasMessageContaining("schema id 1 in the registry is of type JSON");
    assertThatThrownBy(() -> registry.schema(2))
        .isInstanceOf(UnusableSchemaException.class)
        .hasMessageContaining("schema id 2 in the registry cannot be parsed as Avro");
    assertThatThrownBy(() -> registry.schema(-1))
        .isInstanceOf(UnusableSchemaException.class)
        .hasMessageContaining("schema id -1 is below 0");
    assertThat(fake.asked()).doesNotContain("GET /schemas/ids/-1");
  }

  @Test
  void anAnswerThatDoesNotTellIsNotTheRecordsFault() {
    fake.answer("GET /schemas/ids/1", 503, "{\"error_code\": 50301, \"message\": \"starting\"}");
    fake.answer("GET /schemas/ids/2", 404, "<html>default backend</html>");
    fake.answer("GET /schemas/ids/3", 401, "{\"message\": \"who are you?\"}");
    fake.answer("GET /schemas/ids/4", 200, "{}");
    fake.answer("GET /schemas/ids/5", 502, "{\"message\": \"" + "x".repeat(1 << 21) + "\"}");
    fake.answer("GET /schemas/ids/6", 404, "{\"status\": 404}");

    assertUnavailable(1, "it answers 503: starting");
    assertUnavailable(2, "it answers 404 and no JSON object");
    assertUnavailable(3, "it answers 401: who are you?");
    assertUnavailable(4, "it answers 200");
    assertUnavailable(5, "longer than 1048576 bytes");
    assertUnavailable(6, "it answers 404");
    fake.answer("GET /schemas/ids/7", 200, "<html>" + "x".repeat(1 << 21) + "</html>");
    assertUnavailable(7, "longer than 1048576 bytes");
  }

  @Test
  void aSchemaThatRefersToWhatIsGoneIsOfNoUse() {
    for (int errorCode : new int[] {40401, 40402}) {
      fake.answer(
          "GET /subjects/point/versions/3",
          404,
          "{\"error_code\": " + errorCode + ", \"message\": \"gone\"}");
      fake.answer(
          "GET /schemas/ids/8",
          200,
          "{\"schema\": \"{}\", \"references\": [{\"name\": \"a.Point\", \"subject\": \"point\", \"version\": 3}]}");

      assertUselessForGood(8, "schema id 8 in the registry refers to version 3 of subject point");
    }
  }

  @Test
  void aReferenceThatTheRegistryCannotTellOfNowIsWaitedFor() {
    fake.answer("GET /subjects/point/versions/3", 500, "{\"message\": \"no disk\"}");
    fake.answer(
        "GET /schemas/ids/8",
        200,
        "{\"schema\": \"{}\", \"references\": [{\"name\": \"a.Point\", \"subject\": \"point\", \"version\": 3}]}");

    assertUnavailable(8, "it answers 500: no disk");
  }

  @Test
  void aSchemaThatIsTooLongIsOfNoUse() {
    fake.answer("GET /schemas/ids/5", 200, "{\"schema\": \"" + "x".repeat(1 << 21) + "\"}");

    assertUselessForGood(5, "schema id 5 in the registry is longer than 1048576 bytes");
  }

  @Test
  void nobodyThereIsSaid() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    registry = new SchemaRegistry(RegistryAddress.of("http://localhost:" + free, Map.of()));

    assertUnavailable(1, "ConnectException");
  }

  @Test
  void aSchemaThatIsKnownIsLookedUpAndAnotherOneRegistered() throws Exception {
    fake.answer("POST /subjects/decisions-value", 200, "{\"id\": 5, \"version\": 1}");
    assertThat(registry.idOf("decisions-value", Decision.getClassSchema())).isEqualTo(5);
    assertThat(fake.asked()).containsExactly("POST /subjects/decisions-value");

    fake.answer("POST /subjects/new-value/versions", 200, "{\"id\": 6}");
    assertThat(registry.idOf("new-value", Decision.getClassSchema())).isEqualTo(6);
  }

  @Test
  void aRegistryThatDoesNotTakeASchemaSaysWhy() {
    fake.answer(
        "POST /subjects/decisions-value/versions",
        409,
        "{\"error_code\": 409, \"message\": \"Schema being registered is incompatible\"}");

    assertThatThrownBy(() -> registry.idOf("decisions-value", Decision.getClassSchema()))
        .isInstanceOf(IOException.class)
        .hasMessage("it answers 409: Schema being registered is incompatible");
  }

  @Test
  void credentialsAreSent() throws Exception {
    fake.knows(1, POINT);
    Map<String, String> user =
        Map.of("basic.auth.username", "Aladdin", "basic.auth.password", "open sesame");

    new SchemaRegistry(RegistryAddress.of(fake.url(), user)).schema(1);
    assertThat(fake.authorization("GET /schemas/ids/1"))
        .isEqualTo("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");

    new SchemaRegistry(RegistryAddress.of(fake.url(), Map.of("bearer.auth.token", "t"))).schema(1);
    assertThat(fake.authorization("GET /schemas/ids/1")).isEqualTo("Bearer t");
  }

  private void assertUselessForGood(int id, String said) {
    assertThatThrownBy(() -> registry.schema(id))
        .isInstanceOfSatisfying(
            UnusableSchemaException.class, e -> assertThat(e.isForGood()).isTrue())
        .hasMessageContaining(said);
  }

  private void assertUnavailable(int id, String said) {
    assertThatThrownBy(() -> registry.schema(id))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(said);
  }
}
