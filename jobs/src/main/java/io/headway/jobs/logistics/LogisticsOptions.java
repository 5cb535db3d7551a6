// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.apache.flink.configuration.ConfigOptions.key;

import io.headway.functions.decision.DrawnTimes;
import io.headway.functions.release.BundledModels;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.connector.base.DeliveryGuarantee;

/**
 * Options of the logistics job. Each can be given as {@code -Dkey=value} to {@code flink run}, in
 * Flink's configuration file, or as {@code --key value} to the job itself, which wins.
 */
public final class LogisticsOptions {

  /** Where Kafka is. */
  public static final ConfigOption<String> BOOTSTRAP_SERVERS =
      key("headway.kafka.bootstrap-servers")
          .stringType()
          .noDefaultValue()
          .withDescription("Addresses of the Kafka brokers, host:port, separated by commas.");

  /** Consumer group. */
  public static final ConfigOption<String> GROUP_ID =
      key("headway.kafka.group-id")
          .stringType()
          .defaultValue("headway-logistics")
          .withDescription(
              "Consumer group whose committed offsets tell where to begin without a savepoint; without committed offsets the job begins at the earliest record.");

  /** Passed to every Kafka client. */
  public static final ConfigOption<Map<String, String>> KAFKA_PROPERTIES =
      key("headway.kafka.properties")
          .mapType()
          .defaultValue(Map.of())
          .withDescription(
              "Passed as they are to every Kafka consumer and producer, for instance headway.kafka.properties.security.protocol=SASL_SSL.");

  /** How often one decision may appear. */
  public static final ConfigOption<DeliveryGuarantee> DELIVERY_GUARANTEE =
      key("headway.delivery.guarantee")
          .enumType(DeliveryGuarantee.class)
          .defaultValue(DeliveryGuarantee.AT_LEAST_ONCE)
          .withDescription(
              "at-least-once: after a failure a decision may appear again, under the same id, and the last one wins. exactly-once: decisions and dead letters are written in transactions, and a consumer with isolation.level=read_committed sees each once, up to a checkpoint interval later.");

