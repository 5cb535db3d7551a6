// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.headway.jobs.logistics.LogisticsJob;
import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.jobs.logistics.WireFormat;
import io.headway.loadtests.cluster.JobMetrics;
import io.headway.loadtests.cluster.LocalFlink;
import io.headway.loadtests.cluster.Ports;
import io.headway.loadtests.deadletters.DeadLettersCommand;
import io.headway.loadtests.kafka.EmbeddedKafka;
import io.headway.schemas.Shipment;
import io.headway.schemas.Telemetry;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The job and a real registry. What goes in and comes out is made and read without Headway. */
class SchemaRegistryE2ECase {
  private static final int VEHICLES = 4;
  private static final int UNKNOWN_ID = 999_999;
  private static final Instant START = Instant.parse("2024-01-08T09:00:00Z");
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Pattern WAITING =
      Pattern.compile("^\\S*headway_registry_waiting_ms\\{.*} (\\S+)$", Pattern.MULTILINE);

  @TempDir private Path folder;
  private EmbeddedKafka kafka;
  private RegistryProcess registry;
  private LocalFlink flink;
  private KafkaProducer<byte[], byte[]> producer;
  private KafkaConsumer<byte[], byte[]> consumer;
  private final List<GenericRecord> decisions = new ArrayList<>();
  private final List<GenericRecord> letters = new ArrayList<>();
  private final Map<Integer, Schema> schemas = new HashMap<>();

  @BeforeEach
  void start() throws IOException {
    registry = RegistryProcess.start(folder);
    kafka = EmbeddedKafka.start(folder, 0);
    // One partition each: what is sent in the order of event time is read so.
    kafka
        .topics()
        .create(Topics.all().stream().map(SchemaRegistryE2ECase::inOnePartition).toList());
    flink = LocalFlink.start(folder, "0", Ports.any(), 2, new Configuration());
    Map<String, Object> connection = Map.of("bootstrap.servers", kafka.bootstrapServers());
    producer =
        new KafkaProducer<>(connection, new ByteArraySerializer(), new ByteArraySerializer());
    consumer =
        new KafkaConsumer<>(connection, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : List.of("decisions", "dead-letters")) {
      consumer
          .partitionsFor(topic)
          .forEach(p -> partitions.add(new TopicPartition(topic, p.partition())));
    }
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    await().atMost(PATIENCE).until(registry::answers);
  }

  @AfterEach
  void stop() throws IOException {
    consumer.close();
    producer.close();
    flink.close();
    kafka.close();
    registry.close();
  }

