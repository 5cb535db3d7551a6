// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * The law of the field of speeds, the weather and the drivers' paces given the speeds that vehicles
 * drove, under the laws of {@link SimulatedTraffic}.
 *
 * <p>An observation is the log of a driven speed over what is usual at that time of day:
 *
 * <pre>
 * y − rush hour = field(component) + log pace(driver) + weather + spread·t_ν + error
 * </pre>
 *
 * Given the path of the weather, field and paces are a filter's state with a normal law; the
 * weather's path is one of several hypotheses, each with a mean of its own, and with one covariance
 * for all: a Rao-Blackwellised particle filter (Doucet et al. 2000) whose particles are enumerated
 * and not drawn. What an observation says of its sum of field and pace is integrated numerically
 * under Student's t, and the normal law with the same mean and variance goes on (assumed density
 * filtering: Minka 2001); a speed at the limit says that it was at least that fast. The noise of a
 * road is the same for all who drive it in five minutes, so of these one is taken in. {@code
 * BeliefCalibration} shows what all this costs. Not thread-safe.
 */
final class SimulatedTrafficBelief implements TrafficBelief {
  private static final int HYPOTHESES_MAX = 48;

  /** Hypotheses that are so much less likely than the likeliest are let go. */
  private static final double LOG_WEIGHTS = 20;

  /** The integral over a normal variable: where, in standard deviations, and with what weight. */
  private static final double[] NODES =
      IntStream.rangeClosed(-8, 8).mapToDouble(i -> i / 2.0).toArray();

  private static final double[] NODE_WEIGHTS =
      Arrays.stream(NODES).map(z -> Math.exp(-z * z / 2) / 2 / Math.sqrt(2 * Math.PI)).toArray();

  /** The noise's survival is tabulated up to so far from 0, in such steps. */
  private static final double FARTHEST = 20;

  private static final double STEP = 1 / 64.0;

  private static final double FASTEST = Math.log(HiddenWorld.MAX_SPEED_RATIO);

  /** The weather began dry so many slots before the city. */
  private static final int WEATHER_SLOTS = 300;

  private final RushHour rushHour;
  private final SpeedField field;
  private final Weather weather;
  private final double paceSpread;
  private final double noiseSpread;
  private final double noiseFreedom;
  private final int fields;
  private final int size;
  private final double[][] covariance;
  private final double[] gain;
  private final TDistribution noise;
  private final double[] survival;

  /** Whose speed was taken in, while its noise stays the same. */
  private final Set<Integer> edges = new HashSet<>();

  private long slot;
  private double[][] mean;
  private int[] weatherOf;
  private double[] logWeight;

  /**
   * Before anything was observed.
   *
   * @param drivers how many there are; a state holds the field's components, then their log paces
   */
  SimulatedTrafficBelief(CityParameters parameters, SimulatedTraffic law, int drivers) {
    rushHour = law.rushHour();
    field = law.field();
    weather = law.weather();
    noiseSpread = parameters.get(Knob.NOISE_SPREAD);
    noiseFreedom = 4 / parameters.get(Knob.TAILS);
    fields = field.size();
    size = fields + drivers;
    covariance = new double[size][size];
    for (int i = 0; i < fields; i++) {
      for (int j = 0; j < fields; j++) {
        covariance[i][j] = field.covariance(i, j);
      }
    }
    paceSpread = parameters.get(Knob.PACE_SPREAD);
    for (int i = fields; i < size; i++) {
      covariance[i][i] = paceSpread * paceSpread;
    }
    gain = new double[size];
    noise = TDistribution.of(noiseFreedom);
    survival =
        IntStream.rangeClosed(0, (int) Math.round(2 * FARTHEST / STEP))
            .mapToDouble(i -> noise.survivalProbability(i * STEP - FARTHEST))
            .toArray();
    slot = HiddenWorld.slotOf(parameters.startMs());
    double[] share = {1, 0, 0};
    for (int slot = 0; slot < WEATHER_SLOTS; slot++) {
      share = after(share);
    }
    mean = new double[Weather.STATES][size];
    weatherOf = new int[] {Weather.DRY, Weather.RAIN, Weather.STORM};
    logWeight = Arrays.stream(share).map(Math::log).toArray();
  }

  private SimulatedTrafficBelief(SimulatedTrafficBelief other) {
    rushHour = other.rushHour;
    field = other.field;
    weather = other.weather;
    paceSpread = other.paceSpread;
    noiseSpread = other.noiseSpread;
    noiseFreedom = other.noiseFreedom;
    fields = other.fields;
    size = other.size;
    covariance = Arrays.stream(other.covariance).map(double[]::clone).toArray(double[][]::new);
    gain = new double[size];
    noise = other.noise;
    survival = other.survival;
    edges.addAll(other.edges);
    slot = other.slot;
    mean = Arrays.stream(other.mean).map(double[]::clone).toArray(double[][]::new);
    weatherOf = other.weatherOf.clone();
    logWeight = other.logWeight.clone();
  }

