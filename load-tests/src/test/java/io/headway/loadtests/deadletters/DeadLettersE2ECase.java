// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.functions.ingest.DeadLetters;
import io.headway.loadtests.kafka.EmbeddedKafka;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.Telemetry;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command against a broker; each test has its own topics' records. */
class DeadLettersE2ECase {
  private static final int PARTITION = 3;

  @TempDir static Path folder;
  private static EmbeddedKafka kafka;
  private static Admin admin;
  private static KafkaProducer<byte[], byte[]> producer;

  private Instant now = Instant.now();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void startKafka() throws Exception {
    kafka = EmbeddedKafka.start(folder, 0);
    admin = Admin.create(connection());
    producer =
        new KafkaProducer<>(connection(), new ByteArraySerializer(), new ByteArraySerializer());
  }

  @AfterAll
  static void stopKafka() throws Exception {
    producer.close();
    admin.close();
    kafka.close();
  }

  @BeforeEach
  void makeTopics() throws Exception {
    kafka
        .topics()
        .create(
            Topics.all().stream()
                .filter(topic -> !topic.equals(Topics.DEAD_LETTER_REPLAYS))
                .toList());
  }

  @AfterEach
  void deleteTopics() throws Exception {
    // By name: a broker may list a topic a moment after it was made.
    for (Topic topic : Topics.all()) {
      try {
        admin.deleteTopics(List.of(topic.name())).all().get();
      } catch (ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
      }
    }
    // Until the broker knows, it may still take records for the topics that are gone.
    await().until(() -> admin.listTopics().names().get().isEmpty());
  }

  @Test
  void lettersAreCountedAndTheNewestShown() throws Exception {
    letter(input("van-1", bytes("junk")), DeadLetterCause.MALFORMED, 1_000);
    letter(input("van-2", bytes("junk")), DeadLetterCause.MALFORMED, 1_000);
    String newest = letter(input("van-1", fix("van-1")), DeadLetterCause.OUT_OF_RANGE, 1_000);

    assertThat(run("list", "--limit", "1")).isZero();
    assertThat(out.toString())
        .contains("3 dead letters")
        .containsPattern("telemetry +MALFORMED +2")
        .containsPattern("telemetry +OUT_OF_RANGE +1")
        .contains(newest + " ")
        .contains("OUT_OF_RANGE  van-1: why");

    assertThat(run("list", "--key", "van-1", "--cause", "MALFORMED", "--json")).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("dead_letters").asLong()).isEqualTo(1);
    assertThat(json.get("newest").get(0).get("input").asText()).isEqualTo("telemetry:3:0");

