// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import java.util.Locale;

/** A number that shapes the simulated city, with its default and range (both ends allowed). */
public enum Knob {
  /** Vehicles on delivery rounds. */
  VEHICLES(200, 1, 1_000_000),
  /** How long the feed lasts. */
  DURATION_H(24, 0.01, 168),
  /** Seconds between two fixes of a vehicle. */
  FIX_INTERVAL_S(5, 0.1, 600),

  /** Fewest stops of a round. */
  STOPS_MIN(6, 1, 30),
  /** Most stops of a round. */
  STOPS_MAX(15, 1, 30),
  /** Places that deliveries go to. */
  CUSTOMERS(1_500, 50, 100_000),
  /** Rounds that are driven again and again. */
  TOURS(400, 1, 100_000),
  /** Depots. */
  DEPOTS(3, 1, 50),
  /** Minutes at the depot between two rounds. */
  TURNAROUND_MIN(12, 3, 240),
  /** Share of the stops that are promised a tight window. */
  TIGHT_SHARE(0.25, 0, 1),
  /** Width of a tight window, minutes. */
  TIGHT_WINDOW_MIN(15, 1, 600),
  /** Width of any other window, minutes. */
  WINDOW_MIN(40, 1, 600),
  /** Expected minutes at a stop. */
  SERVICE_MIN(2.5, 0.1, 120),
  /** New shipments for a vehicle under way, an hour. */
  NEW_SHIPMENTS_PER_H(0.5, 0, 20),
  /** Cancelled shipments of a vehicle under way, an hour. */
  CANCELLATIONS_PER_H(0.2, 0, 20),

  /** How deep rush hours cut the speed: a multiple of the usual dip of each road class. */
  RUSH_HOUR(1, 0, 3),
  /** How much weather there is: a multiple of the rates at which it gets worse. */
  WEATHER(1, 0, 10),
  /** Standard deviation of the log speed field. */
  FIELD_SPREAD(0.20, 0, 1),
  /** Multiple of the field's correlation length (2,500 m) and memory (20 min). */
  CORRELATION(1, 0.05, 20),
  /** Correlation of the field between one class of roads and the next. */
  CLASS_CORRELATION(0.6, 0, 0.99),
  /** Scale of the log speed noise of one edge in one slot. */
  NOISE_SPREAD(0.16, 0, 1),
  /** Weight of that noise's tails: Student's t with 4 / this degrees of freedom. */
  TAILS(1, 0.1, 2),
  /** Multiple of the rate at which incidents, closures and roadworks begin. */
  INCIDENTS(1, 0, 50),
  /** Multiple of how long they last. */
  INCIDENT_LIFE(1, 0.1, 10),
  /** Multiple of how fast queues grow behind them. */
  SPILL_BACK(1, 0, 10),
  /** Share of them that get reported. */
  REPORTED_SHARE(0.85, 0, 1),
  /** Mean delay of a report, minutes. */
  REPORT_DELAY_MIN(2, 0, 60),
  /** Standard deviation of a driver's log pace. */
  PACE_SPREAD(0.08, 0, 0.5),
  /** Breakdowns of a vehicle under way, an hour: it stands for a quarter of an hour to an hour. */
  BREAKDOWNS_PER_H(0.03, 0, 10),
  /** Standard deviation of the log service time from visit to visit. */
  SERVICE_SPREAD(0.35, 0, 1.5),
  /** Standard deviation of a customer's own log factor of the service time. */
  CUSTOMER_SPREAD(0.30, 0, 1.5),

  /** Standard deviation of a fix, metres, each way. */
  GPS_NOISE_M(5, 0, 100),
  /** Share of time in which reflections shift fixes together by some tens of metres. */
  MULTIPATH_SHARE(0.02, 0, 1),
  /** Share of fixes that lie hundreds of metres to kilometres off. */
  OUTLIER_SHARE(0.008, 0, 1),
  /** Share of time in which a vehicle is silent; two fifths of those fixes arrive afterwards. */
  DROPOUT_SHARE(0.01, 0, 1),
  /** Share of records that are sent twice. */
  DUPLICATE_SHARE(0.005, 0, 1),
  /** Share of fixes that arrive up to 4 s late, behind their successors. */
  DISORDER_SHARE(0.01, 0, 1),
  /** Share of fixes that arrive 10 to 60 s late. */
  LATE_SHARE(0.0005, 0, 1),
  /**
   * Standard deviation of a vehicle's clock error, milliseconds; one in a hundred has ten times.
   */
  CLOCK_ERROR_MS(200, 0, 5_000),
  /** Share of vehicles whose receiver gives neither speed nor heading. */
  NO_SPEED_SHARE(0.05, 0, 1),
  /** Bad inputs among the records, a million; each kind in turn. */
  BAD_INPUTS_PER_MILLION(40, 0, 1_000_000);

  private final double defaultValue;
  private final double least;
  private final double most;

  Knob(double defaultValue, double least, double most) {
    this.defaultValue = defaultValue;
    this.least = least;
    this.most = most;
  }

  public double defaultValue() {
    return defaultValue;
  }

  double check(double value) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          "%s is %s, which no city has; give a value from %s to %s"
              .formatted(name().toLowerCase(Locale.ROOT), value, least, most));
    }
    return value;
  }
}
