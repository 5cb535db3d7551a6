// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import io.headway.functions.decision.DrawnTimes;
import io.headway.functions.decision.ImagineSettings;
import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.ingest.StreamClock;
import io.headway.functions.plan.PlanSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.description.HtmlFormatter;

/**
 * The options of the logistics job, read and checked before anything runs. Immutable.
 *
 * @param clock tells what is in the future
 * @param futureAllowance how far ahead of the clock an event time may be
 * @param maxRecordBytes largest input that is decoded
 * @param deadLetterPayloadBytes largest input that a dead letter holds whole
 * @param outOfOrderness how far telemetry may be out of order
 * @param telemetryIdleTimeout a partition of telemetry silent for this long holds nothing back
 * @param eventsIdleTimeout a partition of shipments or road events silent for this long holds
 *     nothing back
 * @param alignmentDrift how far telemetry and shipments may drift apart
 * @param vehicleIdleTimeout a vehicle silent for this long is forgotten
 * @param trafficWindow window over which an edge's speeds are averaged
 * @param trafficHalfLife after which half of what was observed is forgotten
 * @param tripWindow window over which a vehicle's pace is measured
 * @param offNetworkSpeedMps speed off the road network before any was learned
 * @param roadsUri the road network; null to run without one
 * @param roadsId identity that the road network must have; null for any
 * @param plan settings of planning
 * @param modelName which model is asked for scenarios
 * @param modelBundled whether that may be the one that comes with the job
 * @param imagine how it is asked
 * @param modelCapacity how many requests of a subtask are under way at most
 * @param decisionRequests whether requests are recorded on their topic
 * @param delivery how often a decision may appear
 * @param wire how records stand on the topics
 */
