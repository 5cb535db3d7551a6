// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.loadtests.city.Draws.Stream;

/**
 * What may become of a vehicle from a moment on, drawn from what is believed of its city then.
 * Immutable; each future belongs to the thread that draws it.
 */
final class Futures {
  /** How far a future goes: longer than any round that is looked at. */
  private static final int SLOTS = 720;

  private final HiddenWorld law;
  private final TrafficBelief.Law traffic;
  private final IncidentBelief.Law incidents;
  private final ServiceBelief.Law services;
  private final long ms;

  Futures(
      HiddenWorld law,
      TrafficBelief.Law traffic,
      IncidentBelief.Law incidents,
      ServiceBelief.Law services,
      long ms) {
    this.law = law;
    this.traffic = traffic;
    this.incidents = incidents;
    this.services = services;
    this.ms = ms;
  }

  /**
   * A future.
   *
   * @param bits from which what else is random about it is drawn
   * @param world in which it takes place
   * @param pace of the driver
   */
  record Drawn(long bits, HiddenWorld world, double pace) {}

  ServiceBelief.Law services() {
    return services;
  }

  /** The traffic at the moment in the n-th future of a seed. */
  TrafficBelief.Drawn traffic(long seed, int n) {
    return traffic.draw(Draws.bits(seed, Stream.FUTURE, n, 0));
  }

  /**
   * The n-th future of a seed, independent of the others.
   *
   * @param known the vehicle at the moment; where it has stops customers are drawn
   */
  Drawn drawn(Vehicle known, long seed, int n) {
    long bits = Draws.bits(seed, Stream.FUTURE, n, 0);
    TrafficBelief.Drawn now = traffic.draw(bits);
    double[] logFactors = new double[services.mean().length];
    for (Stop stop : known.stops()) {
      double z = Draws.normal(Draws.bits(bits, Stream.CUSTOMER, stop.place(), 0));
      logFactors[stop.place()] = services.logFactor(stop.place(), z);
    }
    HiddenWorld world =
        new HiddenWorld(
            law,
            bits,
            HiddenWorld.slotOf(ms),
            SLOTS,
            now.traffic(),
            incidents.sites(),
            incidents.draw(bits),
            logFactors);
    return new Drawn(bits, world, Math.exp(now.logPace()));
  }

  /**
   * The vehicle in the n-th future of a seed. In a copy of it every random number is the same.
   *
   * @param known the vehicle at the moment; what is hidden of it is not looked at
   */
  Vehicle draw(Vehicle known, long seed, int n) {
    Drawn future = drawn(known, seed, n);
    double u = Draws.uniform(future.bits, Stream.SERVICE, -1, -1);
    return known.branch(future.world, future.pace, (double) ms, services, u);
  }
}
