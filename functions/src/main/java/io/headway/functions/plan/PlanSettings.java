// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.kernels.routing.Router;
import java.io.Serializable;
import java.time.Duration;

/**
 * What can be set about planning. Immutable; made by {@link #builder()}.
 *
 * @param vehicleIdle a vehicle without records for this long (event time) is forgotten
 * @param noPlan a vehicle with telemetry and without a plan for this long (event time) is reported
 * @param periodicLook every plan is looked at this often (event time)
 * @param triggerInterval least event time between two requests of a vehicle for the same cause
 * @param riskCheck least event time between two estimates of a vehicle's arrivals
 * @param riskSlack a stop is at risk when its estimated arrival is later than the end of its window
 *     less this
 * @param riskHysteresis and it is no longer at risk when the arrival is earlier than that by this
 * @param closedShipment how long (event time) a delivered or cancelled shipment is remembered, so
 *     that an older record of it cannot bring its stop back
 * @param roadEventAge how long (event time) a road event without an end holds
 * @param stopReachM a place further than this from every road edge is off the network, metres
 * @param offRouteFixes a vehicle is off its route when this many fixes in a row are
 * @param offRouteM and it drove at least this far since it left the route, metres
 * @param offNetworkDetourFactor way over great-circle distance off the network
 * @param offNetworkSpeedMps speed along the way off the network, usual and until speeds were
 *     learned
 * @param alternativeStretch an alternative route may take this many times the fastest one's time,
 *     at most {@link Router#MAX_STRETCH}; the default is that of Abraham et al. 2013
 */
public record PlanSettings(
    Duration vehicleIdle,
    Duration noPlan,
    Duration periodicLook,
    Duration triggerInterval,
    Duration riskCheck,
    Duration riskSlack,
    Duration riskHysteresis,
    Duration closedShipment,
    Duration roadEventAge,
    double stopReachM,
    int offRouteFixes,
    double offRouteM,
    double offNetworkDetourFactor,
    double offNetworkSpeedMps,
    double alternativeStretch)
    implements Serializable {
  private static final long serialVersionUID = 1;

  /**
   * @throws IllegalArgumentException when a value is out of its range
   */
  public PlanSettings {
    positive("vehicleIdle", vehicleIdle);
    positive("noPlan", noPlan);
    positive("periodicLook", periodicLook);
    notNegative("triggerInterval", triggerInterval);
    notNegative("riskCheck", riskCheck);
    notNegative("riskSlack", riskSlack);
    notNegative("riskHysteresis", riskHysteresis);
    positive("closedShipment", closedShipment);
    positive("roadEventAge", roadEventAge);
    within("stopReachM", stopReachM, 1, 5_000);
    within("offRouteFixes", offRouteFixes, 1, 100);
    within("offRouteM", offRouteM, 0, 100_000);
    within("offNetworkDetourFactor", offNetworkDetourFactor, 1, 10);
    within("offNetworkSpeedMps", offNetworkSpeedMps, 0.1, 100);
    within("alternativeStretch", alternativeStretch, 1, Router.MAX_STRETCH);
  }

  /** {@link #offNetworkSpeedMps} in great-circle metres a second, as speeds are learned. */
  public double offNetworkStraightMps() {
    return offNetworkSpeedMps / offNetworkDetourFactor;
  }

  /** A builder that holds the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  private static void positive(String name, Duration value) {
    if (value.toMillis() <= 0) {
      throw invalid(name, value, "be longer than nothing");
    }
  }

  private static void notNegative(String name, Duration value) {
    if (value.isNegative()) {
      throw invalid(name, value, "not be negative");
    }
  }

  private static void within(String name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw invalid(name, value, "lie from " + least + " to " + most);
    }
  }

  private static IllegalArgumentException invalid(String name, Object value, String rule) {
    return new IllegalArgumentException(
        name + " is " + value + ", so no plan can be kept by it; it must " + rule);
  }

  /** Sets some of the values; {@link #build()} checks them all. */
  public static final class Builder {
    private Duration vehicleIdle = Duration.ofHours(24);
    private Duration noPlan = Duration.ofHours(1);
    private Duration periodicLook = Duration.ofMinutes(5);
    private Duration triggerInterval = Duration.ofSeconds(5);
    private Duration riskCheck = Duration.ofSeconds(10);
    private Duration riskSlack = Duration.ZERO;
    private Duration riskHysteresis = Duration.ofMinutes(2);
    private Duration closedShipment = Duration.ofHours(6);
    private Duration roadEventAge = Duration.ofHours(24);
    private double stopReachM = 200;
    private int offRouteFixes = 2;
    private double offRouteM = 150;
    private double offNetworkDetourFactor = 1.3;
    private double offNetworkSpeedMps = 8;
    private double alternativeStretch = 1.25;

    private Builder() {}

    /** See {@link PlanSettings}. */
    public Builder vehicleIdle(Duration value) {
      vehicleIdle = value;
      return this;
    }

    /** See {@link PlanSettings}. */
    public Builder noPlan(Duration value) {
      noPlan = value;
      return this;
    }

    /** See {@link PlanSettings}. */
    public Builder periodicLook(Duration value) {
      periodicLook = value;
      return this;
    }

    /** See {@link PlanSettings}. */
    public Builder triggerInterval(Duration value) {
      triggerInterval = value;
      return this;
    }

    /** See {@link PlanSettings}. */
    public Builder riskCheck(Duration value) {
      riskCheck = value;
      return this;
    }

    /** See {@link PlanSettings}. */
    public Builder riskSlack(Duration value) {
      riskSlack = value;
      return this;
    }

    /** See {@link PlanSettings}. */
    public Builder riskHysteresis(Duration value) {
      riskHysteresis = value;
      return this;
    }

    /** See {@link PlanSettings}. */
    public Builder closedShipment(Duration value) {
      closedShipment = value;
      return this;
    }

    /** See {@link PlanSettings}. */
    public Builder roadEventAge(Duration value) {
      roadEventAge = value;
      return this;
    }

    /** See {@link PlanSettings}. */
    public Builder stopReachM(double value) {
      stopReachM = value;
      return this;
    }

    /** See {@link PlanSettings}; both of them. */
    public Builder offRoute(int fixes, double metres) {
      offRouteFixes = fixes;
      offRouteM = metres;
      return this;
    }

    /** See {@link PlanSettings}. */
    public Builder offNetworkDetourFactor(double value) {
      offNetworkDetourFactor = value;
      return this;
    }

    /** See {@link PlanSettings}. */
    public Builder offNetworkSpeedMps(double value) {
      offNetworkSpeedMps = value;
      return this;
    }

    /** See {@link PlanSettings}. */
    public Builder alternativeStretch(double value) {
      alternativeStretch = value;
      return this;
    }

    /**
     * The settings.
     *
     * @throws IllegalArgumentException when a value is out of its range
     */
    public PlanSettings build() {
      return new PlanSettings(
          vehicleIdle,
          noPlan,
          periodicLook,
          triggerInterval,
          riskCheck,
          riskSlack,
          riskHysteresis,
          closedShipment,
          roadEventAge,
          stopReachM,
          offRouteFixes,
          offRouteM,
          offNetworkDetourFactor,
          offNetworkSpeedMps,
          alternativeStretch);
    }
  }
}