record LogisticsSettings(
    StreamClock clock,
    Duration futureAllowance,
    int maxRecordBytes,
    int deadLetterPayloadBytes,
    Duration outOfOrderness,
    Duration telemetryIdleTimeout,
    Duration eventsIdleTimeout,
    Duration alignmentDrift,
    Duration vehicleIdleTimeout,
    Duration trafficWindow,
    Duration trafficHalfLife,
    Duration tripWindow,
    double offNetworkSpeedMps,
    String roadsUri,
    String roadsId,
    PlanSettings plan,
    String modelName,
    boolean modelBundled,
    ImagineSettings imagine,
    int modelCapacity,
    boolean decisionRequests,
    Delivery delivery,
    Wire wire) {

  private static final String PREFIX = "headway.";

  /** The model is small: a batch a thread wins over many threads a batch. */
  private static final int INTRA_OP_THREADS = 1;

  private static final Duration LONGEST = Duration.ofDays(365);

  private static final List<ConfigOption<Duration>> MAY_BE_NOTHING =
      List.of(
          LogisticsOptions.FUTURE_ALLOWANCE,
          LogisticsOptions.OUT_OF_ORDERNESS,
          LogisticsOptions.TRIGGER_INTERVAL,
          LogisticsOptions.MODEL_LINGER);

  private static final List<ConfigOption<Duration>> LONGER_THAN_NOTHING =
      List.of(
          LogisticsOptions.TELEMETRY_IDLE_TIMEOUT,
          LogisticsOptions.EVENTS_IDLE_TIMEOUT,
          LogisticsOptions.ALIGNMENT_DRIFT,
          LogisticsOptions.VEHICLE_IDLE_TIMEOUT,
          LogisticsOptions.NO_PLAN_TIMEOUT,
          LogisticsOptions.TRAFFIC_WINDOW,
          LogisticsOptions.TRAFFIC_HALF_LIFE,
          LogisticsOptions.TRIP_WINDOW,
          LogisticsOptions.PERIODIC_LOOK,
          LogisticsOptions.MODEL_DEADLINE,
          LogisticsOptions.TRANSACTION_TIMEOUT);

  /**
   * Reads and checks the options.
   *
   * @param config the options, and anything else
   * @throws IllegalArgumentException when an option is unknown, missing or out of its range; all
   *     that is wrong is named at once
   */
  static LogisticsSettings of(Configuration config) {
    List<String> faults = new ArrayList<>();
    unknownKeys(config, faults);
    unreadable(config, faults);
    refuse(faults);
    for (ConfigOption<Duration> option : MAY_BE_NOTHING) {
      within(config, option, Duration.ZERO, faults);
    }
    for (ConfigOption<Duration> option : LONGER_THAN_NOTHING) {
      within(config, option, Duration.ofMillis(1), faults);
    }
    within(config, LogisticsOptions.MAX_RECORD_BYTES, 1, 16 << 20, faults);
    within(config, LogisticsOptions.DEAD_LETTER_PAYLOAD_BYTES, 0, 1 << 19, faults);
    within(config, LogisticsOptions.DETOUR_FACTOR, 1, 10, faults);
    within(config, LogisticsOptions.OFF_NETWORK_SPEED, 0.1, 100, faults);
    within(config, LogisticsOptions.CLOCK_SPEED_UP, 1e-3, 1e6, faults);
    within(config, LogisticsOptions.MODEL_SCENARIOS, 2, DrawnTimes.COUNT, faults);
    within(config, LogisticsOptions.SCENARIO_SAMPLES, 0, ImagineSettings.SAMPLES_MAX, faults);
    originsTogether(config, faults);
    ImagineSettings imagine = imagine(config, faults);
    Delivery delivery = Delivery.of(config, faults);
    Wire wire = Wire.of(config, faults);
    notUnaligned(config, faults);
    refuse(faults);
    return new LogisticsSettings(
        clock(config),
        config.get(LogisticsOptions.FUTURE_ALLOWANCE),
        config.get(LogisticsOptions.MAX_RECORD_BYTES),
        config.get(LogisticsOptions.DEAD_LETTER_PAYLOAD_BYTES),
        config.get(LogisticsOptions.OUT_OF_ORDERNESS),
        config.get(LogisticsOptions.TELEMETRY_IDLE_TIMEOUT),
        config.get(LogisticsOptions.EVENTS_IDLE_TIMEOUT),
        config.get(LogisticsOptions.ALIGNMENT_DRIFT),
        config.get(LogisticsOptions.VEHICLE_IDLE_TIMEOUT),
        config.get(LogisticsOptions.TRAFFIC_WINDOW),
        config.get(LogisticsOptions.TRAFFIC_HALF_LIFE),
        config.get(LogisticsOptions.TRIP_WINDOW),
        config.get(LogisticsOptions.OFF_NETWORK_SPEED),
        config.get(LogisticsOptions.ROADS_URI),
        config.get(LogisticsOptions.ROADS_ID),
        PlanSettings.builder()
            .vehicleIdle(config.get(LogisticsOptions.VEHICLE_IDLE_TIMEOUT))
            .noPlan(config.get(LogisticsOptions.NO_PLAN_TIMEOUT))
            .periodicLook(config.get(LogisticsOptions.PERIODIC_LOOK))
            .triggerInterval(config.get(LogisticsOptions.TRIGGER_INTERVAL))
            .offNetworkDetourFactor(config.get(LogisticsOptions.DETOUR_FACTOR))
            .offNetworkSpeedMps(config.get(LogisticsOptions.OFF_NETWORK_SPEED))
            .build(),
        config.get(LogisticsOptions.MODEL_NAME),
        config.get(LogisticsOptions.MODEL_BUNDLED),
        imagine,
        config.get(LogisticsOptions.MODEL_CAPACITY),
        config.get(LogisticsOptions.DECISION_REQUESTS),
        delivery,
        wire);
  }

  private static ImagineSettings imagine(ReadableConfig config, List<String> faults) {
    int capacity = config.get(LogisticsOptions.MODEL_CAPACITY);
    String name = config.get(LogisticsOptions.MODEL_NAME);
    if (!ModelReference.isName(name)) {
      faults.add(
          "%s is '%s', so no release could be of it; give 1 to 100 letters, digits, '.', '_' or '-', without a version."
              .formatted(LogisticsOptions.MODEL_NAME.key(), name));
    }
    try {
      BatchSettings batching =
          new BatchSettings(
              config.get(LogisticsOptions.MODEL_BATCH_SIZE),
              config.get(LogisticsOptions.MODEL_LINGER),
              config.get(LogisticsOptions.MODEL_DEADLINE),
              capacity,
              config.get(LogisticsOptions.MODEL_THREADS));
      return new ImagineSettings(
          config.get(LogisticsOptions.MODEL_SCENARIOS),
          config.get(LogisticsOptions.SCENARIO_SAMPLES),
          batching,
          INTRA_OP_THREADS);
    } catch (IllegalArgumentException e) {
      faults.add("headway.model.*: " + e.getMessage());
      return null;
    }
  }

  /** Says all that is wrong at once; does nothing when nothing is. */
  static void refuse(List<String> faults) {
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(
          "The logistics job cannot be submitted:\n  " + String.join("\n  ", faults));
    }
  }

  private static void unreadable(ReadableConfig config, List<String> faults) {
    for (ConfigOption<?> option : LogisticsOptions.all()) {
      try {
        config.getOptional(option);
      } catch (IllegalArgumentException e) {
        faults.add(
            e.getMessage() + " Its meaning: " + new HtmlFormatter().format(option.description()));
      }
    }
  }

  private static StreamClock clock(ReadableConfig config) {
    Long eventOrigin = config.get(LogisticsOptions.CLOCK_EVENT_ORIGIN);
    return eventOrigin == null
        ? StreamClock.system()
        : StreamClock.scaled(
            eventOrigin,
            config.get(LogisticsOptions.CLOCK_WALL_ORIGIN),
            config.get(LogisticsOptions.CLOCK_SPEED_UP));
  }

  private static void unknownKeys(Configuration config, List<String> faults) {
    Set<String> known = new TreeSet<>();
    LogisticsOptions.all().forEach(option -> known.add(option.key()));
    for (String key : new TreeSet<>(config.keySet())) {
      boolean passed =
          Stream.of(LogisticsOptions.KAFKA_PROPERTIES, LogisticsOptions.REGISTRY_CLIENT)
              .anyMatch(option -> key.startsWith(option.key() + "."));
      if (key.startsWith(PREFIX) && !known.contains(key) && !passed) {
        faults.add(
            "%s is no option, so its value '%s' would do nothing; the options are %s."
                .formatted(key, config.getString(key, ""), known));
      }
    }
  }

  private static void notUnaligned(ReadableConfig config, List<String> faults) {
    if (config.get(CheckpointingOptions.ENABLE_UNALIGNED)) {
      faults.add(
          "%s is true, but an unaligned checkpoint of this job can wait for itself, and nothing is decided until it times out; set it to false for this job, and %s to true for every TaskManager, so that aligned ones are quick."
              .formatted(
                  CheckpointingOptions.ENABLE_UNALIGNED.key(),
                  TaskManagerOptions.BUFFER_DEBLOAT_ENABLED.key()));
    }
  }

  private static void originsTogether(ReadableConfig config, List<String> faults) {
    boolean event = config.getOptional(LogisticsOptions.CLOCK_EVENT_ORIGIN).isPresent();
    boolean wall = config.getOptional(LogisticsOptions.CLOCK_WALL_ORIGIN).isPresent();
    if (event != wall) {
      faults.add(
          "Only one of %s and %s is set, so event time cannot be told from wall time; set both or none."
              .formatted(
                  LogisticsOptions.CLOCK_EVENT_ORIGIN.key(),
                  LogisticsOptions.CLOCK_WALL_ORIGIN.key()));
    }
    if (!event && config.get(LogisticsOptions.CLOCK_SPEED_UP) != 1) {
      faults.add(
          "%s is %s without %s, so it would do nothing; set both origins too."
              .formatted(
                  LogisticsOptions.CLOCK_SPEED_UP.key(),
                  config.get(LogisticsOptions.CLOCK_SPEED_UP),
                  LogisticsOptions.CLOCK_EVENT_ORIGIN.key()));
    }
  }

  private static void within(
      ReadableConfig config, ConfigOption<Duration> option, Duration least, List<String> faults) {
    Duration value = config.get(option);
    if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
      faults.add(outOfRange(option, value, least, LONGEST));
    }
  }

  private static <N extends Number> void within(
      ReadableConfig config, ConfigOption<N> option, double low, double high, List<String> faults) {
    double value = config.get(option).doubleValue();
    if (!(value >= low && value <= high)) {
      faults.add(outOfRange(option, value, low, high));
    }
  }

  private static String outOfRange(ConfigOption<?> option, Object value, Object low, Object high) {
    return "%s is %s, so the job cannot keep to it; set it from %s to %s. Its meaning: %s"
        .formatted(
            option.key(), value, low, high, new HtmlFormatter().format(option.description()));
  }
}
