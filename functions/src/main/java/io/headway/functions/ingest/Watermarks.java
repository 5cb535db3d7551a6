// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import java.time.Duration;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.eventtime.BoundedOutOfOrdernessWatermarks;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.eventtime.WatermarksWithIdleness;
import org.apache.flink.util.clock.RelativeClock;

/**
 * How the input topics move event time. The timestamp of a record is its event time; that of one at
 * fault or without event time is its append time, which moves nothing.
 */
public final class Watermarks {
  private Watermarks() {}

  /**
   * Event time follows the sound records of each partition at a distance, and never overtakes the
   * clock less that distance: a vehicle whose clock is fast makes no other's records late. A
   * partition that brings none, be it silent or full of records at fault, holds nothing back after
   * a while.
   *
   * @param clock the present moment of the stream
   * @param outOfOrderness how far records may be out of order
   * @param idleTimeout after this long (wall time) without a sound record a partition is left out;
   *     a stall of the source's thread counts as a tenth of it at most
   */
  public static <T extends SpecificRecordBase> WatermarkStrategy<Inbound<T>> following(
      InputType<T> type, StreamClock clock, Duration outOfOrderness, Duration idleTimeout) {
    return WatermarkStrategy.<Inbound<T>>forGenerator(
            context ->
                new SoundOnly<>(
                    clock,
                    new WatermarksWithIdleness<>(
                        new BoundedOutOfOrdernessWatermarks<Inbound<T>>(outOfOrderness),
                        idleTimeout,
                        new RunningTime(context.getInputActivityClock(), idleTimeout))))
        .withTimestampAssigner(context -> assigner(type));
  }

  /** Records that are applied when they come: they neither move event time nor hold it back. */
  public static <T extends SpecificRecordBase> WatermarkStrategy<Inbound<T>> standingAside(
      InputType<T> type) {
    return WatermarkStrategy.<Inbound<T>>forGenerator(context -> new AlwaysIdle<>())
        .withTimestampAssigner(context -> assigner(type));
  }

  private static <T extends SpecificRecordBase> TimestampAssigner<Inbound<T>> assigner(
      InputType<T> type) {
    return (input, recordTimestamp) -> {
      long eventTimeMs =
          input.isSound() ? type.eventTimeMs(input.value()) : InputType.NO_EVENT_TIME;
      return eventTimeMs == InputType.NO_EVENT_TIME ? input.origin().appendTimeMs() : eventTimeMs;
    };
  }

  /** Shows another generator the sound records only, and none later than the clock. */
  private record SoundOnly<T extends SpecificRecordBase>(
      StreamClock clock, WatermarkGenerator<Inbound<T>> inner)
      implements WatermarkGenerator<Inbound<T>> {
    @Override
    public void onEvent(Inbound<T> input, long eventTimeMs, WatermarkOutput output) {
      if (input.isSound()) {
        inner.onEvent(input, Math.min(eventTimeMs, clock.nowMs()), output);
      }
    }

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
      inner.onPeriodicEmit(output);
    }
  }

  /**
   * Passes with another clock while it is looked at often, and stands still in between. A source
   * that waits for the schema registry, or a machine that does not run, brings records of no
   * partition; were that silence, the first partition to go on would make the others late.
   *
   * <p>It also stands still while the other clock does, until that goes on: Flink stops the clock
   * of a partition that waits for the others (watermark alignment), and one that is found idle
   * while it waits is never read again (FLINK-40093, in Flink 2.2.1 and 2.3.0). Silence from before
   * it was stopped must not be found out after.
   */
  private static final class RunningTime implements RelativeClock {
    private final RelativeClock clock;
    private final long mostNs;
    private long lastNs;
    private long passedNs = 1; // 0 means to Flink that nothing was measured.

    RunningTime(RelativeClock clock, Duration idleTimeout) {
      this.clock = clock;
      this.mostNs = idleTimeout.toNanos() / 10;
      this.lastNs = clock.relativeTimeNanos();
    }

    @Override
    public long relativeTimeNanos() {
      long nowNs = clock.relativeTimeNanos();
      if (clock.relativeTimeNanos() == nowNs) {
        // Two readings are equal while Flink has paused the clock.
        return passedNs;
      }
      passedNs += Math.min(nowNs - lastNs, mostNs);
      lastNs = nowNs;
      return passedNs;
    }

    @Override
    public long relativeTimeMillis() {
      return relativeTimeNanos() / 1_000_000;
    }
  }

  private static final class AlwaysIdle<T> implements WatermarkGenerator<T> {
    @Override
    public void onEvent(T input, long eventTimeMs, WatermarkOutput output) {}

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
      output.markIdle();
    }
  }
}