  @Override
  public SimulatedTrafficBelief copy() {
    return new SimulatedTrafficBelief(this);
  }

  private double[] after(double[] share) {
    double[] next = new double[Weather.STATES];
    for (int from = 0; from < share.length; from++) {
      for (int to = 0; to < next.length; to++) {
        next[to] += share[from] * weather.transition(from, to);
      }
    }
    return next;
  }

  @Override
  public void advance() {
    keepLikeliest();
    slot++;
    if (slot % Traffic.NOISE_SLOTS == 0) {
      edges.clear();
    }
    double phi = field.phi();
    for (int i = 0; i < size; i++) {
      double[] row = covariance[i];
      for (int j = 0; j < size; j++) {
        if (i < fields && j < fields) {
          row[j] = phi * phi * row[j] + (1 - phi * phi) * field.covariance(i, j);
        } else if (i < fields || j < fields) {
          row[j] *= phi;
        }
      }
    }
    int before = mean.length;
    double[][] means = new double[before * Weather.STATES][];
    int[] states = new int[means.length];
    double[] weights = new double[means.length];
    int n = 0;
    for (int h = 0; h < before; h++) {
      for (int i = 0; i < fields; i++) {
        mean[h][i] *= phi;
      }
      for (int to = 0; to < Weather.STATES; to++) {
        double chance = weather.transition(weatherOf[h], to);
        if (chance > 0) {
          means[n] = mean[h].clone();
          states[n] = to;
          weights[n++] = logWeight[h] + Math.log(chance);
        }
      }
    }
    mean = Arrays.copyOf(means, n);
    weatherOf = Arrays.copyOf(states, n);
    logWeight = Arrays.copyOf(weights, n);
  }

  @Override
  public void observe(Observation seen) {
    if (!edges.add(seen.edge())) {
      return;
    }
    int component = seen.component();
    int driver = seen.driver();
    double y = seen.logRatio() - rushHour.logSpeed(component % HiddenWorld.CLASSES, slot);
    double error =
        seen.errorSpread() * seen.errorSpread() + (driver < 0 ? paceSpread * paceSpread : 0);
    int pace = driver < 0 ? -1 : fields + driver;
    for (int i = 0; i < size; i++) {
      gain[i] = covariance[i][component] + (pace < 0 ? 0 : covariance[i][pace]);
    }
    double explained = gain[component] + (pace < 0 ? 0 : gain[pace]);
    double scale = Math.sqrt(noiseSpread * noiseSpread + error);
    // The road has a limit, whoever drives it; of his pace all hypotheses say about the same.
    double limit = FASTEST + (pace < 0 ? 0 : mean[0][pace]);
    boolean isLimit = seen.logRatio() > limit - 2 * seen.errorSpread();
    double[] variance = new double[mean.length];
    for (int h = 0; h < mean.length; h++) {
      double residual = residual(h, component, pace, y);
      double[] moments = moments(residual, Math.sqrt(explained), scale, isLimit);
      logWeight[h] += Math.log(moments[0]);
      double step = explained > 0 ? moments[1] / explained : 0;
      for (int i = 0; i < size; i++) {
        mean[h][i] += gain[i] * step;
      }
      variance[h] = moments[2];
    }
    double[] weights = weights();
    double left = IntStream.range(0, mean.length).mapToDouble(h -> weights[h] * variance[h]).sum();
    double step = explained > 0 ? (explained - left) / (explained * explained) : 0;
    for (int i = 0; i < size; i++) {
      double[] row = covariance[i];
      double stepped = step * gain[i];
      for (int j = 0; j < size; j++) {
        row[j] -= stepped * gain[j];
      }
    }
  }

  /**
   * Of a normal variable, given that it and the noise make up a residual: density of the residual,
   * up to a factor, then mean and variance of the variable.
   *
   * @param spread of the variable, about 0
   * @param scale of the noise
   * @param isLimit whether the residual is at least so much
   */
  private double[] moments(double residual, double spread, double scale, boolean isLimit) {
    double all = 0;
    double first = 0;
    double second = 0;
    for (int n = 0; n < NODES.length; n++) {
      double value = spread * NODES[n];
      double t = (residual - value) / scale;
      double weight =
          NODE_WEIGHTS[n]
              * (isLimit
                  ? survival(t)
                  : Math.pow(1 + t * t / noiseFreedom, -(noiseFreedom + 1) / 2));
      all += weight;
      first += weight * value;
      second += weight * value * value;
    }
    if (all == 0) {
      return new double[] {
        Double.MIN_NORMAL, 0, spread * spread
      }; // so far out that it tells nothing
    }
    double expected = first / all;
    return new double[] {all, expected, second / all - expected * expected};
  }

