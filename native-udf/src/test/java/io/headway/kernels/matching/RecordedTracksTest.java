// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headway.kernels.fusion.KalmanFilter;
import io.headway.kernels.fusion.KalmanParameters;
import io.headway.kernels.roads.RoadIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The matcher on the tracks with true routes of Kubicka et al. (Dataset for testing and training of
 * map-matching algorithms, IEEE IV 2015), where they are at hand: {@code -Dheadway.data=DIR} with
 * {@code DIR/kubicka2015/tracks}.
 *
 * <p>Correct is the share of the true length that was matched, each arc as often as driven; extra
 * what was matched beyond, as a share of the same. Measured on the 68 tracks at hand, correct and
 * extra: a fix each second 0.983 and 0.013, each 10 s 0.985 and 0.010, each 30 s 0.980 and 0.012,
 * each 60 s 0.967 and 0.019.
 */
class RecordedTracksTest {
  /** These lie 135 m beside their true route in the median. */
  private static final Set<String> DISPLACED = Set.of("00000033", "00000054");

  @TempDir Path scratch;

  @Test
  void mostOfTheRouteIsMatched() throws IOException {
    String data = System.getProperty("headway.data");
    Path tracks = data == null ? null : Path.of(data, "kubicka2015", "tracks");
    assumeTrue(
        tracks != null && Files.isDirectory(tracks),
        "The recorded tracks are not at hand; give -Dheadway.data=DIR with DIR/kubicka2015/tracks.");
    List<Tally> tallies = new ArrayList<>();
    for (int intervalS : new int[] {1, 10, 30, 60}) {
      tallies.add(new Tally(intervalS, false, MatchParameters.DEFAULT));
      tallies.add(new Tally(intervalS, true, MatchParameters.DEFAULT));
    }
    drive(folders(tracks), tallies, scratch);
    for (Tally tally : tallies) {
      System.out.println(tally);
      assertThat(tally.correctM / tally.trueM).as("%s", tally).isGreaterThan(0.95);
      assertThat(tally.extraM / tally.trueM).as("%s", tally).isLessThan(0.03);
    }
  }

  static List<Path> folders(Path tracks) throws IOException {
    try (Stream<Path> listed = Files.list(tracks)) {
      return listed
          .filter(folder -> !DISPLACED.contains(folder.getFileName().toString()))
          .sorted()
          .toList();
    }
  }

  static void drive(List<Path> folders, List<Tally> tallies, Path scratch) throws IOException {
    for (Path folder : folders) {
      RecordedTrack track = RecordedTrack.read(folder, scratch);
      RoadIndex index = new RoadIndex(track.network);
      for (Tally tally : tallies) {
        tally.drive(track, index);
      }
    }
  }

  static final class Tally {
    final MatchParameters parameters;
    final int intervalS;
    final boolean fused;
    double trueM;
    double correctM;
    double extraM;
    long fixes;
    long fixesRight;
    long breaks;
    long offNetwork;
    long outliers;
    long nanos;
    long stateBytes;

    Tally(int intervalS, boolean fused, MatchParameters parameters) {
      this.intervalS = intervalS;
      this.fused = fused;
      this.parameters = parameters;
    }

    void drive(RecordedTrack track, RoadIndex index) {
      MapMatcher matcher = new MapMatcher(track.network, index, parameters);
      KalmanFilter filter = new KalmanFilter(KalmanParameters.DEFAULT);
      Set<Integer> routeArcs = new HashSet<>();
      for (int arc : track.route) {
        routeArcs.add(arc);
      }
      List<Integer> edges = new ArrayList<>();
      List<Double> metres = new ArrayList<>();
      long last = Long.MIN_VALUE / 2;
      int right = 0;
      int seen = 0;
      int brokeHere = 0;
      for (int i = 0; i < track.timesMs.length; i++) {
        long time = track.timesMs[i];
        if (time < last + 1_000L * intervalS) {
          continue;
        }
        last = time;
        double lat = track.latsDeg[i];
        double lon = track.lonsDeg[i];
        long start = System.nanoTime();
        double heading = Double.NaN;
        double headingSigma = Double.NaN;
        double sigma = Double.NaN;
        if (fused) {
          if (filter.update(time, lat, lon, Double.NaN, Double.NaN, Double.NaN)
              == KalmanFilter.Outcome.OUTLIER) {
            outliers++;
            continue;
          }
          lat = filter.latDeg();
          lon = filter.lonDeg();
          heading = filter.headingDeg();
          headingSigma = filter.headingSigmaDeg();
          sigma = filter.positionSigmaM();
        }
        MapMatcher.Outcome outcome = matcher.match(time, lat, lon, sigma, heading, headingSigma);
        nanos += System.nanoTime() - start;
        stateBytes += matcher.stateBytes();
        seen++;
        if (outcome == MapMatcher.Outcome.OFF_NETWORK) {
          offNetwork++;
        } else if (routeArcs.contains(track.arcAt(matcher.edge(), matcher.offsetM()))) {
          right++;
        }
        if (matcher.breakCause() != MapMatcher.Break.NONE) {
          brokeHere++;
        }
        collect(matcher, edges, metres);
      }
      matcher.finish();
      collect(matcher, edges, metres);
      List<Integer> matched = new ArrayList<>();
      for (int i = 0; i < edges.size(); i++) {
        int edge = edges.get(i);
        double length = track.network.edgeLengthM(edge);
        boolean goesOn =
            i + 1 < edges.size()
                && track.network.edgeTo(edge) == track.network.edgeFrom(edges.get(i + 1));
        double from = goesOn ? length - metres.get(i) - 0.1 : 0;
        double to = goesOn ? length : metres.get(i);
        track.addArcs(edge, from, to, matched);
      }
      double total = 0;
      for (int arc : track.route) {
        total += track.arcLengthM[arc];
      }
      double correct = common(track.route, matched, track.arcLengthM);
      double got = 0;
      for (int arc : matched) {
        got += track.arcLengthM[arc];
      }
      trueM += total;
      correctM += correct;
      extraM += got - correct;
      fixes += seen;
      fixesRight += right;
      breaks += brokeHere;
    }

    private static void collect(MapMatcher matcher, List<Integer> edges, List<Double> metres) {
      for (int t = 0; t < matcher.traversalCount(); t++) {
        edges.add(matcher.traversalEdge(t));
        metres.add((double) matcher.traversalM(t));
      }
    }

    /** Length of what two lists of arcs have in common, each arc as often as in both. */
    private static double common(int[] route, List<Integer> matched, double[] lengthM) {
      int[] count = new int[lengthM.length];
      for (int arc : matched) {
        count[arc]++;
      }
      double metres = 0;
      for (int arc : route) {
        if (count[arc]-- > 0) {
          metres += lengthM[arc];
        }
      }
      return metres;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d s%s: correct %.4f, extra %.4f of %.0f km; fixes right %.4f of %d; breaks %d, off %d,"
              + " outliers %d; %.0f fixes/s; state %.0f bytes",
          intervalS,
          fused ? " fused" : "",
          correctM / trueM,
          extraM / trueM,
          trueM / 1e3,
          (double) fixesRight / fixes,
          fixes,
          breaks,
          offNetwork,
          outliers,
          fixes / (nanos / 1e9),
          (double) stateBytes / fixes);
    }
  }
}
