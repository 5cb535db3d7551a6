// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.registry.FakeRegistry;
import io.headway.schemas.Bounds;
import io.headway.schemas.CostWeights;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.InstantiationUtil;
import org.apache.flink.util.UserCodeClassLoader;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class InboundDeserializerTest {
  private static final byte[] KEY = "v1".getBytes(StandardCharsets.UTF_8);
  private static final int LIMIT = 4_096;
  private static final int KEPT = 64;

  @Test
  void aSoundRecordIsDecodedWithItsOriginAndBytes() {
    Telemetry value = Inputs.telemetry("v1", Inputs.T0);
    byte[] payload = InputType.TELEMETRY.encode(value);

    Inbound<Telemetry> input = read(InputType.TELEMETRY, payload);

    assertThat(input.isSound()).isTrue();
    assertThat(input.value()).isEqualTo(value);
    assertThat(input.origin()).isEqualTo(new Origin("telemetry", 3, 42, Inputs.T0 + 7));
    assertThat(input.key()).isEqualTo(KEY);
    assertThat(input.payload()).isEqualTo(payload);
  }

  @Test
  void bytesThatAreNoRecordAreMalformed() {
    assertFault(
        read(InputType.TELEMETRY, "{\"vehicle_id\":\"v1\"}".getBytes(StandardCharsets.UTF_8)),
        DeadLetterCause.MALFORMED,
        "no Telemetry in Avro single-object encoding",
        "c3 01");
    assertFault(read(InputType.TELEMETRY, new byte[0]), DeadLetterCause.MALFORMED, "header");
  }

  @Test
  void aRecordThatIsCutOffOrTooLongIsMalformed() {
    byte[] payload = InputType.TELEMETRY.encode(Inputs.telemetry("v1", Inputs.T0));
    for (int length = 10; length < payload.length; length++) {
      assertFault(
          read(InputType.TELEMETRY, Arrays.copyOf(payload, length)), DeadLetterCause.MALFORMED);
    }
    assertFault(
        read(InputType.TELEMETRY, Arrays.copyOf(payload, payload.length + 2)),
        DeadLetterCause.MALFORMED,
        "2 bytes follow the record");
  }

  @Test
  void aTombstoneIsMalformedAndSaysWhatItIs() {
    Inbound<Telemetry> input = read(InputType.TELEMETRY, null);

    assertFault(input, DeadLetterCause.MALFORMED, "tombstone");
    assertThat(input.payload()).isEmpty();
  }

  @Test
  void aWriterThatWasNeverReleasedIsAnUnknownSchema() {
    byte[] payload = InputType.TELEMETRY.encode(Inputs.telemetry("v1", Inputs.T0));
    payload[5] ^= 1;

    assertFault(
        read(InputType.TELEMETRY, payload),
        DeadLetterCause.UNKNOWN_SCHEMA,
        "fingerprint",
        "update");
    assertFault(
        read(InputType.SHIPMENTS, InputType.TELEMETRY.encode(Inputs.telemetry("v1", Inputs.T0))),
        DeadLetterCause.UNKNOWN_SCHEMA);
  }

  @Test
  void anOversizedRecordKeepsItsBeginningLengthAndHash() throws Exception {
    byte[] payload = new byte[LIMIT + 1];
    new Random(1).nextBytes(payload);

    Inbound<Telemetry> input = read(InputType.TELEMETRY, payload);

    assertFault(input, DeadLetterCause.OVERSIZED, "more than the 4096");
    assertThat(input.payload()).isEqualTo(Arrays.copyOf(payload, KEPT));
    assertThat(input.payloadLength()).isEqualTo(LIMIT + 1);
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(payload);
    assertThat(input.payloadSha256()).isEqualTo(HexFormat.of().formatHex(hash));
  }

  @Test
  void aLengthThatTheRecordCannotHoldIsMalformedAndTakesNoMemory() {
    byte[] telemetry = InputType.TELEMETRY.encode(Inputs.telemetry("v1", Inputs.T0));
    // The vehicle's id claims to be 2^31 - 9 characters long.
    byte[] claim = {(byte) 0xEE, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x0F};
    byte[] longString = Arrays.copyOf(telemetry, 10 + claim.length);
    System.arraycopy(claim, 0, longString, 10, claim.length);
    assertFault(read(InputType.TELEMETRY, longString), DeadLetterCause.MALFORMED, "2147483639");

    RoadEvent event = Inputs.roadEvent();
    event.setGeometry(List.of());
    byte[] withoutPoints = InputType.ROAD_EVENTS.encode(event);
    byte[] longArray = Arrays.copyOf(withoutPoints, withoutPoints.length + claim.length - 1);
    System.arraycopy(claim, 0, longArray, withoutPoints.length - 1, claim.length);
    assertFault(read(InputType.ROAD_EVENTS, longArray), DeadLetterCause.MALFORMED, "2147483639");
  }

  @Test
  void noBytesEverMakeItThrow() {
    Random random = new Random(7);
    for (InputType<?> type :
        List.of(
            InputType.TELEMETRY, InputType.SHIPMENTS, InputType.ROAD_EVENTS, InputType.BOUNDS)) {
      byte[] sound = soundPayload(type);
      for (int i = 0; i < 5_000; i++) {
        byte[] payload = sound.clone();
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
          int at = random.nextInt(4) == 0 ? random.nextInt(10) : random.nextInt(payload.length);
          payload[at] = (byte) random.nextInt(256);
        }
        assertThat(read(type, payload)).isNotNull();
      }
    }
  }

  @Test
  void everyFieldOfTelemetryHasARange() {
    telemetryFault(t -> t.setVehicleId(""), "vehicle_id is empty");
    telemetryFault(t -> t.setVehicleId("v".repeat(65)), "vehicle_id has 65 characters");
    telemetryFault(t -> t.setEventTime(Instant.ofEpochMilli(-1)), "event_time is -1 ms");
    telemetryFault(t -> t.setLatDeg(90.001), "lat_deg is 90.001, outside -90 to 90");
    telemetryFault(t -> t.setLatDeg(Double.NaN), "lat_deg is NaN");
    telemetryFault(t -> t.setLonDeg(-180.5), "lon_deg is -180.5");
    telemetryFault(t -> t.setLonDeg(Double.POSITIVE_INFINITY), "lon_deg is Infinity");
    telemetryFault(t -> t.setSpeedMps(-0.1f), "speed_mps");
    telemetryFault(t -> t.setSpeedMps(100.1f), "speed_mps");
    telemetryFault(t -> t.setSpeedMps(Float.NaN), "speed_mps is NaN");
    telemetryFault(t -> t.setHeadingDeg(360f), "heading_deg is 360.0, outside 0 to below 360");
    telemetryFault(t -> t.setHeadingDeg(Float.NaN), "heading_deg");
    telemetryFault(t -> t.setAccuracyM(0f), "accuracy_m");
    telemetryFault(t -> t.setAccuracyM(10_001f), "accuracy_m");
    telemetryFault(t -> t.setAccuracyM(Float.NaN), "accuracy_m");
  }

  @Test
  void everyFieldOfAShipmentHasARange() {
    shipmentFault(s -> s.setShipmentId(""), DeadLetterCause.OUT_OF_RANGE, "shipment_id");
    shipmentFault(s -> s.setVehicleId(""), DeadLetterCause.OUT_OF_RANGE, "vehicle_id");
    shipmentFault(
        s -> s.setEventTime(Instant.ofEpochMilli(Long.MIN_VALUE)),
        DeadLetterCause.OUT_OF_RANGE,
        "event_time");
    shipmentFault(
        s -> s.setStatus(ShipmentStatus.UNKNOWN), DeadLetterCause.UNKNOWN_SCHEMA, "status");
    shipmentFault(s -> s.setStopIndex(-1), DeadLetterCause.OUT_OF_RANGE, "stop_index");
    shipmentFault(s -> s.setLatDeg(91), DeadLetterCause.OUT_OF_RANGE, "lat_deg");
    shipmentFault(s -> s.setLonDeg(Double.NaN), DeadLetterCause.OUT_OF_RANGE, "lon_deg");
    shipmentFault(
        s -> s.setWindowStart(Instant.ofEpochMilli(Long.MAX_VALUE)),
        DeadLetterCause.OUT_OF_RANGE,
        "window_start");
    shipmentFault(
        s -> s.setWindowEnd(s.getWindowStart().minusMillis(1)),
        DeadLetterCause.OUT_OF_RANGE,
        "before window_start");
    shipmentFault(s -> s.setServiceS(Float.NaN), DeadLetterCause.OUT_OF_RANGE, "service_s");
    shipmentFault(s -> s.setServiceS(86_401f), DeadLetterCause.OUT_OF_RANGE, "service_s");
  }

  @Test
  void everyFieldOfARoadEventHasARange() {
    eventFault(e -> e.setEventId(""), DeadLetterCause.OUT_OF_RANGE, "event_id");
    eventFault(e -> e.setSpeedFactor(1.01f), DeadLetterCause.OUT_OF_RANGE, "speed_factor");
    eventFault(e -> e.setSpeedFactor(Float.NaN), DeadLetterCause.OUT_OF_RANGE, "speed_factor");
    eventFault(
        e -> e.setValidFrom(Instant.ofEpochMilli(-5)), DeadLetterCause.OUT_OF_RANGE, "valid_from");
    eventFault(
        e -> {
          e.setValidFrom(e.getEventTime().plusSeconds(20));
          e.setValidUntil(e.getEventTime().plusSeconds(10));
        },
        DeadLetterCause.OUT_OF_RANGE,
        "valid_until");
    eventFault(e -> e.setGeometry(List.of()), DeadLetterCause.NO_GEOMETRY, "geometry has 0 points");
    eventFault(
        e -> e.setGeometry(e.getGeometry().subList(0, 1)),
        DeadLetterCause.NO_GEOMETRY,
        "geometry has 1 points");
    eventFault(
        e -> e.getGeometry().get(1).setLatDeg(Double.NaN),
        DeadLetterCause.OUT_OF_RANGE,
        "geometry[1].lat_deg is NaN");
  }

  @Test
  void aRoadEventThatIsClearedMayEndBeforeItBegan() {
    RoadEvent event = Inputs.roadEvent();
    event.setValidFrom(event.getEventTime().plusSeconds(60));
    event.setValidUntil(event.getEventTime());

    assertThat(read(InputType.ROAD_EVENTS, InputType.ROAD_EVENTS.encode(event)).isSound()).isTrue();
  }

  @Test
  void everyLimitOfBoundsHasARange() {
    boundsFault(b -> b.setVersion(-1), "version");
    boundsFault(b -> b.setMinimumGainEur(Double.NaN), "minimum_gain_eur");
    boundsFault(b -> b.setMinimumGainEur(Double.POSITIVE_INFINITY), "minimum_gain_eur");
    boundsFault(b -> b.setActionsPerVehicleHour(-1), "actions_per_vehicle_hour");
    boundsFault(b -> b.setCooldownS(-1), "cooldown_s");
    boundsFault(b -> b.setMaximumDetourRatio(0.9), "maximum_detour_ratio");
    boundsFault(b -> b.setWaitS(-1), "wait_s");
    boundsFault(b -> b.setBackupResponseS(-1), "backup_response_s");
    weightFault(w -> w.setHourEur(-1), "weights.hour_eur");
    weightFault(w -> w.setNotifiedRatio(1.1), "weights.notified_ratio");
    weightFault(w -> w.setRiskWeight(Double.NaN), "weights.risk_weight");
    weightFault(w -> w.setRiskLevel(1), "weights.risk_level");
  }

  @Test
  void theFutureBeginsBeyondTheAllowance() {
    assertThat(readTelemetryAt(Inputs.T0 + 60_000).isSound()).isTrue();
    assertFault(
        readTelemetryAt(Inputs.T0 + 60_001),
        DeadLetterCause.FUTURE,
        "60001 ms ahead of the clock",
        "set the sender's clock");
  }

  @Test
  void theFutureIsJudgedByAReplaysClock() {
    long wallNowMs = System.currentTimeMillis();
    StreamClock clock = StreamClock.scaled(Inputs.T0, wallNowMs - 1_000_000, 100);
    InboundDeserializer<Telemetry> deserializer =
        new InboundDeserializer<>(
            InputType.TELEMETRY, clock, Duration.ZERO, LIMIT, new DeadLetters(KEPT));

    Inbound<Telemetry> past = read(deserializer, telemetryAt(Inputs.T0 + 99_000_000));
    Inbound<Telemetry> future = read(deserializer, telemetryAt(Inputs.T0 + 300_000_000));

    assertThat(past.isSound()).isTrue();
    assertThat(future.cause()).isEqualTo(DeadLetterCause.FUTURE);
  }

  @Test
  void withARegistryWhatIsInConfluentsFormatKeepsItsBytesAndIsRecoded() throws Exception {
    try (FakeRegistry fake = FakeRegistry.start()) {
      Schema foreign = ConfluentReaderTest.foreign("string");
      fake.knows(3, foreign.toString());
      byte[] payload = ConfluentReaderTest.writtenBy(foreign, 3);

      Inbound<Telemetry> input = read(withRegistry(fake), payload);

      assertThat(input.value().getVehicleId()).isEqualTo("v1");
      assertThat(input.payload()).isEqualTo(payload);
      assertThat(InputType.TELEMETRY.decode(input.encoded())).isEqualTo(input.value());
      assertThat(new DeadLetters(KEPT).late(input, 5).getPayload())
          .isEqualTo(ByteBuffer.wrap(payload));
    }
  }

  @Test
  void withARegistrySingleObjectEncodingIsReadToo() throws Exception {
    try (FakeRegistry fake = FakeRegistry.start()) {
      byte[] payload = telemetryAt(Inputs.T0);

      Inbound<Telemetry> input = read(withRegistry(fake), payload);

      assertThat(input.isSound()).isTrue();
      assertThat(input.encoded()).isSameAs(payload);
      assertThat(fake.asked()).isEmpty();
    }
  }

  @Test
  void aSchemaThatIsOfNoUseIsUnknownAndNamed() throws Exception {
    try (FakeRegistry fake = FakeRegistry.start()) {
      InboundDeserializer<Telemetry> deserializer = withRegistry(fake);
      fake.answer("GET /schemas/ids/9", 200, "{\"schemaType\": \"JSON\", \"schema\": \"{}\"}");
      byte[] json = ConfluentReaderTest.writtenBy(Telemetry.getClassSchema(), 9);
      byte[] unknown = ConfluentReaderTest.writtenBy(Telemetry.getClassSchema(), 77);

      assertFault(
          read(deserializer, unknown),
          DeadLetterCause.UNKNOWN_SCHEMA,
          "schema id 77 is not in the registry",
          fake.url());
      assertFault(read(deserializer, json), DeadLetterCause.UNKNOWN_SCHEMA, "id 9", "JSON");
      assertThat(read(deserializer, unknown).payload()).isEqualTo(unknown);
      assertFault(
          read(deserializer, new byte[] {0, 0, 0}),
          DeadLetterCause.MALFORMED,
          "Confluent's format");
    }
  }

  @Test
  void withoutARegistryConfluentsFormatIsMalformedAndSaysWhatIsMissing() throws Exception {
    assertFault(
        read(InputType.TELEMETRY, ConfluentReaderTest.writtenBy(Telemetry.getClassSchema(), 1)),
        DeadLetterCause.MALFORMED,
        "the job needs a registry");
  }

  @Test
  @Timeout(30)
  void aRegistryThatIsAwayHoldsTheRecordBackUntilItIsThere() throws Exception {
    try (FakeRegistry fake = FakeRegistry.start()) {
      fake.knows(3, Telemetry.getClassSchema().toString());
      fake.outage(new FakeRegistry.Answer(503, "starting"));
      Map<String, Gauge<?>> gauges = new ConcurrentHashMap<>();
      InboundDeserializer<Telemetry> deserializer = withRegistry(fake, gauges);
      CompletableFuture<Inbound<Telemetry>> input =
          CompletableFuture.supplyAsync(
              () -> read(deserializer, written(Telemetry.getClassSchema(), 3)));

      // Asked again, so that it has waited.
      while (fake.asked().size() < 3) {
        assertThat(input).isNotDone();
        Thread.onSpinWait();
      }
      assertThat((Long) gauges.get("headway.registry.waiting-ms").getValue()).isPositive();
      fake.outage(null);

      assertThat(input.get().isSound()).isTrue();
      assertThat((Long) gauges.get("headway.registry.waiting-ms").getValue()).isZero();
    }
  }

  private static byte[] written(Schema schema, int id) {
    try {
      return ConfluentReaderTest.writtenBy(schema, id);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InboundDeserializer<Telemetry> withRegistry(FakeRegistry fake) throws Exception {
    return withRegistry(fake, new HashMap<>());
  }

  private static InboundDeserializer<Telemetry> withRegistry(
      FakeRegistry fake, Map<String, Gauge<?>> gauges) throws Exception {
    InboundDeserializer<Telemetry> deserializer =
        InstantiationUtil.clone(
            new InboundDeserializer<>(
                InputType.TELEMETRY,
                () -> Inputs.T0,
                Duration.ofMinutes(1),
                LIMIT,
                new DeadLetters(KEPT),
                fake.address()));
    deserializer.open(
        new DeserializationSchema.InitializationContext() {
          @Override
          public MetricGroup getMetricGroup() {
            return new Gauges("", gauges);
          }

          @Override
          public UserCodeClassLoader getUserCodeClassLoader() {
            throw new UnsupportedOperationException();
          }
        });
    return deserializer;
  }

  /** Keeps gauges by their names. */
  private static final class Gauges extends UnregisteredMetricsGroup {
    private final String prefix;
    private final Map<String, Gauge<?>> gauges;

    Gauges(String prefix, Map<String, Gauge<?>> gauges) {
      this.prefix = prefix;
      this.gauges = gauges;
    }

    @Override
    public MetricGroup addGroup(String name) {
      return new Gauges(prefix + name + ".", gauges);
    }

    @Override
    public <V, G extends Gauge<V>> G gauge(String name, G gauge) {
      gauges.put(prefix + name, gauge);
      return gauge;
    }
  }

  private static byte[] telemetryAt(long timeMs) {
    return InputType.TELEMETRY.encode(Inputs.telemetry("v1", timeMs));
  }

  private static Inbound<Telemetry> readTelemetryAt(long timeMs) {
    return read(InputType.TELEMETRY, telemetryAt(timeMs));
  }

  private static void telemetryFault(Consumer<Telemetry> change, String detail) {
    Telemetry value = Inputs.telemetry("v1", Inputs.T0);
    change.accept(value);
    assertFault(
        read(InputType.TELEMETRY, InputType.TELEMETRY.encode(value)),
        DeadLetterCause.OUT_OF_RANGE,
        detail);
  }

  private static void shipmentFault(
      Consumer<Shipment> change, DeadLetterCause cause, String detail) {
    Shipment value = Inputs.shipment();
    change.accept(value);
    assertFault(read(InputType.SHIPMENTS, InputType.SHIPMENTS.encode(value)), cause, detail);
  }

  private static void eventFault(Consumer<RoadEvent> change, DeadLetterCause cause, String detail) {
    RoadEvent value = Inputs.roadEvent();
    change.accept(value);
    assertFault(read(InputType.ROAD_EVENTS, InputType.ROAD_EVENTS.encode(value)), cause, detail);
  }

  private static void boundsFault(Consumer<Bounds> change, String detail) {
    Bounds value = Inputs.bounds();
    change.accept(value);
    assertFault(
        read(InputType.BOUNDS, InputType.BOUNDS.encode(value)),
        DeadLetterCause.OUT_OF_RANGE,
        detail);
  }

  private static void weightFault(Consumer<CostWeights> change, String detail) {
    boundsFault(b -> change.accept(b.getWeights()), detail);
  }

  private static byte[] soundPayload(InputType<?> type) {
    if (type == InputType.TELEMETRY) {
      return InputType.TELEMETRY.encode(Inputs.telemetry("v1", Inputs.T0));
    } else if (type == InputType.SHIPMENTS) {
      return InputType.SHIPMENTS.encode(Inputs.shipment());
    } else if (type == InputType.ROAD_EVENTS) {
      return InputType.ROAD_EVENTS.encode(Inputs.roadEvent());
    }
    return InputType.BOUNDS.encode(Inputs.bounds());
  }

  private static void assertFault(Inbound<?> input, DeadLetterCause cause, String... inDetail) {
    assertThat(input.isSound()).isFalse();
    assertThat(input.cause()).isEqualTo(cause);
    for (String part : inDetail) {
      assertThat(input.detail()).contains(part);
    }
  }

  private static <T extends SpecificRecordBase> Inbound<T> read(InputType<T> type, byte[] payload) {
    return read(
        new InboundDeserializer<>(
            type, () -> Inputs.T0, Duration.ofMinutes(1), LIMIT, new DeadLetters(KEPT)),
        payload);
  }

  private static <T extends SpecificRecordBase> Inbound<T> read(
      InboundDeserializer<T> deserializer, byte[] payload) {
    List<Inbound<T>> out = new ArrayList<>();
    deserializer.deserialize(
        new ConsumerRecord<>(
            "telemetry",
            3,
            42,
            Inputs.T0 + 7,
            TimestampType.LOG_APPEND_TIME,
            KEY.length,
            payload == null ? -1 : payload.length,
            KEY,
            payload,
            new RecordHeaders(),
            Optional.empty()),
        new ListCollector<>(out));
    assertThat(out).hasSize(1);
    return out.get(0);
  }
}
