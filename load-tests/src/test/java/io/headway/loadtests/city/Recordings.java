// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.loadtests.taxi.Hops.Hop;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A made-up fleet's hops: a cab that is under way hops every minute. */
final class Recordings {
  static final long FROM_MS = Instant.parse("2008-05-17T00:00:00Z").toEpochMilli();
  static final double USUAL_MPS = 6;
  static final int DAY_MIN = 1_440;

  private static final int CABS = 60;

  /** Log speed over the usual one somewhere, east and north from 0 to 1. */
  interface LogSpeed {
    double at(int minute, double east, double north, SplittableRandom random);
  }

  private Recordings() {}

  static RecordedSpeeds of(int days, LogSpeed speed) {
    SplittableRandom random = new SplittableRandom(1);
    List<Hop> hops = new ArrayList<>();
    for (int minute = 0; minute < days * DAY_MIN; minute++) {
      for (int cab = 0; cab < CABS; cab++) {
        double east = random.nextDouble();
        double north = random.nextDouble();
        double mps = USUAL_MPS * Math.exp(speed.at(minute, east, north, random));
        hops.add(
            new Hop("cab" + cab, FROM_MS + 60_000L * minute, north / 10, east / 10, 60 * mps, 60));
      }
    }
    return RecordedSpeeds.of(hops, ZoneOffset.UTC);
  }
}
