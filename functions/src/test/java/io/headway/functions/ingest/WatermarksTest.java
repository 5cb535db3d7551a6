// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.Telemetry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.streaming.api.operators.util.PausableRelativeClock;
import org.apache.flink.util.clock.Clock;
import org.apache.flink.util.clock.ManualClock;
import org.apache.flink.util.clock.RelativeClock;
import org.junit.jupiter.api.Test;

class WatermarksTest {
  private static final long T0 = Inputs.T0;
  private static final Duration BOUND = Duration.ofSeconds(5);
  private static final Duration IDLE = Duration.ofSeconds(10);

  private long nowMs = T0 + 60_000;
  private final ManualClock clock = new ManualClock(1);
  private final PausableRelativeClock activity = new PausableRelativeClock(new Running(clock));
  private final List<String> output = new ArrayList<>();
  private final WatermarkOutput recorder =
      new WatermarkOutput() {
        @Override
        public void emitWatermark(Watermark watermark) {
          output.add("at " + (watermark.getTimestamp() - T0));
        }

        @Override
        public void markIdle() {
          output.add("idle");
        }

        @Override
        public void markActive() {
          output.add("active");
        }
      };

  @Test
  void eventTimeFollowsTheNewestSoundRecordAtADistance() {
    WatermarkGenerator<Inbound<Telemetry>> generator = following();

    generator.onEvent(sound(T0 + 20_000), T0 + 20_000, recorder);
    generator.onEvent(sound(T0 + 12_000), T0 + 12_000, recorder);
    generator.onPeriodicEmit(recorder);

    assertThat(output).containsExactly("at 14999");
  }

  @Test
  void aVehicleWhoseClockIsFastMakesNoOtherLate() {
    nowMs = T0 + 10_000;
    WatermarkGenerator<Inbound<Telemetry>> generator = following();

    generator.onEvent(sound(T0 + 9_500), T0 + 9_500, recorder);
    generator.onEvent(sound(T0 + 40_000), T0 + 40_000, recorder);
    generator.onPeriodicEmit(recorder);

    assertThat(output).containsExactly("at 4999");
  }

  @Test
  void aRecordAtFaultMovesNothing() {
    WatermarkGenerator<Inbound<Telemetry>> generator = following();

    generator.onEvent(sound(T0), T0, recorder);
    generator.onEvent(faulty(), T0 + 86_400_000, recorder);
    generator.onPeriodicEmit(recorder);

    assertThat(output).containsExactly("at -5001");
  }

  @Test
  void aPartitionFullOfGarbageIsIdle() {
    WatermarkGenerator<Inbound<Telemetry>> generator = following();
    generator.onEvent(sound(T0), T0, recorder);
    for (int second = 0; second < 15; second++) {
      clock.advanceTime(Duration.ofSeconds(1));
      generator.onEvent(faulty(), T0, recorder);
      generator.onPeriodicEmit(recorder);
    }

    assertThat(output).endsWith("idle");
  }

  @Test
  void aStalledSourceIsNoSilentPartition() {
    WatermarkGenerator<Inbound<Telemetry>> generator = following();
    generator.onEvent(sound(T0), T0, recorder);
    generator.onPeriodicEmit(recorder);
    generator.onPeriodicEmit(recorder);
    clock.advanceTime(Duration.ofMinutes(5));
    generator.onPeriodicEmit(recorder);
    assertThat(output).doesNotContain("idle");

    for (int tick = 0; tick < 200; tick++) {
      clock.advanceTime(Duration.ofMillis(50));
      generator.onPeriodicEmit(recorder);
    }

    assertThat(output).endsWith("idle");
  }

  /** Flink 2.2.1 never resumes a partition that becomes idle while it is paused (FLINK-40093). */
  @Test
  void aPartitionThatWaitsForTheOthersDoesNotBecomeIdle() {
    WatermarkGenerator<Inbound<Telemetry>> generator = following();
    generator.onEvent(sound(T0), T0, recorder);
    generator.onPeriodicEmit(recorder);
    generator.onPeriodicEmit(recorder);
    for (int second = 0; second < 10; second++) {
      generator.onPeriodicEmit(recorder);
      clock.advanceTime(Duration.ofSeconds(1));
    }

    activity.pause();
    for (int second = 0; second < 60; second++) {
      generator.onPeriodicEmit(recorder);
      clock.advanceTime(Duration.ofSeconds(1));
    }
    assertThat(output).doesNotContain("idle");

    activity.unPause();
    generator.onPeriodicEmit(recorder);
    assertThat(output).endsWith("idle");
  }

  @Test
  void controlRecordsStandAsideFromTheBeginning() {
    WatermarkGenerator<Inbound<Telemetry>> generator =
        generator(Watermarks.standingAside(InputType.TELEMETRY));

    generator.onEvent(sound(T0), T0, recorder);
    generator.onPeriodicEmit(recorder);

    assertThat(output).containsExactly("idle");
  }

  @Test
  void theTimestampIsTheEventTimeOrElseTheAppendTime() {
    TimestampAssigner<Inbound<Telemetry>> assigner =
        Watermarks.following(InputType.TELEMETRY, () -> nowMs, BOUND, IDLE)
            .createTimestampAssigner(null);

    assertThat(assigner.extractTimestamp(sound(T0 + 3), 77)).isEqualTo(T0 + 3);
    assertThat(assigner.extractTimestamp(faulty(), 77)).isEqualTo(123);
    assertThat(
            Watermarks.standingAside(InputType.BOUNDS)
                .createTimestampAssigner(null)
                .extractTimestamp(Inputs.inbound(InputType.BOUNDS, 9, Inputs.bounds()), 77))
        .isEqualTo(T0 + 9);
  }

  private WatermarkGenerator<Inbound<Telemetry>> following() {
    return generator(Watermarks.following(InputType.TELEMETRY, () -> nowMs, BOUND, IDLE));
  }

  private WatermarkGenerator<Inbound<Telemetry>> generator(
      WatermarkStrategy<Inbound<Telemetry>> strategy) {
    return strategy.createWatermarkGenerator(
        new WatermarkGeneratorSupplier.Context() {
          @Override
          public MetricGroup getMetricGroup() {
            return new UnregisteredMetricsGroup();
          }

          @Override
          public RelativeClock getInputActivityClock() {
            return activity;
          }
        });
  }

  /** A clock goes on between two looks at it. */
  private static final class Running extends Clock {
    private final Clock clock;
    private long looks;

    Running(Clock clock) {
      this.clock = clock;
    }

    @Override
    public long absoluteTimeMillis() {
      return clock.absoluteTimeMillis();
    }

    @Override
    public long relativeTimeMillis() {
      return clock.relativeTimeMillis();
    }

    @Override
    public long relativeTimeNanos() {
      return clock.relativeTimeNanos() + ++looks;
    }
  }

  private static Inbound<Telemetry> sound(long timeMs) {
    return Inputs.inbound(InputType.TELEMETRY, 0, Inputs.telemetry("v1", timeMs));
  }

  private static Inbound<Telemetry> faulty() {
    return Inbound.faulty(
        new Origin("telemetry", 0, 1, 123),
        null,
        new byte[0],
        new Fault(DeadLetterCause.MALFORMED, "no record"));
  }
}
