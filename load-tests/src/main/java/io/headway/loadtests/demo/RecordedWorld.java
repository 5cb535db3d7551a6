// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headway.loadtests.feed.Feed;
import io.headway.loadtests.taxi.NotifyScore;
import io.headway.loadtests.taxi.TaxiFeed;
import io.headway.schemas.Decision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A recorded fleet, replayed. */
final class RecordedWorld implements World {
  static final double SPEED_UP = 20;

  private final TaxiFeed feed;
  private final Path folder;
  private final Path roads;
  private final double speedUp;

  private RecordedWorld(TaxiFeed feed, Path folder, Path roads, double speedUp) {
    this.feed = feed;
    this.folder = folder;
    this.roads = roads;
    this.speedUp = speedUp;
  }

  /**
   * Opens a recording.
   *
   * @param roads a road network file; null to serve the fleet off the road network
   * @throws StartProblem when the folder holds no recording
   */
  static RecordedWorld open(Path folder, Path roads, double speedUp) throws StartProblem {
    if (!Files.isDirectory(folder)) {
      throw new StartProblem(
          "--data "
              + folder
              + " is no folder, so there is nothing to replay; name a folder of recorded days (YYYY-MM-DD.csv.gz).");
    }
    try {
      return new RecordedWorld(
          TaxiFeed.open(folder, TaxiFeed.Options.defaults()), folder, roads, speedUp);
    } catch (IOException e) {
      throw new StartProblem("--data " + folder + " cannot be replayed: " + e.getMessage(), e);
    }
  }

  @Override
  public String title() {
    return String.format(
        Locale.ROOT,
        "recorded fleet %s, %s, clock ×%s",
        folder.toAbsolutePath().normalize().getFileName(),
        roads == null ? "no road network" : "on " + roads.getFileName(),
        Text.number(speedUp));
  }

  @Override
  public Feed feed() {
    return feed;
  }

  @Override
  public Path roads() {
    return roads;
  }

  @Override
  public double speedUp() {
    return speedUp;
  }

  @Override
  public void decided(Decision decision) {
    // The feed keeps the score of what it is told.
  }

  @Override
  public List<String> tellTruth(ObjectNode json) {
    NotifyScore score = feed.score();
    json.putNull("judge");
    ObjectNode notify = json.putObject("notify_late");
    notify.put("right", score.right());
    notify.put("wrong", score.wrong());
    notify.put("arrivals", score.arrivals());
    notify.put("late_arrivals", score.lateArrivals());
    notify.put("told_before_arrival", score.notifiedBeforeArrival());
    notify.put("missed", score.missed());
    notify.put("not_arrived", score.open());
    put(notify, "precision", score.precision());
    put(notify, "recall", score.recall());
    if (score.notifiedBeforeArrival() == 0) {
      notify.putNull("lead_median_s");
    } else {
      notify.put("lead_median_s", score.leadMedianS());
    }
    return List.of(
        String.format(
            Locale.ROOT,
            "NOTIFY_LATE was right %,d times and wrong %,d times (%s right)",
            score.right(),
            score.wrong(),
            percent(score.precision())),
        String.format(
            Locale.ROOT,
            "of %,d trips that arrived %,d were late: told before %,d (%s, median %.0f s ahead), missed %,d",
            score.arrivals(),
            score.lateArrivals(),
            score.notifiedBeforeArrival(),
            percent(score.recall()),
            score.leadMedianS(),
            score.missed()));
  }

  @Override
  public void close() throws IOException {
    feed.close();
  }

  private static void put(ObjectNode json, String name, OptionalDouble value) {
    if (value.isPresent()) {
      json.put(name, value.getAsDouble());
    } else {
      json.putNull(name);
    }
  }

  private static String percent(OptionalDouble share) {
    return share.isPresent()
        ? String.format(Locale.ROOT, "%.0f %%", 100 * share.getAsDouble())
        : "none";
  }
}