  /** Begins every transactional id. */
  public static final ConfigOption<String> TRANSACTIONAL_ID_PREFIX =
      key("headway.delivery.transactional-id-prefix")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "With exactly-once, begins the transactional ids: <prefix>-decisions..., <prefix>-dead-letters... and, where requests are recorded, <prefix>-decision-requests.... Without it the prefix is headway.kafka.group-id. Two jobs on the same brokers need two prefixes, or they fence each other off; a job that is restored keeps its prefix, or transactions that it left open are ended by their timeout only.");

  /** How long a transaction may last. */
  public static final ConfigOption<Duration> TRANSACTION_TIMEOUT =
      key("headway.delivery.transaction-timeout")
          .durationType()
          .defaultValue(Duration.ofMinutes(15))
          .withDescription(
              "With exactly-once, the broker aborts a transaction that is not committed after this long, and its decisions are lost. At submission it must be no more than the brokers' transaction.max.timeout.ms, and no less than two checkpoints at their slowest (execution.checkpointing.timeout twice, or the interval where that is longer than once) and two minutes for a restart together.");

  /** How records stand on the topics. */
  public static final ConfigOption<WireFormat> WIRE_FORMAT =
      key("headway.wire.format")
          .enumType(WireFormat.class)
          .defaultValue(WireFormat.SINGLE_OBJECT)
          .withDescription(
              "single-object: Avro single-object encoding, which needs no registry. confluent: Confluent's wire format with a schema registry, in both directions; inputs in single-object encoding are read too.");

  /** Where the schema registry is. */
  public static final ConfigOption<String> REGISTRY_URL =
      key("headway.registry.url")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "With headway.wire.format confluent, root of the schema registry's API in Confluent's form, for instance http://registry:8081 or http://apicurio:8080/apis/ccompat/v7.");

  /** Settings of the schema registry's client. */
  public static final ConfigOption<Map<String, String>> REGISTRY_CLIENT =
      key("headway.registry.client")
          .mapType()
          .defaultValue(Map.of())
          .withDescription(
              "How to get into the schema registry: headway.registry.client.basic.auth.username and .basic.auth.password, or .bearer.auth.token; and the ssl.* settings of Kafka's clients for key store and trust store, for instance headway.registry.client.ssl.truststore.location. Files are read where the job is submitted and on every TaskManager.");

  /** Where the road network is. */
  public static final ConfigOption<String> ROADS_URI =
      key("headway.roads.uri")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The *.roads file, by any of Flink's file systems (file:, s3:, hdfs: ...). Without it every vehicle is served off the road network: great-circle distances and learned speeds.");

  /** Which road network it must be. */
  public static final ConfigOption<String> ROADS_ID =
      key("headway.roads.id")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Identity that the road network must have, as './headway roads show' prints it; another one is refused. Without it any network is taken.");

  /** Speed of time. */
  public static final ConfigOption<Double> CLOCK_SPEED_UP =
      key("headway.clock.speed-up")
          .doubleType()
          .defaultValue(1.0)
          .withDescription(
              "How many seconds of event time pass in a second; other than 1 only for replays, together with the two origins.");

  /** Event time at the origin. */
  public static final ConfigOption<Long> CLOCK_EVENT_ORIGIN =
      key("headway.clock.event-origin-ms")
          .longType()
          .noDefaultValue()
          .withDescription(
              "Event time, in milliseconds since the epoch, at headway.clock.wall-origin-ms. Without it the system clock tells what is in the future.");

  /** Wall time at the origin. */
  public static final ConfigOption<Long> CLOCK_WALL_ORIGIN =
      key("headway.clock.wall-origin-ms")
          .longType()
          .noDefaultValue()
          .withDescription(
              "Wall time, in milliseconds since the epoch, at which event time was headway.clock.event-origin-ms.");

  /** How far ahead a record may be. */
  public static final ConfigOption<Duration> FUTURE_ALLOWANCE =
      key("headway.input.future-allowance")
          .durationType()
          .defaultValue(Duration.ofMinutes(1))
          .withDescription(
              "How far ahead of the clock an event time may be; a record further ahead is dead-lettered with cause FUTURE and does not move the watermark.");

  /** Largest input. */
  public static final ConfigOption<Integer> MAX_RECORD_BYTES =
      key("headway.input.max-record-bytes")
          .intType()
          .defaultValue(65_536)
          .withDescription(
              "Largest record that is decoded; a larger one is dead-lettered with cause OVERSIZED.");

  /** How much disorder is put right. */
  public static final ConfigOption<Duration> OUT_OF_ORDERNESS =
      key("headway.telemetry.out-of-orderness")
          .durationType()
          .defaultValue(Duration.ofSeconds(5))
          .withDescription(
              "How far telemetry may be out of order. Positions wait this long (in event time) to be put in order; what comes later still is dead-lettered with cause LATE.");

  /** When a silent partition of telemetry is left out. */
  public static final ConfigOption<Duration> TELEMETRY_IDLE_TIMEOUT =
      key("headway.telemetry.idle-timeout")
          .durationType()
          .defaultValue(Duration.ofSeconds(10))
          .withDescription(
              "A partition of telemetry without records for this long (in wall time) holds no watermark back.");

  /** When a silent partition of shipments or road events is left out. */
  public static final ConfigOption<Duration> EVENTS_IDLE_TIMEOUT =
      key("headway.events.idle-timeout")
          .durationType()
          .defaultValue(Duration.ofSeconds(1))
          .withDescription(
              "A partition of shipments or road events without records for this long (in wall time) holds no watermark back. Short, since they are few and take effect when they arrive.");

  /** How far sources may drift apart. */
  public static final ConfigOption<Duration> ALIGNMENT_DRIFT =
      key("headway.watermarks.alignment-drift")
          .durationType()
          .defaultValue(Duration.ofMinutes(1))
          .withDescription(
              "How far telemetry and shipments may drift apart in event time before the faster one waits, for instance after a long stop.");

  /** When a silent vehicle is forgotten. */
  public static final ConfigOption<Duration> VEHICLE_IDLE_TIMEOUT =
      key("headway.vehicle.idle-timeout")
          .durationType()
          .defaultValue(Duration.ofHours(24))
          .withDescription(
              "A vehicle without records for this long (in event time) is forgotten, with its plan.");

  /** When a vehicle without plan is reported. */
  public static final ConfigOption<Duration> NO_PLAN_TIMEOUT =
      key("headway.vehicle.no-plan-timeout")
          .durationType()
          .defaultValue(Duration.ofHours(1))
          .withDescription(
              "A vehicle that sends telemetry for this long (in event time) and gets no plan is reported: its newest record is dead-lettered with cause NO_PLAN.");

  /** Length of the edge speed window. */
  public static final ConfigOption<Duration> TRAFFIC_WINDOW =
      key("headway.traffic.window")
          .durationType()
          .defaultValue(Duration.ofMinutes(1))
          .withDescription("Window of event time over which the speeds of an edge are averaged.");

  /** How fast observed speeds age. */
  public static final ConfigOption<Duration> TRAFFIC_HALF_LIFE =
      key("headway.traffic.half-life")
          .durationType()
          .defaultValue(Duration.ofMinutes(15))
          .withDescription(
              "Half of the difference between an edge's observed and usual speed is gone after this long (in event time) without a new observation.");

  /** Length of the trip feature window. */
  public static final ConfigOption<Duration> TRIP_WINDOW =
      key("headway.trip.window")
          .durationType()
          .defaultValue(Duration.ofMinutes(10))
          .withDescription("Window of event time over which a vehicle's pace is measured.");

  /** Regular look at every plan. */
  public static final ConfigOption<Duration> PERIODIC_LOOK =
      key("headway.plan.periodic-look")
          .durationType()
          .defaultValue(Duration.ofMinutes(5))
          .withDescription(
              "Every plan is looked at this often (in event time) even when nothing happened.");

  /** Least time between looks for one cause. */
  public static final ConfigOption<Duration> TRIGGER_INTERVAL =
      key("headway.plan.trigger-interval")
          .durationType()
          .defaultValue(Duration.ofSeconds(5))
          .withDescription(
              "Least event time between two requests for one vehicle that have the same cause, so that a chattering cause does not flood the model.");

  /** Route off the network. */
  public static final ConfigOption<Double> DETOUR_FACTOR =
      key("headway.plan.off-network-detour-factor")
          .doubleType()
          .defaultValue(1.3)
          .withDescription(
              "Way over great-circle distance where no road network is known, at least 1; learned travel times do not depend on it.");

  /** Speed off the network before anything was learned. */
  public static final ConfigOption<Double> OFF_NETWORK_SPEED =
      key("headway.plan.off-network-speed-mps")
          .doubleType()
          .defaultValue(8.0)
          .withDescription(
              "Speed along the way off the road network until speeds were learned, in metres a second. They are learned from the legs that the fleet completes, by great-circle distance.");

  /** Which model is asked. */
  public static final ConfigOption<String> MODEL_NAME =
      key("headway.model.name")
          .stringType()
          .defaultValue(BundledModels.SCENARIO)
          .withDescription(
              "Name of the model that is asked for scenarios. One called scenario comes with the job; of others, and of later versions, what stands on the topic model-releases is asked. Without any, and whenever it does not answer, the baseline decides.");

  /** Whether the job's own model is asked. */
  public static final ConfigOption<Boolean> MODEL_BUNDLED =
      key("headway.model.bundled")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "Whether the model that comes with the job is asked, where headway.model.name is its name and the topic model-releases does not say otherwise.");

  /** When the baseline answers instead. */
  public static final ConfigOption<Duration> MODEL_DEADLINE =
      key("headway.model.deadline")
          .durationType()
          .defaultValue(Duration.ofMillis(250))
          .withDescription(
              "How long a request waits for the model; then the baseline decides, and the decision says so.");

  /** How long a batch waits to be filled. */
  public static final ConfigOption<Duration> MODEL_LINGER =
      key("headway.model.linger")
          .durationType()
          .defaultValue(Duration.ofMillis(2))
          .withDescription(
              "How long the first request of a batch waits for others, at most; shorter than headway.model.deadline.");

  /** Size of a batch. */
  public static final ConfigOption<Integer> MODEL_BATCH_SIZE =
      key("headway.model.max-batch-size")
          .intType()
          .defaultValue(64)
          .withDescription("Most requests that one run of the model answers.");

  /** Batches at once. */
  public static final ConfigOption<Integer> MODEL_THREADS =
      key("headway.model.threads")
          .intType()
          .defaultValue(1)
          .withDescription("How many batches each subtask runs at once, on a thread each.");

  /** Requests at once. */
  public static final ConfigOption<Integer> MODEL_CAPACITY =
      key("headway.model.capacity")
          .intType()
          .defaultValue(1_024)
          .withDescription(
              "How many requests of each subtask are under way at most, before its input waits; at least headway.model.max-batch-size.");

  /** Scenarios a request. */
  public static final ConfigOption<Integer> MODEL_SCENARIOS =
      key("headway.model.scenarios")
          .intType()
          .defaultValue(DrawnTimes.COUNT)
          .withDescription(
              "Over how many of the scenarios that a model draws for a request its candidates are costed, from 2 to 256.");

  /** Scenarios in a decision. */
  public static final ConfigOption<Integer> SCENARIO_SAMPLES =
      key("headway.decisions.scenario-samples")
          .intType()
          .defaultValue(0)
          .withDescription(
              "How many of the model's scenarios a decision shows, from 0 to 64: what it costs in each, and when each stop is reached.");

  /** Whether requests are recorded. */
  public static final ConfigOption<Boolean> DECISION_REQUESTS =
      key("headway.decision-requests.enabled")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "Whether every decision request is written to the topic decision-requests, for audit, replay and training: a request holds all that its decision depends on. Once switched on, a savepoint or checkpoint holds the state of that sink, and a job without it starts from one only with execution.state-recovery.ignore-unclaimed-state (flink run --allowNonRestoredState).");

  /** Size of a dead letter. */
  public static final ConfigOption<Integer> DEAD_LETTER_PAYLOAD_BYTES =
      key("headway.dead-letters.max-payload-bytes")
          .intType()
          .defaultValue(16_384)
          .withDescription(
              "Largest input that a dead letter holds whole; of a larger one it holds this much of its beginning, its length and its SHA-256.");

  private LogisticsOptions() {}

  /** Every option. */
  static List<ConfigOption<?>> all() {
    return List.of(
        BOOTSTRAP_SERVERS,
        GROUP_ID,
        KAFKA_PROPERTIES,
        DELIVERY_GUARANTEE,
        TRANSACTIONAL_ID_PREFIX,
        TRANSACTION_TIMEOUT,
        WIRE_FORMAT,
        REGISTRY_URL,
        REGISTRY_CLIENT,
        ROADS_URI,
        ROADS_ID,
        CLOCK_SPEED_UP,
        CLOCK_EVENT_ORIGIN,
        CLOCK_WALL_ORIGIN,
        FUTURE_ALLOWANCE,
        MAX_RECORD_BYTES,
        OUT_OF_ORDERNESS,
        TELEMETRY_IDLE_TIMEOUT,
        EVENTS_IDLE_TIMEOUT,
        ALIGNMENT_DRIFT,
        VEHICLE_IDLE_TIMEOUT,
        NO_PLAN_TIMEOUT,
        TRAFFIC_WINDOW,
        TRAFFIC_HALF_LIFE,
        TRIP_WINDOW,
        PERIODIC_LOOK,
        TRIGGER_INTERVAL,
        DETOUR_FACTOR,
        OFF_NETWORK_SPEED,
        MODEL_NAME,
        MODEL_BUNDLED,
        MODEL_DEADLINE,
        MODEL_LINGER,
        MODEL_BATCH_SIZE,
        MODEL_THREADS,
        MODEL_CAPACITY,
        MODEL_SCENARIOS,
        SCENARIO_SAMPLES,
        DECISION_REQUESTS,
        DEAD_LETTER_PAYLOAD_BYTES);
  }
}
