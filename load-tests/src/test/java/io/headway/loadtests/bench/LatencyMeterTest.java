// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class LatencyMeterTest {
  private final LatencyMeter meter = new LatencyMeter();

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
    return new ConsumerRecord<>(
        "decisions",
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
