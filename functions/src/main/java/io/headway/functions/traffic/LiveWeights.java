// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Router;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The travel time of every edge as the weight epochs tell it, on the heap of one subtask.
 *
 * <p>The observed speed of an edge ages: half of its difference from the free speed is gone after a
 * half-life. What a road event leaves of the free speed limits it; an observed speed below that
 * limit stays, since the vehicles that gave it met the event. Time is that of the deltas, so the
 * weights are a function of the deltas up to {@link #epoch()} alone, whoever asks and when.
 *
 * <p>Off the road network a class of distances has the mean speed of the legs that were observed,
 * which does not age; a class without any has that of the nearest class that has some.
 *
 * <p>State: {@link #blocksOf} names the blocks that a delta touched, {@link #block} gives their
 * content, {@link #restore} takes it back; restored weights equal the lost ones bit for bit. Keep
 * them in a map state by block number. Not thread-safe.
 */
public final class LiveWeights {
  /** Edges in a block. */
  public static final int BLOCK_EDGES = 4_096;

  /** Slowest live speed: a jam is no closure. */
  public static final float MIN_SPEED_MPS = 0.5f;

  /** The block of the classes off the network, which also carries epoch and time. */
  private static final int OFF_NETWORK_BLOCK = -1;

  /** Share of the difference from the free speed below which an observation is forgotten. */
  private static final double FORGOTTEN = 0.01;

  private static final Logger LOG = LoggerFactory.getLogger(LiveWeights.class);

  private final RoadNetwork network;
  private final String networkId;
  private final double halfLifeMs;

  private final float[] speedMps;
  private final long[] observedAtMs;
  private final int[] observations;
  private final float[] eventFactor;
  private final float[] freeSeconds;
  private final float[] seconds;

  /** Edges whose observed speed still counts. */
  private final BitSet observed = new BitSet();

  private final double offNetworkFallbackMps;
  private final float[] offNetworkSpeedMps = new float[OffNetwork.CLASSES];
  private final int[] offNetworkObservations = new int[OffNetwork.CLASSES];

  private long epoch;
  private long upToMs;
  private long resets;

  /**
   * The weights before anything was observed.
   *
   * @param roads the road network, or null without one
   * @param halfLife after which half of what was observed is forgotten
   * @param offNetworkFallbackMps speed off the network before any was observed, great-circle metres
   *     a second
   */
  public LiveWeights(RoadMap roads, Duration halfLife, double offNetworkFallbackMps) {
    network = roads == null ? null : roads.network();
    networkId = network == null ? "" : network.id();
    halfLifeMs = halfLife.toMillis();
    int edges = network == null ? 0 : network.edgeCount();
    speedMps = new float[edges];
    observedAtMs = new long[edges];
    observations = new int[edges];
    eventFactor = new float[edges];
    freeSeconds = network == null ? new float[0] : Router.freeSeconds(network);
    seconds = freeSeconds.clone();
    Arrays.fill(speedMps, Float.NaN);
    Arrays.fill(eventFactor, 1);
    this.offNetworkFallbackMps = offNetworkFallbackMps;
  }

  /**
   * Applies a delta. One whose epoch is not above {@link #epoch()} was applied before and changes
   * nothing; the edges of one for another network are left out, counted and logged.
   *
   * @return whether it was new
   */
  public boolean apply(WeightDelta delta) {
    if (delta.epoch <= epoch) {
      return false;
    }
    boolean sameNetwork = delta.networkId.equals(networkId);
    if (!sameNetwork) {
      forgotten(delta.networkId, delta.epoch);
    }
    boolean timePassed = delta.upToMs > upToMs;
    epoch = delta.epoch;
    upToMs = Math.max(upToMs, delta.upToMs);
    for (int i = 0; i < delta.edges.length; i++) {
      int edge = delta.edges[i];
      if (edge < 0) {
        putOffNetwork(edge, delta.speedMps[i], delta.observations[i]);
      } else if (sameNetwork) {
        if (!Float.isNaN(delta.speedMps[i])) {
          putObserved(edge, delta.speedMps[i], delta.upToMs, delta.observations[i]);
        }
        eventFactor[edge] = delta.eventFactor[i];
        refresh(edge);
      }
    }
    if (timePassed) {
      age();
    }
    return true;
  }

  private void forgotten(String otherId, long otherEpoch) {
    resets++;
    LOG.warn(
        "Weights of epoch {} belong to the road network '{}' and not to '{}': its edges are"
            + " forgotten.",
        otherEpoch,
        otherId,
        networkId);
  }

  private void putOffNetwork(int edge, float speed, int count) {
    if (!Float.isNaN(speed)) {
      offNetworkSpeedMps[OffNetwork.ofEdge(edge)] = speed;
      offNetworkObservations[OffNetwork.ofEdge(edge)] = count;
    }
  }

  private void putObserved(int edge, float speed, long atMs, int count) {
    speedMps[edge] = speed;
    observedAtMs[edge] = atMs;
    observations[edge] = count;
    observed.set(edge);
  }

  /** Lets every observed speed fall back towards the free speed up to {@link #upToMs}. */
  private void age() {
    for (int e = observed.nextSetBit(0); e >= 0; e = observed.nextSetBit(e + 1)) {
      if (remaining(e, upToMs) < FORGOTTEN) {
        observed.clear(e);
        speedMps[e] = Float.NaN;
        observedAtMs[e] = 0;
        observations[e] = 0;
      }
      refresh(e);
    }
  }

  private double remaining(int edge, long atMs) {
    return Math.pow(0.5, Math.max(0, atMs - observedAtMs[edge]) / halfLifeMs);
  }

  private void refresh(int edge) {
    double factor = eventFactor[edge];
    double free = network.edgeFreeSpeedMps(edge);
    double limit = free * factor;
    double live = liveSpeedMps(edge);
    double speed = factor < 1 ? Math.min(live, limit) : live;
    seconds[edge] =
        factor <= 0
            ? Float.POSITIVE_INFINITY
            : (float) (network.edgeLengthM(edge) / Math.max(speed, MIN_SPEED_MPS));
  }

  /**
   * Speed at which an edge is driven now, road events aside, metres a second: the free speed where
   * nothing was observed lately.
   */
  public double liveSpeedMps(int edge) {
    return liveSpeedMps(edge, upToMs);
  }

  /** The same at a later moment, when nothing is observed until then. */
  double liveSpeedMps(int edge, long atMs) {
    double free = network.edgeFreeSpeedMps(edge);
    return Float.isNaN(speedMps[edge])
        ? free
        : free + (speedMps[edge] - free) * remaining(edge, atMs);
  }

  /** The first edge from one on whose observed speed still counts; -1 when there is none. */
  public int nextObserved(int from) {
    return observed.nextSetBit(from);
  }

  /** Whether the observed speed of an edge still counts. */
  public boolean isObserved(int edge) {
    return observed.get(edge);
  }

  /**
   * Speed at which an edge was driven when it was last observed, metres a second, at least {@link
   * #MIN_SPEED_MPS}; without meaning where it was not.
   */
  public double observedSpeedMps(int edge) {
    return Math.max(MIN_SPEED_MPS, speedMps[edge]);
  }

  /** Seconds from when an edge was last observed to a moment; without meaning where it was not. */
  public double observationAgeS(int edge, long atMs) {
    return Math.max(0, atMs - observedAtMs[edge]) / 1e3;
  }

  /** How much an edge's observation still counts, 0 to 1. */
  public double remaining(int edge) {
    return remaining(edge, upToMs);
  }

  /** How many observations stand behind {@link #liveSpeedMps}; 0 for the free speed. */
  public int observations(int edge) {
    return observations[edge];
  }

  /** Share of the free speed that road events leave on an edge, 0 (closed) to 1. */
  public float eventFactor(int edge) {
    return eventFactor[edge];
  }

  /**
   * Travel time of every edge in seconds, infinite where it is closed, for the router. The array is
   * shared: it changes with the next delta and must not be written.
   */
  public float[] seconds() {
    return seconds;
  }

  /** Travel time of every edge on the empty road, seconds. Must not be written. */
  public float[] freeSeconds() {
    return freeSeconds;
  }

  /**
   * Speed over a leg off the road network, great-circle metres a second.
   *
   * @param straightM great-circle metres of the leg
   */
  public double offNetworkSpeedMps(double straightM) {
    return classSpeedMps(OffNetwork.classOf(straightM));
  }

  /** Speed of a class, of the nearest class with observations (of two the shorter), or fallback. */
  double classSpeedMps(int offNetworkClass) {
    for (int away = 0; away < OffNetwork.CLASSES; away++) {
      int shorter = offNetworkClass - away;
      if (shorter >= 0 && offNetworkObservations[shorter] > 0) {
        return offNetworkSpeedMps[shorter];
      }
      int longer = offNetworkClass + away;
      if (longer < OffNetwork.CLASSES && offNetworkObservations[longer] > 0) {
        return offNetworkSpeedMps[longer];
      }
    }
    return offNetworkFallbackMps;
  }

  int classObservations(int offNetworkClass) {
    return offNetworkObservations[offNetworkClass];
  }

  /** Number of the newest delta; 0 before the first. */
  public long epoch() {
    return epoch;
  }

  /** Event time up to which observations are in the weights, milliseconds since the epoch. */
  public long upToMs() {
    return upToMs;
  }

  /** Identity of the road network; empty without one. */
  public String networkId() {
    return networkId;
  }

  /** How often weights of another road network were left out. */
  public long resets() {
    return resets;
  }

  /** Numbers of the blocks to write to state after a delta was applied. */
  public static Set<Integer> blocksOf(WeightDelta delta) {
    Set<Integer> blocks = new TreeSet<>();
    blocks.add(OFF_NETWORK_BLOCK);
    for (int edge : delta.edges) {
      blocks.add(Math.floorDiv(edge, BLOCK_EDGES));
    }
    return blocks;
  }

  /** Content of a block, for state. */
  public WeightBlock block(int number) {
    WeightBlock block = new WeightBlock();
    block.epoch = epoch;
    block.upToMs = upToMs;
    block.networkId = networkId;
    if (number == OFF_NETWORK_BLOCK) {
      fillOffNetwork(block);
    } else {
      fill(block, number);
    }
    return block;
  }

  private void fillOffNetwork(WeightBlock block) {
    size(block, OffNetwork.CLASSES);
    for (int i = 0; i < OffNetwork.CLASSES; i++) {
      int offNetworkClass = OffNetwork.CLASSES - 1 - i;
      block.edges[i] = OffNetwork.edgeOf(offNetworkClass);
      block.speedMps[i] = offNetworkSpeedMps[offNetworkClass];
      block.observations[i] = offNetworkObservations[offNetworkClass];
      block.eventFactor[i] = 1;
    }
  }

  private void fill(WeightBlock block, int number) {
    int from = number * BLOCK_EDGES;
    int to = Math.min(from + BLOCK_EDGES, seconds.length);
    int count = 0;
    for (int e = from; e < to; e++) {
      count += differs(e) ? 1 : 0;
    }
    size(block, count);
    int at = 0;
    for (int e = from; e < to; e++) {
      if (differs(e)) {
        block.edges[at] = e;
        block.speedMps[at] = speedMps[e];
        block.observedAtMs[at] = observedAtMs[e];
        block.observations[at] = observations[e];
        block.eventFactor[at] = eventFactor[e];
        at++;
      }
    }
  }

  private boolean differs(int edge) {
    return !Float.isNaN(speedMps[edge]) || eventFactor[edge] != 1;
  }

  private static void size(WeightBlock block, int count) {
    block.edges = new int[count];
    block.speedMps = new float[count];
    block.observedAtMs = new long[count];
    block.observations = new int[count];
    block.eventFactor = new float[count];
  }

  /**
   * Takes all blocks back from state, in any order, into weights to which nothing was applied yet.
   * The edges of another road network are left out, and that is counted and logged once.
   *
   * @param blocks by their numbers
   * @return numbers of the blocks of another road network: they must be taken out of the state, or
   *     a return to that network would bring back what was true of it then
   */
  public Set<Integer> restore(Iterable<Map.Entry<Integer, WeightBlock>> blocks) {
    Set<Integer> foreign = new TreeSet<>();
    String foreignId = "";
    for (Map.Entry<Integer, WeightBlock> entry : blocks) {
      WeightBlock block = entry.getValue();
      epoch = Math.max(epoch, block.epoch);
      upToMs = Math.max(upToMs, block.upToMs);
      if (entry.getKey() == OFF_NETWORK_BLOCK || block.networkId.equals(networkId)) {
        take(block);
      } else {
        foreign.add(entry.getKey());
        foreignId = block.networkId;
      }
    }
    if (!foreign.isEmpty()) {
      forgotten(foreignId, epoch);
    }
    for (int e = 0; e < seconds.length; e++) {
      if (differs(e)) {
        refresh(e);
      }
    }
    age();
    return foreign;
  }

  private void take(WeightBlock block) {
    for (int i = 0; i < block.edges.length; i++) {
      int edge = block.edges[i];
      if (edge < 0) {
        if (block.observations[i] > 0) {
          putOffNetwork(edge, block.speedMps[i], block.observations[i]);
        }
        continue;
      }
      eventFactor[edge] = block.eventFactor[i];
      if (!Float.isNaN(block.speedMps[i])) {
        putObserved(edge, block.speedMps[i], block.observedAtMs[i], block.observations[i]);
      }
    }
  }
}
