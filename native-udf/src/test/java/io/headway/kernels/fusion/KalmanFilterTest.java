// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.headway.kernels.fusion.KalmanFilter.Outcome;
import io.headway.kernels.roads.GeoMath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;

class KalmanFilterTest {
  private static final double NONE = Double.NaN;

  /** The defaults with a gate that nothing of a simulated drive exceeds. */
  private static final KalmanParameters OPEN =
      new KalmanParameters(4, 7, 8, 2, 0.7, 8, 2, 15, 1_000, 3, 300_000);

  private static final KalmanParameters DEFAULT = KalmanParameters.DEFAULT;

  @Property(seed = "1", tries = 150)
  void equalsTheTextbookFilterWithFullMatrices(
      @ForAll int seed,
      @ForAll @DoubleRange(min = -80, max = 80) double lat,
      @ForAll @DoubleRange(min = -180, max = 180) double lon) {
    Random random = new Random(seed);
    KalmanFilter filter = new KalmanFilter(OPEN);
    DenseFilter dense = new DenseFilter();
    TangentPlane plane = new TangentPlane();
    plane.anchor(lat, lon);
    filter.update(0, lat, lon, NONE, NONE, 5);
    dense.start(0, 0, 25, 15 * 15);
    long timeMs = 0;
    for (int i = 0; i < 60; i++) {
      long stepMs = random.nextInt(4_000);
      timeMs += stepMs;
      // Around a circle: the filter must not move its anchor, which the oracle cannot.
      double angle = 1e-5 * timeMs;
      double x = 300 * Math.sin(angle) + 5 * random.nextGaussian();
      double y = 300 * Math.cos(angle) - 300 + 5 * random.nextGaussian();
      double accuracy = random.nextBoolean() ? NONE : 1 + 10 * random.nextDouble();
      int kind = random.nextInt(4);
      double speed =
          kind == 0 ? NONE : kind == 1 ? 2 * random.nextDouble() : 3 + random.nextDouble();
      double heading = kind == 3 ? NONE : Math.toDegrees(angle) + 90 + 10 * random.nextGaussian();
      plane.unproject(x, y);
      assertThat(filter.update(timeMs, plane.latDeg, plane.lonDeg, speed, heading, accuracy))
          .isEqualTo(Outcome.ACCEPTED);

      dense.predict(stepMs / 1e3, OPEN.accelerationPsd());
      plane.project(plane.latDeg, plane.lonDeg);
      double sigma = Double.isNaN(accuracy) ? 8 : Math.max(2, accuracy);
      dense.position(plane.x, plane.y, sigma * sigma);
      if (kind == 1) {
        double variance = 0.49 + speed * speed;
        dense.velocity(0, 0, variance, variance);
      } else if (kind == 2) {
        double radians = Math.toRadians(heading);
        double across = speed * Math.toRadians(8);
        dense.velocity(speed * Math.sin(radians), speed * Math.cos(radians), 0.49, across * across);
      } else if (kind == 3 && Math.hypot(dense.x[2][0], dense.x[3][0]) >= 2) {
        dense.speed(speed, 0.49);
      }
      double[] covariance = filter.covariance();
      double scale = Math.sqrt(dense.p[0][0] + dense.p[2][2]);
      for (int row = 0; row < 4; row++) {
        assertThat(filter.state()[row]).isCloseTo(dense.x[row][0], within(1e-9 * (300 + scale)));
        for (int column = 0; column < 4; column++) {
          double size = Math.sqrt(dense.p[row][row] * dense.p[column][column]);
          assertThat(covariance[4 * row + column])
              .isCloseTo(dense.p[row][column], within(1e-9 * size));
        }
      }
    }
  }