  /** P(noise ≥ t), by a table. */
  private double survival(double t) {
    double place = (t + FARTHEST) / STEP;
    if (!(place >= 0 && place < survival.length - 1)) {
      return noise.survivalProbability(t);
    }
    int at = (int) place;
    return survival[at] + (place - at) * (survival[at + 1] - survival[at]);
  }

  private double residual(int hypothesis, int component, int pace, double y) {
    return y
        - Weather.LOG_SPEED[weatherOf[hypothesis]]
        - mean[hypothesis][component]
        - (pace < 0 ? 0 : mean[hypothesis][pace]);
  }

  /** Of each hypothesis; they sum to 1. */
  private double[] weights() {
    double most = Arrays.stream(logWeight).max().orElseThrow();
    double[] weights = new double[logWeight.length];
    double sum = 0;
    for (int h = 0; h < weights.length; h++) {
      weights[h] = Math.exp(logWeight[h] - most);
      sum += weights[h];
    }
    for (int h = 0; h < weights.length; h++) {
      weights[h] /= sum;
    }
    return weights;
  }

  private void keepLikeliest() {
    double most = Arrays.stream(logWeight).max().orElseThrow();
    int[] order =
        IntStream.range(0, logWeight.length)
            .filter(h -> logWeight[h] >= most - LOG_WEIGHTS)
            .boxed()
            .sorted((a, b) -> Double.compare(logWeight[b], logWeight[a]))
            .mapToInt(Integer::intValue)
            .limit(HYPOTHESES_MAX)
            .toArray();
    mean = Arrays.stream(order).mapToObj(h -> mean[h]).toArray(double[][]::new);
    weatherOf = Arrays.stream(order).map(h -> weatherOf[h]).toArray();
    logWeight = Arrays.stream(order).mapToDouble(h -> logWeight[h] - most).toArray();
  }

  @Override
  public double incidentRatio() {
    double[] share = weatherNow();
    double ratio = 0;
    for (int w = 0; w < share.length; w++) {
      ratio += share[w] * Weather.INCIDENT_RATIO[w];
    }
    return ratio;
  }

  /** How likely each weather is now. */
  private double[] weatherNow() {
    double[] share = new double[Weather.STATES];
    double[] weights = weights();
    for (int h = 0; h < weights.length; h++) {
      share[weatherOf[h]] += weights[h];
    }
    return share;
  }

  @Override
  public TrafficBelief.Law law(int driver) {
    int[] rows = IntStream.rangeClosed(0, fields).toArray();
    rows[fields] = fields + driver;
    double[][] part = new double[rows.length][rows.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows.length; j++) {
        part[i][j] = covariance[rows[i]][rows[j]];
      }
    }
    double[][] means = new double[mean.length][rows.length];
    for (int h = 0; h < means.length; h++) {
      for (int i = 0; i < rows.length; i++) {
        means[h][i] = mean[h][rows[i]];
      }
    }
    return new Law(SpeedField.cholesky(part), means, weatherOf.clone(), weights());
  }

  private static final class Law implements TrafficBelief.Law {
    private final double[][] factor;
    private final double[][] mean;
    private final int[] weatherOf;
    private final double[] weights;

    private Law(double[][] factor, double[][] mean, int[] weatherOf, double[] weights) {
      this.factor = factor;
      this.mean = mean;
      this.weatherOf = weatherOf;
      this.weights = weights;
    }

    @Override
    public Drawn draw(long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      int h = pick(weights, random.nextDouble());
      double[] state = mean[h].clone();
      double[] white = new double[state.length];
      for (int i = 0; i < state.length; i++) {
        white[i] = random.nextGaussian();
      }
      for (int i = 0; i < state.length; i++) {
        double[] row = factor[i];
        double sum = 0;
        for (int j = 0; j <= i; j++) {
          sum += row[j] * white[j];
        }
        state[i] += sum;
      }
      int fields = state.length - 1;
      return new Drawn(
          new Traffic.State(weatherOf[h], Arrays.copyOf(state, fields)), state[fields]);
    }
  }

  private static int pick(double[] weights, double u) {
    double rest = u;
    for (int h = 0; h < weights.length - 1; h++) {
      rest -= weights[h];
      if (rest < 0) {
        return h;
      }
    }
    return weights.length - 1;
  }
}
