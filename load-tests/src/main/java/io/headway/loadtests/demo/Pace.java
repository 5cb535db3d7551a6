// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

/**
 * How many vehicles a simulated city has and how fast its time passes.
 *
 * @param vehicles 1 to 1,000,000
 * @param speedUp seconds of the city's time in a second
 */
record Pace(int vehicles, double speedUp) {
  static final double SPEED_UP = 10;
  static final int VEHICLES = 600;
  static final int VEHICLES_MAX = 1_000_000;

  /**
   * Fills in what was not asked for. A rate gets as many vehicles as make it; with the vehicles
   * given, time passes as fast as makes it.
   *
   * @param vehicles null when not given
   * @param speedUp null when not given
   * @param rate records a second; null when not given
   * @param fixIntervalS seconds between two records of a vehicle, in the city's time
   */
  static Pace of(Integer vehicles, Double speedUp, Integer rate, double fixIntervalS) {
    double time = speedUp != null ? speedUp : SPEED_UP;
    if (rate == null) {
      return new Pace(vehicles != null ? vehicles : VEHICLES, time);
    }
    if (vehicles == null) {
      double wanted = Math.ceil(rate * fixIntervalS / time);
      return new Pace((int) Math.max(1, Math.min(VEHICLES_MAX, wanted)), time);
    }
    return new Pace(vehicles, speedUp != null ? speedUp : rate * fixIntervalS / vehicles);
  }
}
