// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.loadtests.demo.Decisions;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class LatencyMeterTest {
  private static final long READ_MS = 40;

  private final LatencyMeter meter =
      new LatencyMeter(
          Duration.ofSeconds(5), Clock.fixed(Instant.ofEpochMilli(READ_MS), ZoneOffset.UTC));

  @Test
  void measuresWhatRecordsOfTheWindowBroughtAboutWheneverItIsWritten() {
    meter.read(written(999, 1_020));
    meter.measureFrom(1_000);
    meter.read(written(999, 1_500));
    meter.read(written(1_000, 1_007));
    meter.read(written(1_900, 1_950));
    meter.measureUntil(2_000);
    meter.read(written(1_999, 9_999));
    meter.read(written(2_000, 2_001));

    assertThat(meter.all().getTotalCount()).isEqualTo(3);
    assertThat(meter.all().getMinValue()).isEqualTo(7);
    assertThat(meter.all().getMaxValue()).isBetween(8_000L, 8_008L);
  }

  @Test
  void aCauseWithoutRecordsInTheWindowHasNoFigures() throws IOException {
    meter.measureFrom(1_000);
    decision("van", TriggerKind.ROAD_EVENT, 100_000, 999, 1_010);
    decision("van", TriggerKind.STOP_AT_RISK, 100_000, 1_000, 1_012);

    assertThat(meter.byTrigger()).containsOnlyKeys(TriggerKind.STOP_AT_RISK.name());
  }

  @Test
  void theFirstAnswerAfterAQuietTimeIsToComeAtOnce() throws IOException {
    meter.measureFrom(0);
    shipment("van", 20_000);
    shipment("van", 100_000);
    shipment("van", 100_000);
    shipment("van", 103_000);
    decision("van", TriggerKind.SHIPMENT_CHANGED, 100_000, 10, 17);
    decision("van", TriggerKind.SHIPMENT_CHANGED, 100_000, 10, 310);
    decision("van", TriggerKind.SHIPMENT_CHANGED, 103_000, 12, 620);
    decision("van", TriggerKind.STOP_AT_RISK, 104_000, 13, 930);
    decision("lorry", TriggerKind.ROAD_EVENT, 104_000, 13, 24);

    assertThat(meter.all().getTotalCount()).isEqualTo(5);
    assertThat(meter.atOnce().getTotalCount()).isEqualTo(2);
    assertThat(meter.atOnce().getMinValue()).isEqualTo(7);
    assertThat(meter.atOnce().getMaxValue()).isEqualTo(11);
    assertThat(meter.visible().getTotalCount()).isEqualTo(2);
    assertThat(meter.visible().getMinValue()).isEqualTo(READ_MS - 13);
    assertThat(meter.visible().getMaxValue()).isEqualTo(READ_MS - 10);
  }

  private void shipment(String vehicle, long eventMs) throws IOException {
    Shipment shipment =
        new Shipment(
            "s",
            vehicle,
            Instant.ofEpochMilli(eventMs),
            ShipmentStatus.PLANNED,
            0,
            41.0,
            -8.0,
            Instant.EPOCH,
            Instant.EPOCH,
            60f);
    meter.read(message("shipments", bytes(shipment.toByteBuffer()), 0));
  }

  private void decision(String vehicle, TriggerKind kind, long eventMs, long sinceMs, long appendMs)
      throws IOException {
    Decision decision = Decisions.of(1, DecisionKind.KEEP, kind, sinceMs);
    decision.setVehicleId(vehicle);
    decision.setTrigger(
        new Trigger(kind, "s", Instant.ofEpochMilli(eventMs), Instant.ofEpochMilli(sinceMs)));
    meter.read(message("decisions", bytes(decision.toByteBuffer()), appendMs));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @Test
  void countsWhatIsNeither() {
    meter.measureFrom(0);
    meter.read(message(new byte[] {1, 2, 3}, 5));

    assertThat(meter.unreadable()).isEqualTo(1);
    assertThat(meter.all().getTotalCount()).isZero();
  }

  private static ConsumerRecord<byte[], byte[]> written(long sinceMs, long appendMs) {
    return message(ByteBuffer.allocate(Long.BYTES).putLong(sinceMs).array(), appendMs);
  }

  private static ConsumerRecord<byte[], byte[]> message(byte[] value, long appendMs) {
    return message("decisions", value, appendMs);
  }

  private static ConsumerRecord<byte[], byte[]> message(String topic, byte[] value, long appendMs) {
    return new ConsumerRecord<>(
        topic,
        0,
        0,
        appendMs,
        TimestampType.LOG_APPEND_TIME,
        0,
        value.length,
        null,
        value,
        new RecordHeaders(),
        Optional.empty());
  }
}
