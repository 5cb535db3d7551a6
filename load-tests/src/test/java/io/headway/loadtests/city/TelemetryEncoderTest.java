// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.Telemetry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;

class TelemetryEncoderTest {
  private final TelemetryEncoder encoder = new TelemetryEncoder();

  @Property(tries = 300)
  void writesWhatTheGeneratedClassWrites(
      @ForAll @AlphaChars @StringLength(min = 1, max = 64) String vehicleId,
      @ForAll @LongRange(min = -1, max = 4_000_000_000_000L) long ms,
      @ForAll @DoubleRange(min = -90, max = 90) double lat,
      @ForAll @DoubleRange(min = -180, max = 180) double lon,
      @ForAll @FloatRange(min = 0, max = 100) float speed,
      @ForAll boolean withSpeed)
      throws IOException {
    Telemetry telemetry =
        Telemetry.newBuilder()
            .setVehicleId(vehicleId)
            .setEventTime(Instant.ofEpochMilli(ms))
            .setLatDeg(lat)
            .setLonDeg(lon)
            .setSpeedMps(withSpeed ? speed : null)
            .setHeadingDeg(null)
            .setAccuracyM(5f)
            .build();
    byte[] value =
        encoder.encode(
            TelemetryEncoder.utf8(vehicleId),
            ms,
            lat,
            lon,
            withSpeed ? speed : Float.NaN,
            Float.NaN,
            5f);
    ByteBuffer expected = telemetry.toByteBuffer();
    assertThat(ByteBuffer.wrap(value)).isEqualTo(expected);
  }
}
