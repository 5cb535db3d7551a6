// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * What visits tell of how long customers take. The log of a service over what was expected is
 * normal about the customer's own factor, which is normal itself, so the factor's law given the
 * visits is normal, in closed form. Not thread-safe.
 */
final class ServiceBelief {
  private final double customerVariance;
  private final double visitVariance;
  private final double bias;
  private final Map<Long, Integer> placeAt = new HashMap<>();
  private final Map<String, Double> beganMs = new HashMap<>();
  private final double[] sum;
  private final int[] visits;

  ServiceBelief(CityParameters believed, Places places) {
    double ofCustomers = believed.get(Knob.CUSTOMER_SPREAD);
    double ofVisits = believed.get(Knob.SERVICE_SPREAD);
    customerVariance = ofCustomers * ofCustomers;
    visitVariance = ofVisits * ofVisits;
    bias = (customerVariance + visitVariance) / 2;
    sum = new double[places.size()];
    visits = new int[places.size()];
    for (int p = 0; p < places.size(); p++) {
      placeAt.putIfAbsent(key(places.latDeg(p), places.lonDeg(p)), p);
    }
  }

  private static long key(double latDeg, double lonDeg) {
    return 31 * Double.doubleToLongBits(latDeg) + Double.doubleToLongBits(lonDeg);
  }

  /** Takes a change of a shipment in; null says nothing. */
  void add(Shipment shipment) {
    if (shipment == null) {
      return;
    }
    long ms = shipment.getEventTime().toEpochMilli();
    if (shipment.getStatus() == ShipmentStatus.ARRIVED) {
      beganMs.put(
          shipment.getShipmentId(),
          (double) Math.max(ms, shipment.getWindowStart().toEpochMilli()));
    } else if (shipment.getStatus() == ShipmentStatus.DELIVERED) {
      Double began = beganMs.remove(shipment.getShipmentId());
      Integer place = placeAt.get(key(shipment.getLatDeg(), shipment.getLonDeg()));
      if (began != null && place != null && ms > began) {
        sum[place] += Math.log((ms - began) / 1000 / shipment.getServiceS()) + bias;
        visits[place]++;
      }
    }
  }

  /** The law as it stands now. */
  Law law() {
    double[] mean = new double[sum.length];
    double[] spread = new double[sum.length];
    for (int p = 0; p < mean.length; p++) {
      double variance = variance(visits[p]);
      mean[p] =
          visits[p] == 0
              ? 0
              : visitVariance == 0 ? sum[p] / visits[p] : variance / visitVariance * sum[p];
      spread[p] = Math.sqrt(variance);
    }
    return new Law(mean, spread, visitVariance, bias);
  }

  private double variance(int n) {
    return n == 0 ? customerVariance : 1 / (1 / customerVariance + n / visitVariance);
  }

  /**
   * Immutable and thread-safe.
   *
   * @param mean of the log factor of each place's customer
   * @param spread its standard deviation
   */
  record Law(double[] mean, double[] spread, double visitVariance, double bias) {

    /** A customer's log factor at a quantile of the standard normal. */
    double logFactor(int place, double z) {
      return mean[place] + spread[place] * z;
    }

    /**
     * Seconds that a service takes in all that has lasted for some.
     *
     * @param u uniform in (0, 1)
     */
    double serviceS(Stop stop, double elapsedS, double u) {
      double variance = visitVariance + spread[stop.place()] * spread[stop.place()];
      if (variance == 0) {
        return Math.max(elapsedS, stop.serviceS() * Math.exp(mean[stop.place()]));
      }
      NormalDistribution log =
          NormalDistribution.of(mean[stop.place()] - bias, Math.sqrt(variance));
      double open =
          elapsedS > 0 ? log.survivalProbability(Math.log(elapsedS / stop.serviceS())) : 1;
      double s = stop.serviceS() * Math.exp(log.inverseSurvivalProbability(u * open));
      // Beyond the longest service the tail has no room left.
      return Math.max(elapsedS, Double.isFinite(s) ? s : elapsedS);
    }
  }
}
