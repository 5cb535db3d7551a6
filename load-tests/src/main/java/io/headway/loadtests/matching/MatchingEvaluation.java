// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.matching;

import io.headway.kernels.fusion.KalmanFilter;
import io.headway.kernels.fusion.KalmanParameters;
import io.headway.kernels.matching.MapMatcher;
import io.headway.kernels.matching.MatchParameters;
import io.headway.kernels.roads.RoadIndex;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.matching.RecordedTrack.Fix;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Matches every track in every setting, by the map matcher and by GraphHopper's, and keeps what
 * came of it. Single-threaded.
 */
public final class MatchingEvaluation {
  /** Seconds between fixes. */
  static final List<Integer> INTERVALS_S = List.of(1, 10, 30, 60);

  /** Seconds that the matcher may wait. */
  static final List<Integer> LAGS_S = List.of(0, 5, 30);

  /** Stands for a matcher that saw the whole track. */
  static final int WHOLE = -1;

  /** Standard deviations of a position's error that GraphHopper is tried with, metres. */
  static final List<Integer> SIGMAS_M = List.of(10, 20, 40, 80);

  /** Other parameters, to see how much hangs on those that were chosen on these tracks. */
  private static final List<Other> OTHERS =
      List.of(
          new Other("radius 50 m", 50, 16),
          new Other("radius 100 m", 100, 16),
          new Other("U-turn 8", 75, 8),
          new Other("U-turn 32", 75, 32));

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Map<Setting, Tally> tallies = new LinkedHashMap<>();

  /** Who matches. */
  enum Matcher {
    /** The map matcher on the positions as they are. */
    PLAIN,
    /** The same behind the Kalman filter, as in the job. */
    FILTERED,
    GRAPHHOPPER,
    /** The map matcher with other parameters. */
    OTHER
  }

  /**
   * A way to match.
   *
   * @param intervalS between fixes
   * @param lagS that was waited, or {@link #WHOLE}
   * @param variant sigma of GraphHopper or name of other parameters; empty otherwise
   */
  record Setting(Matcher matcher, int intervalS, int lagS, String variant) {}

  /** What came of a setting, by track in order. */
  static final class Tally {
    final List<RouteError> errors = new ArrayList<>();
    long fixes;
    long cpuNs;
    int cuts;
  }

  private record Other(String name, double radiusM, double uTurnPenalty) {
    MatchParameters parameters() {
      MatchParameters usual = MatchParameters.DEFAULT;
      return new MatchParameters(
          usual.sigmaM(),
          usual.betaM(),
          usual.betaShare(),
          radiusM,
          uTurnPenalty,
          usual.maxDetourM(),
          usual.minMoveM(),
          usual.maxGapMs(),
          usual.dwellMs(),
          usual.lagFixes());
    }
  }

  private MatchingEvaluation() {}

  /**
   * Runs all.
   *
   * @param data folder of the data set
   * @param progress hears about each track
   */
  static MatchingEvaluation run(Path data, Consumer<String> progress) throws IOException {
    MatchingEvaluation evaluation = new MatchingEvaluation();
    List<Path> folders = RecordedTrack.find(data);
    Path scratch = Files.createTempDirectory("headway-matching-");
    try {
      for (int i = 0; i < folders.size(); i++) {
        progress.accept("track %d of %d".formatted(i + 1, folders.size()));
        evaluation.match(RecordedTrack.read(folders.get(i), scratch));
      }
    } finally {
      Folders.delete(scratch);
    }
    return evaluation;
  }

  Map<Setting, Tally> tallies() {
    return tallies;
  }

  Tally tally(Matcher matcher, int intervalS, int lagS, String variant) {
    return tallies.get(new Setting(matcher, intervalS, lagS, variant));
  }

