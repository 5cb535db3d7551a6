// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headway.loadtests.feed.FeedRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Against a real recording, where one is at hand: {@code -Dheadway.data=DIR} with {@code
 * DIR/sf_cabspotting}.
 */
class RecordedFleetTest {
  private static final long HOUR_MS = 3_600_000;

  @Test
  void promisesOfEarlierDaysHoldForAboutAsManyTripsAsTheySay() throws IOException {
    String data = System.getProperty("headway.data");
    Path folder = data == null ? null : Path.of(data, "sf_cabspotting");
    assumeTrue(
        folder != null && Files.isDirectory(folder),
        "The recorded taxis are not at hand; give -Dheadway.data=DIR with DIR/sf_cabspotting.");
    try (TaxiFeed feed = TaxiFeed.open(folder, TaxiFeed.Options.defaults())) {
      long lastMs = feed.startMs();
      long untilMs = feed.startMs() + 6 * HOUR_MS;
      for (FeedRecord record = feed.next();
          record != null && record.sendAtMs() < untilMs;
          record = feed.next()) {
        assertThat(record.sendAtMs()).isGreaterThanOrEqualTo(lastMs);
        lastMs = record.sendAtMs();
      }
      NotifyScore score = feed.score();
      assertThat(score.arrivals()).isGreaterThan(1000);
      assertThat((double) score.lateArrivals() / score.arrivals()).isBetween(0.1, 0.35);
      assertThat(score.missed()).isEqualTo(score.lateArrivals());
    }
  }
}
