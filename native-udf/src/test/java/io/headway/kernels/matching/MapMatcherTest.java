// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.headway.kernels.matching.Drive.Fix;
import io.headway.kernels.matching.Drive.Traversed;
import io.headway.kernels.matching.MapMatcher.Break;
import io.headway.kernels.matching.MapMatcher.Outcome;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class MapMatcherTest {
  private static final double NONE = Double.NaN;
  private static final RoadNetwork CITY = Grid.city(16, 5);
  private static final RoadIndex CITY_INDEX = new RoadIndex(CITY);

  private static MapMatcher matcher(RoadNetwork network) {
    return new MapMatcher(network, new RoadIndex(network), MatchParameters.DEFAULT);
  }

  private static MapMatcher cityMatcher() {
    return new MapMatcher(CITY, CITY_INDEX, MatchParameters.DEFAULT);
  }

  private static Outcome match(MapMatcher matcher, Fix fix) {
    return matcher.match(fix.timeMs(), fix.latDeg(), fix.lonDeg(), NONE, NONE, NONE);
  }

  /** A fix at a place in metres. */
  private static Outcome match(MapMatcher matcher, double seconds, double eastM, double northM) {
    return matcher.match(
        Math.round(1e3 * seconds), Grid.latDeg(northM), Grid.lonDeg(eastM), NONE, NONE, NONE);
  }

  /** What drives in a city come to: shares of fixes and of driven length that are right. */
  private record Shares(double fixes, double length, double extra, int breaks) {}

  private static Shares drives(double intervalS, double noiseM) {
    int right = 0;
    int fixes = 0;
    int breaks = 0;
    double driven = 0;
    double common = 0;
    double matched = 0;
    MapMatcher matcher = cityMatcher();
    for (int seed = 0; seed < 10; seed++) {
      Drive drive = Drive.random(CITY, seed, 8, intervalS, noiseM);
      Traversed traversed = new Traversed();
      matcher.reset();
      for (Fix fix : drive.fixes) {
        Outcome outcome = match(matcher, fix);
        fixes++;
        if (outcome != Outcome.OFF_NETWORK && matcher.edge() == fix.edge()) {
          right++;
        }
        if (matcher.breakCause() != Break.NONE) {
          breaks++;
        }
        traversed.collect(matcher);
      }
      matcher.finish();
      traversed.collect(matcher);
      driven += drive.lengthM();
      common += drive.lengthM() * drive.matchedShare(CITY, traversed);
      matched += traversed.lengthM();
    }
    return new Shares((double) right / fixes, common / driven, (matched - common) / driven, breaks);
  }

  /**
   * Measured (interval, noise: fixes, length): 1 s, 5 m: 0.92, 0.9997; 1 s, 10 m: 0.85, 0.9995; 15
   * s, 10 m: 0.84, 0.9965; 30 s, 10 m: 0.82, 0.978. A fix near a junction is often put on the next
   * edge, with blocks of 120 m a share of some 0.07 at 5 m of noise.
   */
  @Example
  void mostFixesAndNearlyAllOfTheWayAreRightAtEveryIntervalAndNoise() {
    for (double intervalS : new double[] {1, 5, 15, 30}) {
      for (double noiseM : new double[] {5, 10}) {
        Shares shares = drives(intervalS, noiseM);
        String setting = intervalS + " s, " + noiseM + " m: " + shares;
        assertThat(shares.fixes).as(setting).isGreaterThan(noiseM > 5 ? 0.78 : 0.83);
        assertThat(shares.length).as(setting).isGreaterThan(intervalS > 15 ? 0.96 : 0.99);
        assertThat(shares.extra).as(setting).isLessThan(intervalS > 15 ? 0.04 : 0.015);
        assertThat(shares.breaks).as(setting).isZero();
      }
    }
  }

  @Example
  void everyDrivenEdgeIsReportedOnceWithItsMetresAndSeconds() {
    Drive drive = Drive.random(CITY, 77, 5, 2, 0);
    MapMatcher matcher = cityMatcher();
    Traversed traversed = matchAll(matcher, drive);
    assertThat(traversed.edges).isEqualTo(drive.edges);
    for (int i = 0; i < drive.edges.size(); i++) {
      assertThat(traversed.metres.get(i)).isCloseTo(drive.metres.get(i), within(15.0));
    }
    assertThat(traversed.lengthM()).isCloseTo(drive.lengthM(), within(15.0));
    long lastMs = drive.fixes.get(drive.fixes.size() - 1).timeMs();
    assertThat(traversed.seconds()).isCloseTo(lastMs / 1e3, within(3.0));
    for (int i = 1; i < traversed.edges.size(); i++) {
      assertThat(traversed.endsMs.get(i)).isGreaterThanOrEqualTo(traversed.endsMs.get(i - 1));
      assertThat(CITY.edgeTo(traversed.edges.get(i - 1)))
          .isEqualTo(CITY.edgeFrom(traversed.edges.get(i)));
    }
  }

  @Example
  void theWaysToTheFixesAreTheTraversedEdgesAndMayChangeUntilTheyAreDecided() {
    Drive drive = Drive.random(CITY, 79, 5, 20, 15);
    MapMatcher matcher = cityMatcher();
    SortedMap<Long, List<Stretch>> ways = new TreeMap<>();
    Traversed traversed = new Traversed();
    int changed = 0;
    for (Fix fix : drive.fixes) {
      assertThat(match(matcher, fix)).isNotEqualTo(Outcome.OFF_NETWORK);
      for (var way : matcher.ways().entrySet()) {
        List<Stretch> before = ways.put(way.getKey(), way.getValue());
        changed += before == null || before.equals(way.getValue()) ? 0 : 1;
      }
      traversed.collect(matcher);
    }
    matcher.finish();
    ways.putAll(matcher.ways());
    traversed.collect(matcher);

    assertThat(changed).isPositive();
    assertThat(ways).hasSize(drive.fixes.size() - 1);
    double ofTraversedM = 0;
    double ofWaysM = 0;
    for (double metres : traversed.metres) {
      ofTraversedM += metres;
    }
    List<Integer> edges = new ArrayList<>();
    Stretch last = null;
    for (List<Stretch> way : ways.values()) {
      if (last != null) {
        // Each begins where the one before ended.
        assertThat(way.get(0).edge()).isEqualTo(last.edge());
        assertThat(way.get(0).fromM()).isEqualTo(last.toM());
      }
      for (Stretch stretch : way) {
        ofWaysM += stretch.toM() - stretch.fromM();
        if (last == null || stretch.edge() != last.edge()) {
          edges.add(stretch.edge());
        }
        last = stretch;
      }
    }
    assertThat(edges).isEqualTo(traversed.edges);
    assertThat(ofWaysM).isCloseTo(ofTraversedM, within(0.1));
  }

  @Example
  void movedMetresAddUpToTheDrivenLength() {
    Drive drive = Drive.random(CITY, 78, 5, 3, 5);
    MapMatcher matcher = cityMatcher();
    double movedM = 0;
    for (Fix fix : drive.fixes) {
      Outcome outcome = match(matcher, fix);
      if (outcome == Outcome.STARTED) {
        assertThat(matcher.movedM()).isNaN();
      } else {
        movedM += matcher.movedM();
      }
    }
    assertThat(movedM).isCloseTo(drive.lengthM(), within(0.05 * drive.lengthM()));
  }

  @Example
  void staysOnItsRoadBesideAParallelOne() {
    Grid grid = new Grid();
    int a = grid.node(0, 0);
    int b = grid.node(2_000, 0);
    int c = grid.node(0, 30);
    int d = grid.node(2_000, 30);
    RoadNetwork network = grid.twoWay(a, b).twoWay(c, d).twoWay(a, c).twoWay(b, d).network();
    int road = edge(network, a, b);
    Drive drive = Drive.along(network, List.of(road), 3, 1, 8);
    MapMatcher matcher = matcher(network);
    Traversed traversed = matchAll(matcher, drive);
    // At the start it may stand on either road.
    assertThat(drive.matchedShare(network, traversed)).isGreaterThan(0.98);
    assertThat(traversed.lengthM()).isLessThan(1.05 * drive.lengthM());
  }

  @Example
  void aDualCarriagewayIsDrivenInItsDirection() {
    Grid grid = new Grid();
    int a = grid.node(0, 0);
    int b = grid.node(3_000, 0);
    int c = grid.node(0, 12);
    int d = grid.node(3_000, 12);
    RoadNetwork network = grid.oneWay(a, b).oneWay(d, c).oneWay(b, d).oneWay(c, a).network();
    int road = edge(network, a, b);
    Drive drive = Drive.along(network, List.of(road), 4, 1, 10);
    MapMatcher matcher = matcher(network);
    Traversed traversed = matchAll(matcher, drive);
    assertThat(traversed.edges).doesNotContain(edge(network, d, c));
    assertThat(traversed.metres.get(traversed.edges.indexOf(road)))
        .isCloseTo(drive.lengthM(), within(40.0));
  }

  @Example
  void aHeadingTellsTheDirectionAtTheFirstFix() {
    Grid grid = new Grid();
    int a = grid.node(0, 0);
    int b = grid.node(0, 1_000);
    RoadNetwork network = grid.twoWay(a, b).network();
    MapMatcher matcher = matcher(network);
    for (double heading : new double[] {0, 180}) {
      matcher.reset();
      matcher.match(0, Grid.latDeg(500), Grid.lonDeg(3), NONE, heading, 10);
      assertThat(matcher.edge())
          .isEqualTo(heading == 0 ? edge(network, a, b) : edge(network, b, a));
      assertThat(matcher.offsetM()).isCloseTo(500, within(1f));
    }
  }

  /** Noise can seem to drive backwards, but not over hundreds of metres. */
  @Example
  void whoCutsAHairpinWasNotDrivingBackwards() {
    Grid grid = new Grid();
    int a = grid.node(0, 0);
    int b = grid.node(0, 40);
    double[][] hairpin = {{0, 0}, {300, 0}, {300, 40}, {0, 40}};
    RoadNetwork network = grid.twoWayOver(a, b, hairpin).network();
    int road = edge(network, a, b);
    MapMatcher matcher = matcher(network);
    int second = 0;
    for (int east = 0; east < 100; east += 10) {
      match(matcher, second++, east, 0);
    }
    for (int north = 0; north < 40; north += 10) {
      match(matcher, second++, 100, north);
    }
    for (int east = 100; east > 20; east -= 10) {
      match(matcher, second++, east, 40);
      assertThat(matcher.edge()).as("at second " + second).isEqualTo(road);
    }
    matcher.finish();
    Traversed traversed = new Traversed();
    traversed.collect(matcher);
    assertThat(traversed.edges).containsOnly(road);
  }

  @Example
  void aUTurnInAStreetIsFollowed() {
    Grid grid = new Grid();
    int a = grid.node(0, 0);
    int b = grid.node(1_000, 0);
    int c = grid.node(2_000, 0);
    RoadNetwork network = grid.twoWay(a, b).twoWay(b, c).network();
    MapMatcher matcher = matcher(network);
    Traversed traversed = new Traversed();
    for (int i = 0; i <= 65; i++) {
      // To 700 m and back to 100 m, at 10 m/s with a fix each 2 s.
      double east = i <= 35 ? 20 * i : 1_400 - 20 * i;
      assertThat(match(matcher, 2 * i, east, (i * 37) % 11 - 5)).isNotEqualTo(Outcome.OFF_NETWORK);
      assertThat(matcher.breakCause()).isEqualTo(Break.NONE);
      traversed.collect(matcher);
    }
    matcher.finish();
    traversed.collect(matcher);
    assertThat(traversed.edges).containsExactly(edge(network, a, b), edge(network, b, a));
    assertThat(traversed.metres.get(0)).isCloseTo(700, within(40.0));
    assertThat(traversed.metres.get(1)).isCloseTo(600, within(40.0));
  }

  @Example
  void aLongGapBreaksTheMatchAndNothingIsTraversedOverIt() {
    Grid grid = new Grid();
    int a = grid.node(0, 0);
    int b = grid.node(5_000, 0);
    RoadNetwork network = grid.twoWay(a, b).network();
    MapMatcher matcher = matcher(network);
    Traversed traversed = new Traversed();
    match(matcher, 0, 100, 0);
    match(matcher, 10, 200, 0);
    match(matcher, 20, 300, 0);
    traversed.collect(matcher);
    assertThat(match(matcher, 201, 3_000, 0)).isEqualTo(Outcome.STARTED);
    assertThat(matcher.breakCause()).isEqualTo(Break.GAP);
    assertThat(matcher.movedM()).isNaN();
    traversed.collect(matcher);
    match(matcher, 211, 3_100, 0);
    matcher.finish();
    traversed.collect(matcher);
    assertThat(traversed.metres.stream().map(Math::round)).containsExactly(200L, 100L);
    assertThat(traversed.seconds).containsExactly(20.0, 10.0);
  }

  @Example
  void aPlaceThatNoRouteLeadsToBreaksTheMatch() {
    Grid grid = new Grid();
    int a = grid.node(0, 0);
    int b = grid.node(1_000, 0);
    int c = grid.node(0, 500);
    int d = grid.node(1_000, 500);
    RoadNetwork network = grid.twoWay(a, b).twoWay(c, d).network();
    MapMatcher matcher = matcher(network);
    match(matcher, 0, 100, 0);
    match(matcher, 10, 200, 0);
    assertThat(match(matcher, 60, 300, 500)).isEqualTo(Outcome.STARTED);
    assertThat(matcher.breakCause()).isEqualTo(Break.NO_ROUTE);
    assertThat(matcher.edge()).isIn(edge(network, c, d), edge(network, d, c));
  }

  @Example
  void oneFixWithoutARoadIsPassedOverAndTwoBreakTheMatch() {
    Grid grid = new Grid();
    int a = grid.node(0, 0);
    int b = grid.node(5_000, 0);
    RoadNetwork network = grid.twoWay(a, b).network();
    MapMatcher matcher = matcher(network);
    match(matcher, 0, 100, 0);
    match(matcher, 10, 200, 0);
    assertThat(match(matcher, 20, 300, 400)).isEqualTo(Outcome.OFF_NETWORK);
    assertThat(matcher.edge()).isEqualTo(-1);
    assertThat(matcher.breakCause()).isEqualTo(Break.NONE);
    assertThat(match(matcher, 30, 400, 0)).isEqualTo(Outcome.MATCHED);
    assertThat(matcher.movedM()).isCloseTo(200, within(1.0));
    match(matcher, 40, 400, 400);
    assertThat(match(matcher, 50, 400, 500)).isEqualTo(Outcome.OFF_NETWORK);
    assertThat(matcher.breakCause()).isEqualTo(Break.OFF_NETWORK);
    assertThat(matcher.traversalCount()).isEqualTo(1);
    assertThat(matcher.traversalM(0)).isCloseTo(300, within(1f));
    assertThat(match(matcher, 60, 500, 0)).isEqualTo(Outcome.STARTED);
    assertThat(matcher.breakCause()).isEqualTo(Break.NONE);
  }

  @Example
  void aBurstOfNoiseLeavesTheWayRight() {
    MapMatcher matcher = cityMatcher();
    Random random = new Random(9);
    double driven = 0;
    double common = 0;
    for (int seed = 0; seed < 10; seed++) {
      Drive drive = Drive.random(CITY, seed, 4, 3, 5);
      matcher.reset();
      Traversed traversed = new Traversed();
      for (int i = 0; i < drive.fixes.size(); i++) {
        Fix fix = drive.fixes.get(i);
        // Three fixes of each thirty, 9 s, have 35 m of noise and say so.
        double burstM = i % 30 >= 27 ? 35 : 0;
        matcher.match(
            fix.timeMs(),
            fix.latDeg() + Grid.latDeg(burstM * random.nextGaussian()) - Grid.LAT_DEG,
            fix.lonDeg() + Grid.lonDeg(burstM * random.nextGaussian()) - Grid.LON_DEG,
            burstM > 0 ? burstM : 5,
            NONE,
            NONE);
        traversed.collect(matcher);
      }
      matcher.finish();
      traversed.collect(matcher);
      driven += drive.lengthM();
      common += drive.lengthM() * drive.matchedShare(CITY, traversed);
    }
    assertThat(common / driven).isGreaterThan(0.95);
  }

  @Example
  void aVehicleThatStandsStaysWhereItIsAndItsDwellCountsToNoEdge() {
    Grid grid = new Grid();
    int a = grid.node(0, 0);
    int b = grid.node(1_000, 0);
    RoadNetwork network = grid.twoWay(a, b).network();
    MapMatcher matcher = matcher(network);
    Traversed traversed = new Traversed();
    match(matcher, 0, 100, 0);
    match(matcher, 10, 200, 0);
    for (int second = 11; second <= 910; second++) {
      assertThat(match(matcher, second, 200 + second % 3, second % 2)).isEqualTo(Outcome.MATCHED);
      assertThat(matcher.offsetM()).isCloseTo(200, within(1f));
      assertThat(matcher.movedM()).isZero();
      traversed.collect(matcher);
    }
    match(matcher, 920, 300, 0);
    matcher.finish();
    traversed.collect(matcher);
    assertThat(traversed.lengthM()).isCloseTo(200, within(1.0));
    // 10 s there, 10 s on, and what the vehicle stood since the last time two minutes were full.
    assertThat(traversed.seconds()).isLessThan(10 + 10 + 121);
  }

  @Property(seed = "1", tries = 20)
  void goesOnExactlyFromItsBytesWhichStayBounded(@ForAll long seed) {
    Drive drive = Drive.random(CITY, seed, 4, 1 + Math.floorMod(seed, 20), 12);
    MapMatcher kept = cityMatcher();
    MapMatcher swapped = cityMatcher();
    byte[] state = new byte[MapMatcher.MAX_STATE_BYTES + 3];
    swapped.write(state, 3);
    for (Fix fix : drive.fixes) {
      assertThat(swapped.read(state, 3)).isTrue();
      Outcome outcome = match(swapped, fix);
      assertThat(match(kept, fix)).isEqualTo(outcome);
      assertThat(swapped.edge()).isEqualTo(kept.edge());
      assertThat(swapped.offsetM()).isEqualTo(kept.offsetM());
      assertThat(swapped.movedM()).isEqualTo(Double.valueOf(kept.movedM()));
      assertThat(swapped.breakCause()).isEqualTo(kept.breakCause());
      assertThat(swapped.traversalCount()).isEqualTo(kept.traversalCount());
      for (int i = 0; i < kept.traversalCount(); i++) {
        assertThat(swapped.traversalEdge(i)).isEqualTo(kept.traversalEdge(i));
        assertThat(swapped.traversalM(i)).isEqualTo(kept.traversalM(i));
        assertThat(swapped.traversalS(i)).isEqualTo(kept.traversalS(i));
        assertThat(swapped.traversalEndMs(i)).isEqualTo(kept.traversalEndMs(i));
      }
      assertThat(swapped.stateBytes()).isLessThanOrEqualTo(MapMatcher.MAX_STATE_BYTES);
      assertThat(swapped.write(state, 3)).isEqualTo(3 + swapped.stateBytes());
      swapped.reset();
    }
  }

  @Property(seed = "2", tries = 20)
  void theWayIsDecidedWithinTheLag(@ForAll long seed) {
    Drive drive = Drive.random(CITY, seed, 3, 4, 25);
    for (int lag : new int[] {1, 3, MapMatcher.MAX_LAG_FIXES}) {
      MatchParameters d = MatchParameters.DEFAULT;
      MapMatcher matcher =
          new MapMatcher(
              CITY,
              CITY_INDEX,
              new MatchParameters(25, 6, 0.05, 150, 5, 2_000, 0, d.maxGapMs(), d.dwellMs(), lag));
      byte[] state = new byte[MapMatcher.MAX_STATE_BYTES];
      for (Fix fix : drive.fixes) {
        match(matcher, fix);
        matcher.write(state, 0);
        assertThat(state[1]).isBetween((byte) 0, (byte) lag);
      }
    }
  }

  @Example
  void bytesAreLaidOutAsDocumented() {
    Grid grid = new Grid();
    int a = grid.node(0, 0);
    int b = grid.node(1_000, 0);
    RoadNetwork network = grid.twoWay(a, b).network();
    MapMatcher matcher = matcher(network);
    match(matcher, 1, 400, 0);
    byte[] state = new byte[matcher.stateBytes()];
    matcher.write(state, 0);
    ByteBuffer bytes = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.getLong(0)).isEqualTo(0x01_01);
    assertThat(HexFormat.of().formatHex(state, 8, 24)).isEqualTo(network.id());
    assertThat(bytes.getLong(24)).isEqualTo(1_000);
    assertThat(bytes.getDouble(32)).isEqualTo(Grid.latDeg(0));
    assertThat(bytes.getDouble(40)).isEqualTo(Grid.lonDeg(400));
    assertThat(bytes.getInt(48)).isEqualTo(-1);
    assertThat(bytes.getLong(80)).isEqualTo(1_000);
    assertThat(bytes.get(88)).isEqualTo((byte) 2);
    assertThat(List.of(bytes.getInt(89), bytes.getInt(93)))
        .containsExactlyInAnyOrder(edge(network, a, b), edge(network, b, a));
    int forward = bytes.getInt(89) == edge(network, a, b) ? 0 : 1;
    assertThat(bytes.getFloat(97 + 4 * forward)).isCloseTo(400, within(0.1f));
    assertThat(bytes.getFloat(101 - 4 * forward)).isCloseTo(600, within(0.1f));
    assertThat(bytes.getShort(105)).isZero();
    assertThat(bytes.getDouble(107)).isZero();
    assertThat(state).hasSize(107 + 2 * 8);
  }

  @Example
  void anotherNetworkResetsTheMatchAndSaysSo() {
    Drive drive = Drive.random(CITY, 3, 2, 5, 5);
    MapMatcher matcher = cityMatcher();
    drive.fixes.forEach(fix -> match(matcher, fix));
    byte[] state = new byte[MapMatcher.MAX_STATE_BYTES];
    matcher.write(state, 0);
    MapMatcher other = matcher(Grid.city(4, 6));
    assertThat(other.read(state, 0)).isFalse();
    assertThat(match(other, drive.fixes.get(0))).isNotEqualTo(Outcome.MATCHED);
  }

  @Example
  void refusesBytesOfAnotherVersion() {
    MapMatcher matcher = cityMatcher();
    byte[] state = new byte[matcher.stateBytes()];
    matcher.write(state, 0);
    state[0] = 9;
    assertThatThrownBy(() -> matcher.read(state, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("version 9")
        .hasMessageContaining("only 1 is known");
  }

  @Property(seed = "3", tries = 300)
  void damagedBytesAreRefusedOrHarmless(@ForAll long seed) {
    Random random = new Random(seed);
    Drive drive = Drive.random(CITY, 3, 1, 5, 20);
    MapMatcher matcher = cityMatcher();
    drive.fixes.forEach(fix -> match(matcher, fix));
    byte[] state = new byte[matcher.stateBytes()];
    matcher.write(state, 0);
    byte[] damaged =
        random.nextBoolean() ? state : Arrays.copyOf(state, random.nextInt(state.length));
    for (int i = 0; i < 3 && damaged.length > 0; i++) {
      int at = random.nextInt(damaged.length);
      // Times are left alone: a time in the future refuses every fix, as it must.
      if (at < 24 || (at >= 32 && at < 72)) {
        damaged[at] = (byte) (damaged[at] ^ (1 << random.nextInt(8)));
      }
    }
    try {
      matcher.read(damaged, 0);
    } catch (IllegalArgumentException refused) {
      assertThat(refused).hasMessageContaining("The state of a map matcher");
    }
    Fix last = drive.fixes.get(drive.fixes.size() - 1);
    matcher.match(last.timeMs() + 5_000, last.latDeg(), last.lonDeg(), NONE, NONE, NONE);
  }

  @Example
  void refusesTimeThatGoesBackwardsAndPlacesThatAreNone() {
    MapMatcher matcher = cityMatcher();
    match(matcher, 10, 100, 100);
    assertThatThrownBy(() -> match(matcher, 9, 100, 100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("9000")
        .hasMessageContaining("10000");
    assertThatThrownBy(() -> matcher.match(11_000, 91, 0, NONE, NONE, NONE))
        .hasMessageContaining("91.0");
    assertThatThrownBy(() -> new MatchParameters(0, 3, 0, 75, 16, 2_000, 6, 1, 1, 1))
        .hasMessageContaining("sigmaM is 0.0");
  }

  private static Traversed matchAll(MapMatcher matcher, Drive drive) {
    Traversed traversed = new Traversed();
    for (Fix fix : drive.fixes) {
      match(matcher, fix);
      traversed.collect(matcher);
    }
    matcher.finish();
    traversed.collect(matcher);
    return traversed;
  }

  private static int edge(RoadNetwork network, int from, int to) {
    List<Integer> found = new ArrayList<>();
    for (int e = 0; e < network.edgeCount(); e++) {
      if (network.edgeFrom(e) == from && network.edgeTo(e) == to) {
        found.add(e);
      }
    }
    assertThat(found).hasSize(1);
    return found.get(0);
  }
}