  @Property(seed = "2", tries = 80)
  void covarianceStaysSymmetricAndPositiveDefinite(
      @ForAll int seed, @ForAll @DoubleRange(min = -90, max = 90) double startLat) {
    Random random = new Random(seed);
    KalmanFilter filter = new KalmanFilter(DEFAULT);
    long timeMs = 0;
    double lat = startLat;
    double lon = 179.9;
    for (int i = 0; i < 200; i++) {
      timeMs += random.nextInt(10) == 0 ? random.nextInt(400_000) : random.nextInt(3_000);
      lat = Math.max(-90, Math.min(90, lat + 1e-4 * random.nextGaussian()));
      lon = wrap(lon + (random.nextInt(30) == 0 ? 0.1 : 1e-4) * random.nextGaussian());
      double accuracy = random.nextInt(3) == 0 ? NONE : Math.pow(10, -3 + 7 * random.nextDouble());
      double speed = random.nextInt(3) == 0 ? NONE : 30 * random.nextDouble();
      filter.update(timeMs, lat, lon, speed, 360 * random.nextDouble(), accuracy);
      double[] p = filter.covariance();
      for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 4; column++) {
          assertThat(p[4 * row + column]).isEqualTo(p[4 * column + row]);
        }
      }
      assertThat(smallestPivot(p)).isPositive();
    }
  }

  @Property(seed = "3", tries = 50)
  void followsAGreatCircleOverDateLineAndPoles(
      @ForAll @DoubleRange(min = -90, max = 90) double lat,
      @ForAll @DoubleRange(min = -180, max = 180) double lon,
      @ForAll @DoubleRange(min = 0, max = 360) double heading) {
    KalmanFilter filter = new KalmanFilter(DEFAULT);
    TangentPlane truth = new TangentPlane();
    truth.anchor(lat, lon);
    double east = Math.sin(Math.toRadians(heading));
    double north = Math.cos(Math.toRadians(heading));
    for (int i = 0; i <= 1_000; i++) {
      double metres = 250.0 * i;
      truth.unproject(metres * east, metres * north);
      Outcome outcome = filter.update(10_000L * i, truth.latDeg, truth.lonDeg, NONE, NONE, NONE);
      assertThat(outcome).isEqualTo(i == 0 ? Outcome.RESTARTED : Outcome.ACCEPTED);
    }
    assertThat(GeoMath.distanceM(truth.latDeg, truth.lonDeg, filter.latDeg(), filter.lonDeg()))
        .isLessThan(0.01);
    assertThat(filter.speedMps()).isCloseTo(25, within(1e-4));
    double endLat = truth.latDeg;
    double endLon = truth.lonDeg;
    truth.unproject(250_100 * east, 250_100 * north);
    double ahead = GeoMath.headingDeg(endLat, endLon, truth.latDeg, truth.lonDeg);
    // Within metres of a pole a heading means little.
    if (Math.abs(endLat) < 89.9) {
      assertThat(GeoMath.headingDifferenceDeg(filter.headingDeg(), ahead)).isLessThan(0.01);
    }
  }

  @Property(seed = "4", tries = 60)
  void goesOnBitByBitFromItsBytes(@ForAll int seed) {
    Random random = new Random(seed);
    KalmanFilter kept = new KalmanFilter(DEFAULT);
    KalmanFilter swapped = new KalmanFilter(DEFAULT);
    byte[] state = new byte[KalmanFilter.STATE_BYTES + 7];
    swapped.write(state, 7);
    long timeMs = 1_700_000_000_000L;
    double lat = 60;
    for (int i = 0; i < 50; i++) {
      timeMs += random.nextInt(20_000);
      lat += 1e-3 * random.nextDouble() + (random.nextInt(10) == 0 ? 0.1 : 0);
      double speed = random.nextBoolean() ? NONE : 15 * random.nextDouble();
      double heading = random.nextBoolean() ? NONE : 20 * random.nextDouble();
      swapped.read(state, 7);
      Outcome outcome = swapped.update(timeMs, lat, 10, speed, heading, NONE);
      swapped.write(state, 7);
      swapped.reset();
      assertThat(kept.update(timeMs, lat, 10, speed, heading, NONE)).isEqualTo(outcome);
      swapped.read(state, 7);
      assertThat(swapped.latDeg()).isEqualTo(kept.latDeg());
      assertThat(swapped.lonDeg()).isEqualTo(kept.lonDeg());
      assertThat(swapped.speedMps()).isEqualTo(kept.speedMps());
      assertThat(swapped.headingDeg()).isEqualTo(kept.headingDeg());
      assertThat(swapped.timeMs()).isEqualTo(kept.timeMs());
      assertThat(swapped.covariance()).isEqualTo(kept.covariance());
    }
  }

  @Example
  void bytesAreLaidOutAsDocumented() {
    KalmanFilter filter = new KalmanFilter(DEFAULT);
    filter.update(1_000, 48, 11, NONE, NONE, 5);
    filter.update(2_000, 48.0001, 11, NONE, NONE, 5);
    filter.update(3_000, 49, 11, NONE, NONE, 5);
    byte[] state = new byte[KalmanFilter.STATE_BYTES];
    filter.write(state, 0);
    ByteBuffer bytes = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.getLong(0)).isEqualTo(0x01_01_01);
    assertThat(bytes.getLong(8)).isEqualTo(3_000);
    assertThat(bytes.getDouble(16)).isEqualTo(48);
    assertThat(bytes.getDouble(24)).isEqualTo(11);
    int offset = 32;
    for (double value : filter.state()) {
      assertThat(bytes.getDouble(offset)).isEqualTo(value);
      offset += 8;
    }
    for (int row = 0; row < 4; row++) {
      for (int column = row; column < 4; column++) {
        assertThat(bytes.getDouble(offset)).isEqualTo(filter.covariance()[4 * row + column]);
        offset += 8;
      }
    }
    assertThat(offset).isEqualTo(KalmanFilter.STATE_BYTES);
  }

  @Example
  void refusesBytesOfAnotherVersionCutOffOrDamaged() {
    KalmanFilter filter = new KalmanFilter(DEFAULT);
    filter.update(1_000, 48, 11, NONE, NONE, 5);
    byte[] state = new byte[KalmanFilter.STATE_BYTES];
    filter.write(state, 0);
    state[0] = 2;
    assertThatThrownBy(() -> filter.read(state, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("version 2")
        .hasMessageContaining("only 1 is known");
    assertThat(filter.isStarted()).isFalse();
    state[0] = 1;
    assertThatThrownBy(() -> filter.read(state, 1)).hasMessageContaining("cut off");
    ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN).putDouble(64, Double.NaN);
    assertThatThrownBy(() -> filter.read(state, 0)).hasMessageContaining("damaged");
  }

  @Property(seed = "5", tries = 60)
  void rejectsOutliersAndKeepsTheRest(@ForAll int seed) {
    Random random = new Random(seed);
    KalmanFilter filter = new KalmanFilter(DEFAULT);
    TangentPlane plane = new TangentPlane();
    plane.anchor(41.15, -8.6);
    int goodOnesLost = 0;
    for (int i = 0; i < 300; i++) {
      double x = 12.0 * i + 5 * random.nextGaussian();
      double y = 5 * random.nextGaussian();
      boolean outlier = i > 10 && i % 10 == 3;
      if (outlier) {
        double metres = 300 + 3_000 * random.nextDouble();
        double direction = 2 * Math.PI * random.nextDouble();
        x += metres * Math.sin(direction);
        y += metres * Math.cos(direction);
      }
      plane.unproject(x, y);
      Outcome outcome = filter.update(1_000L * i, plane.latDeg, plane.lonDeg, NONE, NONE, 5);
      if (outlier) {
        assertThat(outcome).isEqualTo(Outcome.OUTLIER);
      } else if (outcome == Outcome.OUTLIER) {
        goodOnesLost++;
      }
      plane.project(filter.latDeg(), filter.lonDeg());
      assertThat(Math.hypot(plane.x - 12.0 * i, plane.y)).isLessThan(30);
    }
    assertThat(goodOnesLost).isLessThanOrEqualTo(1);
  }

  @Property(seed = "6", tries = 60)
  void takesManoeuvresInAsTheTextbookFilterWithThatNoiseAdded(@ForAll int seed) {
    Random random = new Random(seed);
    KalmanFilter filter = new KalmanFilter(DEFAULT);
    DenseFilter dense = new DenseFilter();
    TangentPlane plane = new TangentPlane();
    plane.anchor(41.15, -8.6);
    filter.update(0, 41.15, -8.6, NONE, NONE, 5);
    dense.start(0, 0, 25, 15 * 15);
    double x = 0;
    double y = 0;
    int heading = 0;
    int manoeuvres = 0;
    for (int i = 1; i <= 40; i++) {
      // Around blocks, at a speed at which corners come by surprise.
      heading += random.nextInt(3) == 0 ? 90 : 0;
      x += 75 * Math.sin(Math.toRadians(heading));
      y += 75 * Math.cos(Math.toRadians(heading));
      if (Math.hypot(x, y) > 800) {
        return; // the filter is about to move its anchor, which the oracle cannot
      }
      plane.unproject(x, y);
      Outcome outcome = filter.update(5_000L * i, plane.latDeg, plane.lonDeg, NONE, NONE, 5);

      dense.predict(5, DEFAULT.accelerationPsd());
      if (dense.misfit(x, y, 25) > DEFAULT.gateChiSquare()) {
        double variance = DEFAULT.manoeuvreSigmaMps() * DEFAULT.manoeuvreSigmaMps();
        if (dense.misfit(x, y, 25 + 25 * variance) > DEFAULT.gateChiSquare()) {
          assertThat(outcome).isEqualTo(Outcome.OUTLIER);
          return;
        }
        dense.manoeuvre(5, variance);
        manoeuvres++;
      }
      dense.position(x, y, 25);
      assertThat(outcome).isEqualTo(Outcome.ACCEPTED);
      for (int row = 0; row < 4; row++) {
        assertThat(filter.state()[row]).isCloseTo(dense.x[row][0], within(1e-5));
        for (int column = 0; column < 4; column++) {
          assertThat(filter.covariance()[4 * row + column])
              .isCloseTo(dense.p[row][column], within(1e-6));
        }
      }
    }
    assertThat(manoeuvres).isPositive();
  }

  @Example
  void aTurnABrakingAndASettingOffAreNoOutliers() {
    KalmanFilter filter = new KalmanFilter(DEFAULT);
    TangentPlane plane = new TangentPlane();
    plane.anchor(41.15, -8.6);
    double x = 0;
    double y = 0;
    double[][] drive = {{15, 0}, {15, 0}, {15, 0}, {15, 90}, {15, 90}, {0, 0}, {0, 0}, {20, 270}};
    for (int i = 0; i < drive.length; i++) {
      double speed = drive[i][0];
      double heading = drive[i][1];
      x += 5 * speed * Math.sin(Math.toRadians(heading));
      y += 5 * speed * Math.cos(Math.toRadians(heading));
      plane.unproject(x, y);
      Outcome outcome = filter.update(5_000L * i, plane.latDeg, plane.lonDeg, speed, heading, 5);
      assertThat(outcome).as("record %s", i).isNotEqualTo(Outcome.OUTLIER);
      assertThat(filter.speedMps()).as("speed at %s", i).isCloseTo(speed, within(2.0));
    }
    plane.unproject(x - 100 + 150, y + 150);
    assertThat(filter.update(40_000, plane.latDeg, plane.lonDeg, 20, 270, 5))
        .isEqualTo(Outcome.OUTLIER);
  }

  @Example
  void findsAVehicleAgainThatAFerryCarried() {
    KalmanFilter filter = new KalmanFilter(DEFAULT);
    for (int i = 0; i < 20; i++) {
      filter.update(1_000L * i, 50 + 1e-4 * i, 1, NONE, NONE, NONE);
    }
    assertThat(filter.update(20_000, 51, 1.5, NONE, NONE, NONE)).isEqualTo(Outcome.OUTLIER);
    assertThat(filter.update(21_000, 51.0001, 1.5, NONE, NONE, NONE)).isEqualTo(Outcome.OUTLIER);
    assertThat(filter.update(22_000, 51.0002, 1.5, NONE, NONE, NONE)).isEqualTo(Outcome.RESTARTED);
    assertThat(filter.latDeg()).isCloseTo(51.0002, within(1e-12));
    assertThat(filter.update(23_000, 51.0003, 1.5, NONE, NONE, NONE)).isEqualTo(Outcome.ACCEPTED);
  }

  @Example
  void startsAnewAfterALongGap() {
    KalmanFilter filter = new KalmanFilter(DEFAULT);
    filter.update(0, 50, 1, 10, 0, NONE);
    assertThat(filter.update(300_000, 50.01, 1, NONE, NONE, NONE)).isEqualTo(Outcome.ACCEPTED);
    assertThat(filter.update(600_001, 50.02, 1, NONE, NONE, NONE)).isEqualTo(Outcome.RESTARTED);
  }

  @Example
  void errorsAreAsLargeAsTheCovarianceSays() {
    Random random = new Random(11);
    int runs = 400;
    double nees = 0;
    for (int run = 0; run < runs; run++) {
      KalmanFilter filter = new KalmanFilter(OPEN);
      TangentPlane plane = new TangentPlane();
      plane.anchor(10, 20);
      double vx = 14;
      double vy = 3;
      double x = 0;
      double y = 0;
      for (int i = 0; i < 20; i++) {
        // White acceleration over a second moves position and velocity together.
        double ax = random.nextGaussian() * Math.sqrt(OPEN.accelerationPsd());
        double ay = random.nextGaussian() * Math.sqrt(OPEN.accelerationPsd());
        double residue = Math.sqrt(OPEN.accelerationPsd() / 12);
        x += vx + ax / 2 + residue * random.nextGaussian();
        y += vy + ay / 2 + residue * random.nextGaussian();
        vx += ax;
        vy += ay;
        double speed = Math.hypot(vx, vy);
        double heading = Math.toDegrees(Math.atan2(vx, vy));
        plane.unproject(x + 6 * random.nextGaussian(), y + 6 * random.nextGaussian());
        boolean withSpeed = random.nextBoolean() && speed > 6;
        filter.update(
            1_000L * i,
            plane.latDeg,
            plane.lonDeg,
            withSpeed ? speed + 0.7 * random.nextGaussian() : NONE,
            withSpeed ? heading + 8 * random.nextGaussian() : NONE,
            6);
      }
      plane.project(filter.latDeg(), filter.lonDeg());
      double[] state = filter.state();
      nees +=
          squaredLength(
              new double[] {plane.x - x, plane.y - y, state[2] - vx, state[3] - vy},
              filter.covariance());
    }
    // Chi-square with 4 degrees of freedom a run; 99.9 % of means lie within 0.47 of 4.
    assertThat(nees / runs).isCloseTo(4, within(0.47));
  }

  @Example
  void speedAndHeadingMakeTheVelocityKnownAtOnce() {
    KalmanFilter filter = new KalmanFilter(DEFAULT);
    filter.update(0, 48, 11, 20, 90, 5);
    assertThat(filter.speedMps()).isCloseTo(20, within(0.2));
    assertThat(filter.headingDeg()).isCloseTo(90, within(1.0));
    assertThat(filter.headingSigmaDeg()).isLessThan(10);
    filter.reset();
    filter.update(0, 48, 11, 0.3, 90, 5);
    assertThat(filter.speedMps()).isCloseTo(0, within(1e-9));
    assertThat(filter.headingSigmaDeg()).isEqualTo(180);
  }

  @Example
  void aSpeedThatCannotBeIsLeftOutAndThePositionStillUsed() {
    KalmanFilter filter = new KalmanFilter(DEFAULT);
    for (int i = 0; i < 20; i++) {
      filter.update(1_000L * i, 48 + 1e-4 * i, 11, 11.1, 0, 5);
    }
    assertThat(filter.update(20_000, 48.002, 11, 99, 180, 5)).isEqualTo(Outcome.ACCEPTED);
    assertThat(filter.speedMps()).isCloseTo(11.1, within(0.5));
  }

  @Example
  void refusesWhatIsNoRecordAndKeepsItsState() {
    KalmanFilter filter = new KalmanFilter(DEFAULT);
    filter.update(5_000, 48, 11, NONE, NONE, 5);
    assertThatThrownBy(() -> filter.update(4_999, 48, 11, NONE, NONE, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4999")
        .hasMessageContaining("5000");
    assertThatThrownBy(() -> filter.update(6_000, 91, 11, NONE, NONE, 5))
        .hasMessageContaining("91.0");
    assertThatThrownBy(() -> filter.update(6_000, 48, 11, -1, 0, 5)).hasMessageContaining("-1.0");
    assertThatThrownBy(() -> filter.update(6_000, 48, 11, NONE, NONE, 0))
        .hasMessageContaining("Accuracy 0.0");
    assertThat(filter.timeMs()).isEqualTo(5_000);
    assertThatThrownBy(() -> new KalmanParameters(4, 7, 8, 2, 0.7, 8, 2, 15, 18.4, 1, 300_000))
        .hasMessageContaining("restartAfterOutliers is 1");
  }

  private static double wrap(double lonDeg) {
    return lonDeg > 180 ? lonDeg - 360 : lonDeg < -180 ? lonDeg + 360 : lonDeg;
  }

  /** Smallest pivot of the Cholesky decomposition; not positive when there is none. */
  private static double smallestPivot(double[] p) {
    double[][] l = new double[4][4];
    double smallest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = p[4 * i + j];
        for (int k = 0; k < j; k++) {
          sum -= l[i][k] * l[j][k];
        }
        if (i == j) {
          smallest = Math.min(smallest, sum);
          l[i][i] = Math.sqrt(sum);
        } else {
          l[i][j] = sum / l[j][j];
        }
      }
    }
    return smallest;
  }

  /** e' P⁻¹ e, by the Cholesky decomposition. */
  private static double squaredLength(double[] e, double[] p) {
    double[][] l = new double[4][4];
    double[] z = new double[4];
    double squared = 0;
    for (int i = 0; i < 4; i++) {
      double rest = e[i];
      for (int j = 0; j <= i; j++) {
        double sum = p[4 * i + j];
        for (int k = 0; k < j; k++) {
          sum -= l[i][k] * l[j][k];
        }
        l[i][j] = i == j ? Math.sqrt(sum) : sum / l[j][j];
        if (j < i) {
          rest -= l[i][j] * z[j];
        }
      }
      z[i] = rest / l[i][i];
      squared += z[i] * z[i];
    }
    return squared;
  }
}