  private void match(RecordedTrack track) {
    RoadIndex index = new RoadIndex(track.arcs().roads());
    try (GraphHopperMatcher other = new GraphHopperMatcher(track.arcs())) {
      for (int intervalS : INTERVALS_S) {
        List<Fix> fixes = RecordedTrack.thinned(track.fixes(), intervalS);
        for (Matcher matcher : List.of(Matcher.PLAIN, Matcher.FILTERED)) {
          boolean filtered = matcher == Matcher.FILTERED;
          Drive drive = new Drive(track, index, MatchParameters.DEFAULT, filtered);
          List<Integer> lags = new ArrayList<>(LAGS_S);
          lags.add(WHOLE);
          List<RouteError> errors = drive.errors(fixes, lags);
          long cpuNs = drive.cpuNs(fixes);
          for (int lag = 0; lag < lags.size(); lag++) {
            Setting setting = new Setting(matcher, intervalS, lags.get(lag), "");
            add(setting, errors.get(lag), fixes.size(), cpuNs);
          }
        }
        for (Other parameters : OTHERS) {
          Drive drive = new Drive(track, index, parameters.parameters(), false);
          Setting setting = new Setting(Matcher.OTHER, intervalS, WHOLE, parameters.name());
          add(setting, drive.errors(fixes, List.of(WHOLE)).get(0), fixes.size(), 0);
        }
        for (int sigmaM : SIGMAS_M) {
          double[] metresByArc = other.match(fixes, sigmaM);
          // Timed once it has seen the track, as the matcher is.
          long beganNs = THREADS.getCurrentThreadCpuTime();
          other.match(fixes, sigmaM);
          long cpuNs = THREADS.getCurrentThreadCpuTime() - beganNs;
          Setting setting =
              new Setting(Matcher.GRAPHHOPPER, intervalS, WHOLE, Integer.toString(sigmaM));
          add(
              setting,
              RouteError.of(track.route(), metresByArc, track.arcs()),
              fixes.size(),
              cpuNs);
          tallies.get(setting).cuts += other.cuts();
        }
      }
    }
  }

  private void add(Setting setting, RouteError error, int fixes, long cpuNs) {
    Tally tally = tallies.computeIfAbsent(setting, unused -> new Tally());
    tally.errors.add(error);
    tally.fixes += fixes;
    tally.cpuNs += cpuNs;
  }

  /** The map matcher on one track. */
  static final class Drive {
    private final RecordedTrack track;
    private final MapMatcher matcher;
    private final KalmanFilter filter;

    Drive(RecordedTrack track, RoadIndex index, MatchParameters parameters, boolean filtered) {
      this.track = track;
      matcher = new MapMatcher(track.arcs().roads(), index, parameters);
      filter = filtered ? new KalmanFilter(KalmanParameters.DEFAULT) : null;
    }

    /** What a caller sees who waits so long. */
    List<RouteError> errors(List<Fix> fixes, List<Integer> lagsS) {
      matcher.reset();
      reset();
      List<LaggedRoute> routes =
          lagsS.stream()
              .map(lagS -> lagS == WHOLE ? Long.MAX_VALUE : 1_000L * lagS)
              .map(lagMs -> new LaggedRoute(lagMs, track.arcs()))
              .toList();
      for (Fix fix : fixes) {
        routes.forEach(route -> route.before(fix.timeMs()));
        if (match(fix)) {
          var ways = matcher.ways();
          routes.forEach(route -> route.after(ways));
        }
      }
      matcher.finish();
      var ways = matcher.ways();
      routes.forEach(route -> route.after(ways));
      return routes.stream()
          .map(route -> RouteError.of(track.route(), route.metresByArc(), track.arcs()))
          .toList();
    }

    /** CPU time of matching all fixes, without looking on. */
    long cpuNs(List<Fix> fixes) {
      reset();
      long beganNs = THREADS.getCurrentThreadCpuTime();
      fixes.forEach(this::match);
      matcher.finish();
      return THREADS.getCurrentThreadCpuTime() - beganNs;
    }

    private void reset() {
      matcher.reset();
      if (filter != null) {
        filter.reset();
      }
    }

    /** Returns false when the filter dropped the fix. */
    private boolean match(Fix fix) {
      if (filter == null) {
        matcher.match(fix.timeMs(), fix.latDeg(), fix.lonDeg(), Double.NaN, Double.NaN, Double.NaN);
        return true;
      }
      KalmanFilter.Outcome outcome =
          filter.update(
              fix.timeMs(), fix.latDeg(), fix.lonDeg(), Double.NaN, Double.NaN, Double.NaN);
      if (outcome == KalmanFilter.Outcome.OUTLIER) {
        return false;
      }
      matcher.match(
          fix.timeMs(),
          filter.latDeg(),
          filter.lonDeg(),
          filter.positionSigmaM(),
          filter.headingDeg(),
          filter.headingSigmaDeg());
      return true;
    }
  }
}
