// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.DecisionRequest;
import java.util.Arrays;

/**
 * What could happen: S scenarios of the travel time of every leg and the service time at every stop
 * of a request, drawn once and shared by all its candidates. A reusable buffer, for one thread.
 */
public final class Scenarios {
  /** Most scenarios for a request. */
  public static final int COUNT_MAX = 4096;

  private int count;
  private double[] travelS = {};
  private double[] serviceS = {};

  /**
   * Makes room for the scenarios of a request; all values must be written after it.
   *
   * @param count scenarios, 1 to {@link #COUNT_MAX}
   * @throws IllegalArgumentException when count is out of range
   */
  public Scenarios reset(DecisionRequest request, int count) {
    if (count < 1 || count > COUNT_MAX) {
      throw new IllegalArgumentException(
          "Cannot cost over " + count + " scenarios; ask for 1 to " + COUNT_MAX);
    }
    this.count = count;
    travelS = grown(travelS, request.getLegs().size() * count);
    serviceS = grown(serviceS, request.getStops().size() * count);
    return this;
  }

  /** S, how many scenarios there are. */
  public int count() {
    return count;
  }

  /**
   * Travel times in seconds: of leg l in scenario s at {@code l * count() + s}. Live, not a copy.
   */
  public double[] travelS() {
    return travelS;
  }

  /** Service times in seconds: at stop i in scenario s at {@code i * count() + s}. Live. */
  public double[] serviceS() {
    return serviceS;
  }

  /** Writes the service times of a request as long as expected, in every scenario. */
  public void serveAsExpected(DecisionRequest request) {
    for (int i = 0; i < request.getStops().size(); i++) {
      Arrays.fill(serviceS, i * count, (i + 1) * count, request.getStops().get(i).getServiceS());
    }
  }

  private static double[] grown(double[] buffer, int size) {
    return buffer.length >= size ? buffer : new double[Math.max(size, 2 * buffer.length)];
  }
}
