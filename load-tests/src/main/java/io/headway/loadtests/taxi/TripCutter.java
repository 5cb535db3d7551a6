// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Cuts a recording into trips: takes its fixes in order of time and hands them on in the same order
 * once it is known which of them begin and end a trip. A fix waits as long as an occupied stretch
 * that began at or before it may still become a trip, so at most {@link #TRIP_S_MAX}.
 *
 * <p>An occupied stretch is a trip when
 *
 * <ul>
 *   <li>both its ends were seen: free fixes of the cab surround it, and no hop from the one to the
 *       other lasts longer than {@link #HOP_S_MAX},
 *   <li>it lasts {@link #TRIP_S_MIN} to {@link #TRIP_S_MAX} and has at least {@link
 *       #TRIP_FIXES_MIN} fixes,
 *   <li>its ends are at least {@link #TRIP_M_MIN} apart, and neither is an outlier.
 * </ul>
 *
 * <p>A fix is an outlier when the hop to it from the cab's last good fix is faster than {@link
 * #HOP_MPS_MAX}; the third in a row is believed. Outliers stay in the recording: they only end no
 * trip. Not thread-safe.
 */
final class TripCutter {
  static final long HOP_S_MAX = 300;
  static final double HOP_MPS_MAX = 160 / 3.6;
  static final long TRIP_S_MIN = 120;
  static final long TRIP_S_MAX = 5400;
  static final int TRIP_FIXES_MIN = 3;
  static final double TRIP_M_MIN = 300;

  private static final int OUTLIERS_IN_A_ROW_MAX = 2;

  /** A fix on its way, and the trip that begins or ends at it. */
  static final class Moment {
    private final Fix fix;
    private final boolean outlier;
    private Trip begins;
    private Trip ends;

    private Moment(Fix fix, boolean outlier) {
      this.fix = fix;
      this.outlier = outlier;
    }

    Fix fix() {
      return fix;
    }

    boolean outlier() {
      return outlier;
    }

    /** The trip whose passenger gets in here, or null. */
    Trip begins() {
      return begins;
    }

    /** The trip whose passenger gets out here, or null. */
    Trip ends() {
      return ends;
    }
  }

  private static final class Cab {
    private Fix last;
    private Fix lastGood;
    private int outliersInARow;
    private Stretch stretch;
  }

  private static final class Stretch {
    private final Moment first;
    private Moment last;
    private int fixes = 1;
    private boolean settled;

    private Stretch(Moment first) {
      this.first = first;
      this.last = first;
    }

    private long lastsMs(long untilMs) {
      return untilMs - first.fix.timeMs();
    }
  }

  private final Consumer<Moment> out;
  private final Map<String, Cab> cabs = new HashMap<>();
  private final ArrayDeque<Moment> waiting = new ArrayDeque<>();
  private final ArrayDeque<Stretch> unsettled = new ArrayDeque<>();
  private final Map<StretchFate, Long> fates = new EnumMap<>(StretchFate.class);

  TripCutter(Consumer<Moment> out) {
    this.out = out;
  }

  /** How many occupied stretches were settled so far, by their fate. */
  Map<StretchFate, Long> fates() {
    return Map.copyOf(fates);
  }

  /** Takes the next fix; its time must not be before that of the fix before it. */
  void accept(Fix fix) {
    Cab cab = cabs.computeIfAbsent(fix.cab(), name -> new Cab());
    Moment moment = new Moment(fix, isOutlier(cab, fix));
    waiting.add(moment);
    boolean near = cab.last != null && fix.timeMs() - cab.last.timeMs() <= HOP_S_MAX * 1000;
    if (cab.stretch != null && !near) {
      settle(cab.stretch, StretchFate.GAP);
      cab.stretch = null;
    }
    if (!fix.occupied()) {
      if (cab.stretch != null) {
        close(cab.stretch);
        cab.stretch = null;
      }
    } else if (cab.stretch != null) {
      cab.stretch.last = moment;
      cab.stretch.fixes++;
    } else {
      cab.stretch = new Stretch(moment);
      if (near && !cab.last.occupied()) {
        unsettled.add(cab.stretch);
      } else {
        settle(cab.stretch, StretchFate.BEGINNING_UNSEEN);
      }
    }
    cab.last = fix;
    release(fix.timeMs());
  }

  /** Ends the recording: what is open becomes no trip, and every fix is handed on. */
  void end() {
    unsettled.forEach(stretch -> settle(stretch, StretchFate.END_UNSEEN));
    unsettled.clear();
    waiting.forEach(out);
    waiting.clear();
  }

  private static boolean isOutlier(Cab cab, Fix fix) {
    if (cab.lastGood != null) {
      double seconds = Math.max(1, (fix.timeMs() - cab.lastGood.timeMs()) / 1000.0);
      if (fix.distanceM(cab.lastGood) > HOP_MPS_MAX * seconds
          && cab.outliersInARow < OUTLIERS_IN_A_ROW_MAX) {
        cab.outliersInARow++;
        return true;
      }
    }
    cab.lastGood = fix;
    cab.outliersInARow = 0;
    return false;
  }

  private void close(Stretch stretch) {
    if (stretch.settled) {
      return;
    }
    Trip trip = new Trip(stretch.first.fix, stretch.last.fix);
    StretchFate fate = fateOf(stretch, trip);
    if (fate == StretchFate.TRIP) {
      stretch.first.begins = trip;
      stretch.last.ends = trip;
    }
    settle(stretch, fate);
  }

  private static StretchFate fateOf(Stretch stretch, Trip trip) {
    if (stretch.lastsMs(trip.dropOff().timeMs()) > TRIP_S_MAX * 1000) {
      return StretchFate.TOO_LONG;
    }
    if (stretch.first.outlier || stretch.last.outlier) {
      return StretchFate.OUTLIER_AT_END;
    }
    if (stretch.fixes < TRIP_FIXES_MIN
        || trip.travelS() < TRIP_S_MIN
        || trip.distanceM() < TRIP_M_MIN) {
      return StretchFate.TOO_SHORT;
    }
    return StretchFate.TRIP;
  }

  private void settle(Stretch stretch, StretchFate fate) {
    if (!stretch.settled) {
      stretch.settled = true;
      fates.merge(fate, 1L, Long::sum);
    }
  }

  private void release(long nowMs) {
    while (!unsettled.isEmpty()) {
      Stretch oldest = unsettled.peek();
      if (!oldest.settled) {
        if (nowMs - oldest.last.fix.timeMs() > HOP_S_MAX * 1000) {
          settle(oldest, StretchFate.GAP);
        } else if (oldest.lastsMs(oldest.last.fix.timeMs()) > TRIP_S_MAX * 1000) {
          settle(oldest, StretchFate.TOO_LONG);
        } else {
          break;
        }
      }
      unsettled.poll();
    }
    Moment held = unsettled.isEmpty() ? null : unsettled.peek().first;
    while (!waiting.isEmpty() && waiting.peek() != held) {
      out.accept(waiting.poll());
    }
  }
}