    assertThat(run("list", "--since", "1h", "--until", now.minusSeconds(1800).toString())).isZero();
    assertThat(out.toString()).startsWith("0 dead letters");
  }

  @Test
  void aRecordThatIsNoDeadLetterIsCountedAndPassedOver() throws Exception {
    producer.send(new ProducerRecord<>(Letters.TOPIC, 0, null, bytes("no letter"))).get();
    letter(input("van-1", bytes("junk")), DeadLetterCause.MALFORMED, 1_000);

    assertThat(run("list")).isZero();

    assertThat(out.toString()).contains("1 dead letter\n").contains("1 record of dead-letters");
  }

  @Test
  void aLetterIsShownWithItsPayloadDecodedOrInHex() throws Exception {
    String decodable = letter(input("van-1", fix("van-1")), DeadLetterCause.FUTURE, 1_000);
    String junk = letter(input("van-1", bytes("\u001b[2Jjunk")), DeadLetterCause.MALFORMED, 1_000);

    assertThat(run("show", decodable)).isZero();
    assertThat(out.toString())
        .contains("FUTURE", "telemetry:3:0", "possible", "\"vehicle_id\" : \"van-1\"");

    assertThat(run("show", junk)).isZero();
    assertThat(out.toString()).contains("1b 5b 32 4a 6a 75 6e 6b", ".[2Jjunk");
    assertThat(out.toString()).doesNotContain("\u001b");

    assertThat(run("show", "0:99")).isEqualTo(2);
    assertThat(err.toString()).contains("There is no letter 0:99", "from 0 to before 2");
    assertThat(run("show", "9:0")).isEqualTo(2);
    assertThat(run("show", "nine")).isEqualTo(2);
  }

  @Test
  void aLetterIsSentBackOnceWithItsKeyAndWhereItCameFrom() throws Exception {
    String letter = letter(input("van-1", fix("van-1")), DeadLetterCause.OUT_OF_RANGE, 1_000);

    assertThat(run("replay", letter, "--dry-run")).isZero();
    assertThat(out.toString()).contains("would be sent", "1 would send");
    assertThat(telemetry()).hasSize(1);

    assertThat(run("replay", letter)).isZero();
    assertThat(out.toString()).contains("sent as telemetry:3:1, attempt 1", "1 sent");
    assertThat(run("replay", letter)).isZero();
    assertThat(out.toString()).contains("it was sent as telemetry:3:1", "1 already sent");
    assertThat(run("replay", "--all")).isZero();
    assertThat(run("replay", "--all", "--dry-run")).isZero();
    assertThat(out.toString()).contains("1 already sent");

    assertThat(telemetry()).hasSize(2);
    ConsumerRecord<byte[], byte[]> sent = telemetry().get(1);
    assertThat(sent.key()).isEqualTo(bytes("van-1"));
    assertThat(sent.value()).isEqualTo(fix("van-1"));
    assertThat(header(sent, Replayer.LETTER_HEADER)).isEqualTo(letter);
    assertThat(header(sent, Replayer.ATTEMPT_HEADER)).isEqualTo("1");
    assertThat(header(sent, Replayer.INPUT_HEADER)).isEqualTo("telemetry:3:0");
  }

  @Test
  void twoLettersOfOneInputSendItOnce() throws Exception {
    Address input = input("van-1", fix("van-1"));
    String first = letter(input, DeadLetterCause.OUT_OF_RANGE, 1_000);
    letter(input, DeadLetterCause.OUT_OF_RANGE, 1_000);

    assertThat(run("replay", "--all")).isZero();
    assertThat(out.toString()).contains("1 sent, 1 already sent");
    assertThat(run("replay", "--all")).isZero();
    assertThat(out.toString()).contains("2 already sent", "from letter " + first);

    assertThat(telemetry()).hasSize(2);
  }

  @Test
  void whatACrashedCommandSentBeforeItNotedItIsNotSentAgain() throws Exception {
    String letter = letter(input("van-1", fix("van-1")), DeadLetterCause.OUT_OF_RANGE, 1_000);
    try (Replayer crashed = replayer();
        Letters letters = new Letters(connection())) {
      crashed.replay(letters.at(0, 0));
      crashed.begin();
      crashed.send();
    }
    assertThat(telemetry()).hasSize(2);

    assertThat(run("replay", letter)).isEqualTo(2);
    assertThat(err.toString()).contains("may still be sending", "run this again in 6");

    now = now.plus(Replayer.UNSETTLED);
    assertThat(run("replay", letter, "--dry-run")).isZero();
    assertThat(out.toString()).contains("1 already sent");
    assertThat(run("replay", letter)).isZero();
    assertThat(out.toString()).contains("it was sent as telemetry:3:1");
    assertThat(telemetry()).hasSize(2);

    String returned =
        letter(new Address("telemetry", PARTITION, 1), DeadLetterCause.OUT_OF_RANGE, 1_000);
    assertThat(run("replay", returned)).isZero();
    assertThat(out.toString()).contains("attempt 2");
  }

  @Test
  void whatACrashedCommandNotedButDidNotSendIsSent() throws Exception {
    String letter = letter(input("van-1", fix("van-1")), DeadLetterCause.OUT_OF_RANGE, 1_000);
    try (Replayer crashed = replayer();
        Letters letters = new Letters(connection())) {
      crashed.replay(letters.at(0, 0));
      crashed.begin();
    }

    now = now.plus(Replayer.UNSETTLED);
    assertThat(run("replay", letter)).isZero();

    assertThat(out.toString()).contains("1 sent");
    assertThat(telemetry()).hasSize(2);
  }

  @Test
  void whatMayHaveBeenSentAndHasExpiredCountsAsSent() throws Exception {
    String letter = letter(input("van-1", fix("van-1")), DeadLetterCause.OUT_OF_RANGE, 1_000);
    try (Replayer crashed = replayer();
        Letters letters = new Letters(connection())) {
      crashed.replay(letters.at(0, 0));
      crashed.begin();
      crashed.send();
    }
    input("van-2", fix("van-2"));
    expireBefore(3);

    now = now.plus(Replayer.UNSETTLED);
    assertThat(run("replay", letter)).isZero();

    assertThat(out.toString()).contains("can no longer be told", "1 already sent");
    assertThat(telemetry()).isEmpty();
  }

  @Test
  void ofTwoCommandsTheOneThatStartedFirstStopsBeforeItSends() throws Exception {
    letter(input("van-1", fix("van-1")), DeadLetterCause.OUT_OF_RANGE, 1_000);
    try (Replayer first = replayer();
        Letters letters = new Letters(connection())) {
      assertThat(run("replay", "--all")).isZero();

      first.replay(letters.at(0, 0));
      assertThatThrownBy(first::flush)
          .isInstanceOf(CannotDo.class)
          .hasMessageContaining("Another replay was started");
    }
    assertThat(telemetry()).hasSize(2);
  }

  @Test
  void aLetterThatHoldsTheBeginningOnlyIsSentFromItsSource() throws Exception {
    byte[] large = Arrays.copyOf(fix("van-1"), 10_000);
    String letter = letter(input("van-1", large), DeadLetterCause.OVERSIZED, 100);

    assertThat(run("show", letter)).isZero();
    assertThat(out.toString()).contains("10,000 bytes, of which the letter holds 100");
    assertThat(run("replay", letter)).isZero();

    assertThat(telemetry().get(1).value()).isEqualTo(large);
    assertThat(telemetry().get(1).key()).isEqualTo(bytes("van-1"));
  }

  @Test
  void aSourceThatHasExpiredOrIsAnotherRecordIsNotSent() throws Exception {
    byte[] large = Arrays.copyOf(fix("van-1"), 10_000);
    Address expired = input("van-1", large);
    Address other = input("van-1", fix("van-1"));
    String expiredLetter = letter(expired, large, DeadLetterCause.OVERSIZED, 100);
    String otherLetter = letter(other, large, DeadLetterCause.OVERSIZED, 100);
    expireBefore(1);

    assertThat(run("replay", expiredLetter)).isEqualTo(2);
    assertThat(out.toString()).contains("the input itself has expired", "1 source gone");
    assertThat(run("replay", otherLetter)).isEqualTo(2);
    assertThat(out.toString()).contains("another one than the letter tells of");
    assertThat(telemetry()).hasSize(1);
  }

  @Test
  void whatKeepsComingBackIsReplayedSoManyTimesAndNoMore() throws Exception {
    Address input = input("van-1", fix("van-1"));
    for (int attempt = 1; attempt <= 3; attempt++) {
      String letter = letter(input, DeadLetterCause.OUT_OF_RANGE, 1_000);
      assertThat(run("replay", letter)).isZero();
      assertThat(out.toString()).contains("attempt " + attempt);
      input = new Address("telemetry", PARTITION, attempt);
    }
    String last = letter(input, DeadLetterCause.OUT_OF_RANGE, 1_000);

    assertThat(run("replay", last)).isEqualTo(2);
    assertThat(out.toString()).contains("came back after 3 replays", "1 too many attempts");
    assertThat(telemetry()).hasSize(4);
    assertThat(run("replay", last, "--max-attempts", "4")).isZero();
    assertThat(header(telemetry().get(4), Replayer.ATTEMPT_HEADER)).isEqualTo("4");
  }

  @Test
  void lateLettersAreRefusedAndOthersBesideThemSent() throws Exception {
    String late = letter(input("van-1", fix("van-1")), DeadLetterCause.LATE, 1_000);
    letter(input("van-2", fix("van-2")), DeadLetterCause.OUT_OF_RANGE, 1_000);

    assertThat(run("replay", late)).isEqualTo(2);
    assertThat(out.toString()).contains("late inputs are not replayable");
    assertThat(run("replay", "--topic", "telemetry")).isZero();
    assertThat(out.toString()).contains("1 sent, 1 not replayable");

    assertThat(telemetry()).hasSize(3);
  }

  @Test
  void manyLettersGoInBatches() throws Exception {
    Address first = input("van-0", fix("van-0"));
    for (int i = 1; i < 1_201; i++) {
      input("van-" + i, fix("van-" + i));
    }
    for (int i = 0; i < 1_201; i++) {
      byte[] payload = fix("van-" + i);
      letter(
          new Address(first.topic(), first.partition(), i),
          payload,
          DeadLetterCause.OUT_OF_RANGE,
          1_000);
    }

    assertThat(run("replay", "--all")).isZero();
    assertThat(out.toString()).contains("1201 sent");
    assertThat(run("replay", "--all")).isZero();
    assertThat(out.toString()).contains("1201 already sent");

    assertThat(telemetry()).hasSize(2_402);
    assertThat(telemetry().get(1_201 + 700).value()).isEqualTo(fix("van-700"));
  }

  @Test
  void aTopicThatIsNotHereFailsAndIsNotMade() throws Exception {
    letter(new Address("gone", 0, 1), fix("van-1"), DeadLetterCause.OUT_OF_RANGE, 1_000);

    assertThat(run("replay", "--all")).isEqualTo(1);

    assertThat(out.toString()).contains("there is no partition 0 of topic gone");
    assertThat(admin.listTopics().names().get()).doesNotContain("gone");
  }

  @Test
  void aClusterWithoutDeadLettersIsSaid() throws Exception {
    admin.deleteTopics(List.of(Letters.TOPIC)).all().get();
    await().until(() -> !admin.listTopics().names().get().contains(Letters.TOPIC));

    assertThat(run("list")).isEqualTo(2);
    assertThat(err.toString()).contains("There is no topic dead-letters");
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine commandLine =
        new CommandLine(new DeadLettersCommand(Clock.fixed(now, ZoneOffset.UTC)))
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err));
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--bootstrap-servers", kafka.bootstrapServers()));
    return commandLine.execute(all.toArray(String[]::new));
  }

  private Replayer replayer() throws Exception {
    return new Replayer(
        connection(), false, 3, Clock.fixed(now, ZoneOffset.UTC), (letter, outcome, said) -> {});
  }

  private static Map<String, Object> connection() {
    return Map.of("bootstrap.servers", kafka.bootstrapServers());
  }

  private static Address input(String key, byte[] value) throws Exception {
    long offset =
        producer
            .send(new ProducerRecord<>("telemetry", PARTITION, bytes(key), value))
            .get()
            .offset();
    return new Address("telemetry", PARTITION, offset);
  }

  private static String letter(Address input, DeadLetterCause cause, int maxPayloadBytes)
      throws Exception {
    try (KafkaRecords records = new KafkaRecords(connection(), "read_uncommitted")) {
      ConsumerRecord<byte[], byte[]> record = records.at(input);
      return letter(input, record.key(), record.value(), cause, maxPayloadBytes);
    }
  }

  private static String letter(
      Address input, byte[] payload, DeadLetterCause cause, int maxPayloadBytes) throws Exception {
    return letter(input, bytes("van-1"), payload, cause, maxPayloadBytes);
  }

  private static String letter(
      Address input, byte[] key, byte[] payload, DeadLetterCause cause, int maxPayloadBytes)
      throws Exception {
    boolean whole = payload.length <= maxPayloadBytes;
    DeadLetter letter = new DeadLetter();
    letter.setTopic(input.topic());
    letter.setPartition(input.partition());
    letter.setOffset(input.offset());
    letter.setKey(ByteBuffer.wrap(key));
    letter.setAppendTime(Instant.ofEpochMilli(1_000));
    letter.setCause(cause);
    letter.setDetail("why");
    letter.setLatenessMs(cause == DeadLetterCause.LATE ? 7L : null);
    letter.setPayload(ByteBuffer.wrap(whole ? payload : Arrays.copyOf(payload, maxPayloadBytes)));
    letter.setPayloadLength(payload.length);
    letter.setPayloadSha256(whole ? null : DeadLetters.sha256(payload));
    ByteBuffer value = letter.toByteBuffer();
    byte[] bytes = new byte[value.remaining()];
    value.get(bytes);
    long offset = producer.send(new ProducerRecord<>(Letters.TOPIC, 0, key, bytes)).get().offset();
    return "0:" + offset;
  }

  private static List<ConsumerRecord<byte[], byte[]>> telemetry() throws Exception {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    try (KafkaRecords records = new KafkaRecords(connection(), "read_uncommitted")) {
      TopicPartition partition = new TopicPartition("telemetry", PARTITION);
      records.read(Map.of(partition, records.beginning(partition)), all::add);
    }
    return all;
  }

  private static void expireBefore(long offset) throws Exception {
    admin
        .deleteRecords(
            Map.of(
                new TopicPartition("telemetry", PARTITION), RecordsToDelete.beforeOffset(offset)))
        .all()
        .get();
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  private static byte[] fix(String vehicleId) throws Exception {
    Telemetry fix = new Telemetry();
    fix.setVehicleId(vehicleId);
    fix.setEventTime(Instant.ofEpochMilli(5_000));
    fix.setLatDeg(41.1);
    fix.setLonDeg(-8.6);
    ByteBuffer value = fix.toByteBuffer();
    byte[] bytes = new byte[value.remaining()];
    value.get(bytes);
    return bytes;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
