// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.matching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headway.kernels.matching.MatchParameters;
import io.headway.kernels.roads.RoadIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every fourth of the tracks of Kubicka et al. (IEEE IV 2015), where they are at hand: {@code
 * -Dheadway.data=DIR} with {@code DIR/kubicka2015/tracks}. {@code ./headway evaluate matching}
 * measures on all.
 */
class RecordedTracksTest {
  /** Fewer are too few to tell what waiting for later fixes brings. */
  private static final int EACH = 4;

  @TempDir Path scratch;

  @Test
  void mostOfTheRouteIsMatched() throws IOException {
    String data = System.getProperty("headway.data");
    Path folder = data == null ? null : Path.of(data, "kubicka2015");
    assumeTrue(
        folder != null && Files.isDirectory(folder.resolve("tracks")),
        "The recorded tracks are not at hand; give -Dheadway.data=DIR with DIR/kubicka2015/tracks.");
    List<Path> tracks = RecordedTrack.find(folder);
    for (int intervalS : MatchingEvaluation.INTERVALS_S) {
      RouteError atOnce = RouteError.NONE;
      RouteError whole = RouteError.NONE;
      for (int i = 0; i < tracks.size(); i += EACH) {
        RecordedTrack track = RecordedTrack.read(tracks.get(i), scratch);
        RoadIndex index = new RoadIndex(track.arcs().roads());
        List<RouteError> errors =
            new MatchingEvaluation.Drive(track, index, MatchParameters.DEFAULT, false)
                .errors(
                    RecordedTrack.thinned(track.fixes(), intervalS),
                    List.of(0, MatchingEvaluation.WHOLE));
        atOnce = atOnce.plus(errors.get(0));
        whole = whole.plus(errors.get(1));
      }
      String setting = intervalS + " s: " + atOnce + ", " + whole;
      assertThat(whole.correctFraction()).as(setting).isGreaterThan(0.95);
      assertThat(whole.mismatchFraction()).as(setting).isLessThan(0.08);
      assertThat(whole.correctFraction()).as(setting).isGreaterThan(atOnce.correctFraction());
    }
  }
}
