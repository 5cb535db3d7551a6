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
   * @param idleTimeout after this long (wall time) without a sound record a partition is left out
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
                        context.getInputActivityClock())))
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

  private static final class AlwaysIdle<T> implements WatermarkGenerator<T> {
    @Override
    public void onEvent(T input, long eventTimeMs, WatermarkOutput output) {}

    @Override
    public void onPeriodicEmit(WatermarkOutput output) {
      output.markIdle();
    }
  }
}