  @Test
  void recordsGoInAndOutWithTheRegistryAndWaitForItWhenItIsAway() throws Exception {
    // A fleet that writes telemetry with a schema of its own, which ours can read.
    Schema fleet =
        new Schema.Parser()
            .parse(
                """
                {"type": "record", "name": "Telemetry", "namespace": "com.example.fleet", "fields": [
                  {"name": "cabin_colour", "type": "string"},
                  {"name": "vehicle_id", "type": "string"},
                  {"name": "event_time", "type": {"type": "long", "logicalType": "timestamp-millis"}},
                  {"name": "lat_deg", "type": "double"},
                  {"name": "lon_deg", "type": "double"}]}
                """);
    int telemetryId = registry.register("telemetry-value", fleet);
    int shipmentId = registry.register("shipments-value", Shipment.getClassSchema());

    JobID job = submit();
    JobMetrics metrics = new JobMetrics(flink.rest(), job);
    send(1, fleet, telemetryId, shipmentId);
    awaitDecisions(1);

    assertThat(registry.get("/subjects/decisions-value/versions/latest").get("id").asInt())
        .isIn(schemas.keySet());
    assertThat(decisions.get(0).getSchema().getFullName()).isEqualTo("io.headway.schemas.Decision");

    // New schemas, which the job has not asked for when the registry dies.
    int nextTelemetryId = registry.register("telemetry-value", Telemetry.getClassSchema());
    int nextShipmentId = registry.register("shipments-value", withOneFieldMore());
    registry.process().kill();
    send(2, Telemetry.getClassSchema(), nextTelemetryId, nextShipmentId);
    await().atMost(PATIENCE).until(() -> waitingMs() > 3_000);
    read();
    assertThat(references()).doesNotContainAnyElementsOf(shipments(2));
    assertThat(letters).isEmpty();

    registry.start();
    awaitDecisions(2);
    assertThat(letters).isEmpty();
    await().atMost(PATIENCE).until(() -> waitingMs() == 0);
    assertThat(metrics.read().restarts()).isZero();

    // Of an id that no registry gave.
    byte[] bad = framed(UNKNOWN_ID, new byte[] {1, 2, 3});
    producer.send(new ProducerRecord<>("telemetry", bytes("van-0"), bad)).get();
    await()
        .pollInSameThread()
        .atMost(PATIENCE)
        .until(
            () -> {
              read();
              return !letters.isEmpty();
            });
    GenericRecord letter = letters.get(0);
    assertThat(letter.get("cause")).hasToString("UNKNOWN_SCHEMA");
    assertThat(letter.get("detail").toString())
        .contains("schema id " + UNKNOWN_ID + " is not in the registry " + registry.url());
    assertThat(letter.get("payload")).isEqualTo(ByteBuffer.wrap(bad));
    assertThat(deadLetters("list", "--registry-url", registry.url())).startsWith("1 dead letter\n");
    assertThat(deadLetters("list"))
        .startsWith("0 dead letters\n1 record of dead-letters cannot be read")
        .contains("Some are in Confluent's format; give --registry-url");
    assertThat(deadLetters("show", "0:0")).contains("Confluent's format; give --registry-url");
    assertThat(deadLetters("show", "0:0", "--registry-url", registry.url()))
        .contains(
            "UNKNOWN_SCHEMA", "schema id 999999, with which it cannot be read now", "01 02 03");

    // What is replayed are the bytes as they were, so they come back as they were.
    assertThat(deadLetters("replay", "0:0", "--registry-url", registry.url())).contains("1 sent");
    await()
        .pollInSameThread()
        .atMost(PATIENCE)
        .until(
            () -> {
              read();
              return letters.size() == 2;
            });
    assertThat(letters.get(1).get("payload")).isEqualTo(ByteBuffer.wrap(bad));

    send(3, fleet, telemetryId, nextShipmentId);
    awaitDecisions(3);
    assertThat(letters).hasSize(2);

    // A job that waits can be cancelled, and none is submitted.
    registry.process().kill();
    producer.send(new ProducerRecord<>("telemetry", bytes("van-0"), framed(12_345, bad))).get();
    await().atMost(PATIENCE).until(() -> waitingMs() > 0);
    assertThatThrownBy(this::submit)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("headway.registry.url is " + registry.url())
        .hasMessageContaining("so it could not be written");
    flink.cancel(job);
    assertThat(metrics.read().state()).isEqualTo("CANCELED");
  }

  /** What the command says, in both ways that it has. */
  private String deadLetters(String... arguments) {
    StringWriter said = new StringWriter();
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--bootstrap-servers", kafka.bootstrapServers()));
    var unused =
        new CommandLine(new DeadLettersCommand())
            .setOut(new PrintWriter(said, true))
            .setErr(new PrintWriter(said, true))
            .execute(all.toArray(String[]::new));
    return said.toString();
  }

  private static Topic inOnePartition(Topic topic) {
    return new Topic(
        topic.name(),
        topic.schema(),
        topic.key(),
        topic.input(),
        1,
        topic.cleanupPolicy(),
        topic.retentionMs(),
        topic.maxMessageBytes());
  }

  private JobID submit() throws IOException {
    Configuration config = flink.configuration();
    config.set(LogisticsOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
    config.set(LogisticsOptions.WIRE_FORMAT, WireFormat.CONFLUENT);
    config.set(LogisticsOptions.REGISTRY_URL, registry.url());
    StreamExecutionEnvironment environment = flink.environment();
    LogisticsJob.build(environment, config);
    return flink.submit(environment);
  }

  private static Schema withOneFieldMore() {
    Schema current = Shipment.getClassSchema();
    List<Schema.Field> fields = new ArrayList<>();
    fields.add(new Schema.Field("cabin_colour", Schema.create(Schema.Type.STRING)));
    current.getFields().forEach(field -> fields.add(new Schema.Field(field, field.schema())));
    return Schema.createRecord(
        current.getName(), current.getDoc(), current.getNamespace(), false, fields);
  }

  /** A minute of every vehicle, and a shipment more for each. */
  private void send(int minute, Schema telemetry, int telemetryId, int shipmentId)
      throws Exception {
    Schema shipment =
        new Schema.Parser()
            .parse(
                minute == 1 ? Shipment.getClassSchema().toString() : withOneFieldMore().toString());
    for (int s = 0; s < 60; s += 10) {
      for (int vehicle = 0; vehicle < VEHICLES; vehicle++) {
        String id = "van-" + vehicle;
        GenericRecord fix = new GenericData.Record(telemetry);
        put(fix, "cabin_colour", "blue");
        put(fix, "vehicle_id", id);
        put(fix, "event_time", START.plusSeconds(60L * minute + s).toEpochMilli());
        put(fix, "lat_deg", 41.0 + 0.01 * vehicle);
        put(fix, "lon_deg", -8.0);
        send("telemetry", id, telemetryId, fix);
      }
    }
    for (int vehicle = 0; vehicle < VEHICLES; vehicle++) {
      GenericRecord stop = new GenericData.Record(shipment);
      put(stop, "cabin_colour", "blue");
      put(stop, "shipment_id", shipment(vehicle, minute));
      put(stop, "vehicle_id", "van-" + vehicle);
      put(stop, "event_time", START.plusSeconds(60L * minute + 59).toEpochMilli());
      put(
          stop,
          "status",
          new GenericData.EnumSymbol(shipment.getField("status").schema(), "PLANNED"));
      put(stop, "stop_index", minute);
      put(stop, "lat_deg", 41.0 + 0.01 * vehicle);
      put(stop, "lon_deg", -8.0 + 0.02 * minute);
      put(stop, "window_start", START.toEpochMilli());
      put(stop, "window_end", START.plusSeconds(7_200).toEpochMilli());
      put(stop, "service_s", 60f);
      send("shipments", shipment(vehicle, minute), shipmentId, stop);
    }
    producer.flush();
  }

  private static void put(GenericRecord record, String field, Object value) {
    if (record.getSchema().getField(field) != null) {
      record.put(field, value);
    }
  }

  private void send(String topic, String key, int id, GenericRecord record) throws Exception {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(body, null);
    new GenericDatumWriter<>(record.getSchema(), new GenericData()).write(record, encoder);
    encoder.flush();
    producer.send(new ProducerRecord<>(topic, bytes(key), framed(id, body.toByteArray()))).get();
  }

  private static byte[] framed(int id, byte[] body) {
    return ByteBuffer.allocate(5 + body.length).put((byte) 0).putInt(id).put(body).array();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String shipment(int vehicle, int minute) {
    return "s-" + vehicle + "-" + minute;
  }

  private static Set<String> shipments(int minute) {
    Set<String> shipments = new TreeSet<>();
    for (int vehicle = 0; vehicle < VEHICLES; vehicle++) {
      shipments.add(shipment(vehicle, minute));
    }
    return shipments;
  }

  private void awaitDecisions(int minute) {
    await()
        .pollInSameThread()
        .atMost(PATIENCE)
        .until(
            () -> {
              read();
              return references().containsAll(shipments(minute));
            });
  }

  private Set<String> references() {
    Set<String> references = new TreeSet<>();
    decisions.forEach(
        decision ->
            references.add(
                String.valueOf(((GenericRecord) decision.get("trigger")).get("reference"))));
    return references;
  }

  private void read() throws IOException {
    for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofMillis(200))) {
      byte[] value = message.value();
      assertThat(value[0]).isZero();
      Schema schema = schemaOf(ByteBuffer.wrap(value).getInt(1));
      GenericRecord record =
          new GenericDatumReader<GenericRecord>(schema, schema, new GenericData())
              .read(
                  null,
                  DecoderFactory.get()
                      .binaryDecoder(Arrays.copyOfRange(value, 5, value.length), null));
      (message.topic().equals("decisions") ? decisions : letters).add(record);
    }
  }

  private Schema schemaOf(int id) throws IOException {
    Schema schema = schemas.get(id);
    if (schema == null) {
      schema = new Schema.Parser().parse(registry.get("/schemas/ids/" + id).get("schema").asText());
      schemas.put(id, schema);
    }
    return schema;
  }

  /** The longest that a source has waited for the registry by now. */
  private double waitingMs() throws Exception {
    String metrics =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(flink.metrics().toString())).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    double longest = -1;
    Matcher matcher = WAITING.matcher(metrics);
    while (matcher.find()) {
      longest = Math.max(longest, Double.parseDouble(matcher.group(1)));
    }
    return longest;
  }
}
