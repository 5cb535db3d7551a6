// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import io.headway.functions.decision.ApplyBounds;
import io.headway.functions.decision.DrawnTimes;
import io.headway.functions.decision.ImagineAndCost;
import io.headway.functions.decision.Imagined;
import io.headway.functions.decision.TakeAppraisals;
import io.headway.functions.fusion.FuseVehicle;
import io.headway.functions.fusion.FusedFix;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.stream.ModelFiles;
import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Decode;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.functions.ingest.OutputSerializer;
import io.headway.functions.ingest.Watermarks;
import io.headway.functions.memory.NativeMemory;
import io.headway.functions.plan.LocateEvent;
import io.headway.functions.plan.PlanAndTrigger;
import io.headway.functions.plan.PlanRoute;
import io.headway.functions.plan.TileEvent;
import io.headway.functions.plan.TouchedVehicles;
import io.headway.functions.plan.VehicleUpdate;
import io.headway.functions.release.BundledModels;
import io.headway.functions.release.JudgeReleases;
import io.headway.functions.release.ModelReleases;
import io.headway.functions.release.ModelUse;
import io.headway.functions.release.Releases;
import io.headway.functions.release.VerifyRelease;
import io.headway.functions.roads.RoadNetworks;
import io.headway.functions.traffic.ControlUpdate;
import io.headway.functions.traffic.EdgeMean;
import io.headway.functions.traffic.EdgeSpeed;
import io.headway.functions.traffic.ToControlUpdate;
import io.headway.functions.traffic.TripFeatures;
import io.headway.functions.traffic.TripFeaturesWindow;
import io.headway.functions.traffic.WeightDelta;
import io.headway.functions.traffic.WeightEpoch;
import io.headway.schemas.Appraisal;
import io.headway.schemas.Bounds;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Shipment;
import io.headway.schemas.Telemetry;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.BroadcastStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.util.ParameterTool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps every vehicle's plan right: telemetry, shipments and road events in, bounded and explained
 * decisions out. See {@code docs/logistics.md} and {@link LogisticsOptions}.
 */
public final class LogisticsJob {
  /** Name of the job in the web UI. */
  public static final String NAME = "headway-logistics";

  /** With many divisors, so that keys spread evenly at most parallelisms. */
  private static final int MAX_PARALLELISM = 720;

  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

  /**
   * Half of Flink's default: two of them and a restart fit into what brokers allow a transaction.
   */
  private static final Duration CHECKPOINT_TIMEOUT = Duration.ofMinutes(5);

  /** Six hours of checkpoints that time out, or 12 min of ones that fail at once. */
  private static final int TOLERABLE_FAILURES = 72;

  /** Flink's default of 100 ms a hop would be most of a decision's latency. */
  private static final Duration BUFFER_TIMEOUT = Duration.ofMillis(5);

  private static final Duration WATERMARK_INTERVAL = Duration.ofMillis(50);
  private static final Duration ALIGNMENT_INTERVAL = Duration.ofMillis(200);
  private static final String ALIGNMENT_GROUP = "vehicles";

  /** For a file of a model to come and be opened. */
  private static final Duration MODEL_FILE_TIMEOUT = Duration.ofMinutes(2);

  private static final int MODEL_FILES_AT_ONCE = 10;

  /** The engine keeps deadlines; Flink needs no timer of its own for each request. */
  private static final long NO_TIMEOUT = 0;

  private static final Logger LOG = LoggerFactory.getLogger(LogisticsJob.class);

  private LogisticsJob() {}

  /** What the job reads, each with event time assigned. */
  public record Sources(
      DataStream<Inbound<Telemetry>> telemetry,
      DataStream<Inbound<Shipment>> shipments,
      DataStream<Inbound<RoadEvent>> roadEvents,
      DataStream<Inbound<Bounds>> bounds,
      DataStream<Inbound<ModelRelease>> modelReleases) {}

  /**
   * What the job writes.
   *
   * @param decisionRequests null when requests are not recorded
   */
  public record Sinks(
      Sink<Decision> decisions,
      Sink<DecisionRequest> decisionRequests,
      Sink<DeadLetter> deadLetters,
      Sink<ModelRelease> modelReleases) {}

  /**
   * Submits the job.
   *
   * @param args options as {@code --key value}; they win over Flink's configuration
   */
  public static void main(String[] args) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    Configuration config = Configuration.fromMap(env.getConfiguration().toMap());
    config.addAll(ParameterTool.fromArgs(args).getConfiguration());
    build(env, config);
    env.execute(NAME);
  }

  /**
   * Adds the job to an environment, reading from and writing to Kafka.
   *
   * @param env what the job needs of it is set where the configuration leaves it open
   * @param config the options of {@link LogisticsOptions} and of Flink
   * @throws IllegalArgumentException when an option is unknown, missing or out of its range; when
   *     the road network and the model do not fit into the native memory that the configuration
   *     gives to a TaskManager; for exactly-once, when the brokers do not allow it or do not
   *     answer; for Confluent's format, when the schema registry does not take the job's schemas or
   *     does not answer
   */
  public static void build(StreamExecutionEnvironment env, Configuration config) {
    LogisticsSettings settings = LogisticsSettings.of(config);
    KafkaEnds kafka = new KafkaEnds(config);
    prepare(env, config);
    checkNativeMemory(settings, config);
    adviseBufferDebloating(config);
    settings.delivery().check(env.getCheckpointConfig(), kafka.client());
    Wire.Ids ids = settings.wire().register(settings.decisionRequests());
    DeadLetters letters = new DeadLetters(settings.deadLetterPayloadBytes());
    configure(
        new Sources(
            kafka.source(
                env,
                InputType.TELEMETRY,
                settings,
                letters,
                aligned(
                    InputType.TELEMETRY,
                    settings,
                    settings.outOfOrderness(),
                    settings.telemetryIdleTimeout())),
            kafka.source(
                env,
                InputType.SHIPMENTS,
                settings,
                letters,
                aligned(
                    InputType.SHIPMENTS, settings, Duration.ZERO, settings.eventsIdleTimeout())),
            kafka.source(
                env,
                InputType.ROAD_EVENTS,
                settings,
                letters,
                following(
                    InputType.ROAD_EVENTS, settings, Duration.ZERO, settings.eventsIdleTimeout())),
            kafka.source(
                env,
                InputType.BOUNDS,
                settings,
                letters,
                Watermarks.standingAside(InputType.BOUNDS)),
            kafka.source(
                env,
                InputType.MODEL_RELEASES,
                settings,
                letters,
                Watermarks.standingAside(InputType.MODEL_RELEASES))),
        new Sinks(
            kafka.sink(
                Topics.DECISIONS.name(),
                OutputSerializer.ofDecisions(Topics.DECISIONS.name(), ids.decisions()),
                settings.delivery()),
            settings.decisionRequests()
                ? kafka.sink(
                    Topics.DECISION_REQUESTS.name(),
                    OutputSerializer.ofDecisionRequests(
                        Topics.DECISION_REQUESTS.name(), ids.decisionRequests()),
                    settings.delivery())
                : null,
            kafka.sink(
                Topics.DEAD_LETTERS.name(),
                OutputSerializer.ofDeadLetters(Topics.DEAD_LETTERS.name(), ids.deadLetters()),
                settings.delivery()),
            kafka.controlSink(OutputSerializer.ofModelReleases(Topics.MODEL_RELEASES.name()))),
        settings,
        kafka.released(settings, letters));
  }

  /**
   * Adds the job to an environment, with streams and sinks of the caller's own: for simulations.
   *
   * @param config as for {@link #build(StreamExecutionEnvironment, Configuration)}; what it says of
   *     Kafka is left aside
   * @throws IllegalArgumentException when an option is unknown or out of its range
   */
  public static void build(
      StreamExecutionEnvironment env, Configuration config, Sources in, Sinks out) {
    LogisticsSettings settings = LogisticsSettings.of(config);
    prepare(env, config);
    configure(in, out, settings, List.of());
  }

  /**
   * Says at submission what the TaskManagers would say at their start, as far as it is known here:
   * the network may be out of reach, and the TaskManagers configured elsewhere.
   */
  private static void checkNativeMemory(LogisticsSettings settings, ReadableConfig config) {
    if (config.getOptional(TaskManagerOptions.TASK_OFF_HEAP_MEMORY).isEmpty()) {
      return;
    }
    Map<String, Long> needs = new HashMap<>();
    if (settings.roadsUri() != null) {
      try {
        needs.putAll(RoadNetworks.nativeMemory(settings.roadsUri()));
      } catch (IOException e) {
        LOG.info(
            "Whether {} fits into a TaskManager will show there: {}",
            settings.roadsUri(),
            e.getMessage());
      }
    }
    if (settings.modelBundled() && settings.modelName().equals(BundledModels.SCENARIO)) {
      try {
        needs.putAll(
            ModelFiles.nativeMemory(
                Releases.reference(Releases.version(BundledModels.scenario())),
                DrawnTimes.SIGNATURE,
                settings.imagine().batching(),
                config.get(TaskManagerOptions.NUM_TASK_SLOTS)));
      } catch (ModelException e) {
        throw new IllegalStateException("The model that comes with the job is not in its jar.", e);
      }
    }
    NativeMemory.shortfall(needs, config)
        .ifPresent(fault -> LogisticsSettings.refuse(List.of(fault)));
  }

  /**
   * The whole topology. {@code docs/logistics.md} draws it.
   *
   * @param in what it reads, with event time assigned
   * @param out what it writes
   * @param released what had been released before the job starts
   */
  static void configure(
      Sources in, Sinks out, LogisticsSettings settings, List<ModelRelease> released) {
    DeadLetters letters = new DeadLetters(settings.deadLetterPayloadBytes());
    String roadsUri = settings.roadsUri();
    String roadsId = settings.roadsId();
    List<ModelRelease> bundled =
        settings.modelBundled() ? List.of(BundledModels.scenario()) : List.of();
    ModelUse model =
        new ModelUse(
            settings.modelName(),
            DrawnTimes.SIGNATURE,
            settings.imagine().intraOpThreads(),
            Stream.concat(bundled.stream(), released.stream()).toList());

    var telemetry = decode("DecodeTelemetry", in.telemetry(), InputType.TELEMETRY, letters);
    var shipments = decode("DecodeShipments", in.shipments(), InputType.SHIPMENTS, letters);
    var roadEvents = decode("DecodeRoadEvents", in.roadEvents(), InputType.ROAD_EVENTS, letters);
    var bounds = decode("DecodeBounds", in.bounds(), InputType.BOUNDS, letters);
    // One after the other, and apart from the source, which keeps the job's parallelism.
    var verified =
        named(
                "VerifyRelease",
                AsyncDataStream.unorderedWait(
                    in.modelReleases(),
                    new VerifyRelease(model),
                    MODEL_FILE_TIMEOUT.toMillis(),
                    TimeUnit.MILLISECONDS,
                    MODEL_FILES_AT_ONCE))
            .startNewChain()
            .forceNonParallel();
    var modelReleases =
        decode("DecodeModelReleases", verified, InputType.MODEL_RELEASES, letters)
            .forceNonParallel();

    SingleOutputStreamOperator<FusedFix> fixes =
        named(
            "FuseVehicle",
            telemetry
                .keyBy(input -> input.value().getVehicleId())
                .process(
                    new FuseVehicle(roadsUri, roadsId, settings.vehicleIdleTimeout(), letters)));

    SingleOutputStreamOperator<VehicleUpdate> plans =
        named(
            "PlanRoute",
            fixes
                .connect(shipments)
                .keyBy(fix -> fix.vehicleId, input -> input.value().getVehicleId(), Types.STRING)
                .process(new PlanRoute(settings.plan(), letters, roadsUri, roadsId)));

    SingleOutputStreamOperator<EdgeMean> edgeSpeeds =
        named(
            "EdgeSpeed",
            fixes
                .getSideOutput(FuseVehicle.OBSERVATIONS)
                .union(plans.getSideOutput(PlanRoute.LEGS))
                .keyBy(observation -> observation.edge)
                .window(TumblingEventTimeWindows.of(settings.trafficWindow()))
                .aggregate(new EdgeSpeed(), new EdgeSpeed.AtWindowEnd()));

    SingleOutputStreamOperator<TileEvent> eventTiles =
        named(
            "LocateEvent",
            roadEvents
                .keyBy(input -> input.value().getEventId())
                .process(new LocateEvent(settings.plan(), letters, roadsUri, roadsId)));

    SingleOutputStreamOperator<WeightDelta> weights =
        named(
            "WeightEpoch",
            edgeSpeeds
                .connect(eventTiles.getSideOutput(LocateEvent.ON_ROADS))
                .keyBy(mean -> WeightEpoch.KEY, event -> WeightEpoch.KEY, Types.INT)
                .process(
                    new WeightEpoch(
                        roadsUri,
                        roadsId,
                        settings.trafficHalfLife(),
                        settings.plan().offNetworkStraightMps()))
                .forceNonParallel());

    SingleOutputStreamOperator<TripFeatures> features =
        named(
            "TripFeatures",
            fixes
                .keyBy(fix -> fix.vehicleId)
                .window(TumblingEventTimeWindows.of(settings.tripWindow()))
                .aggregate(new TripFeaturesWindow(), new TripFeaturesWindow.AtWindowEnd()));

    SingleOutputStreamOperator<VehicleUpdate> touches =
        named(
            "TouchedVehicles",
            plans
                .getSideOutput(PlanRoute.TILES)
                .connect(eventTiles)
                .keyBy(route -> route.tile, event -> event.tile, Types.INT)
                .process(new TouchedVehicles()));

    SingleOutputStreamOperator<ControlUpdate> releases =
        named("ModelReleases", modelReleases.process(new ModelReleases(letters, bundled)))
            .forceNonParallel();

    BroadcastStream<ControlUpdate> control =
        named("ControlUpdate", weights.connect(bounds).process(new ToControlUpdate()))
            .forceNonParallel()
            .union(releases)
            .broadcast(PlanAndTrigger.BOUNDS, PlanAndTrigger.WEIGHTS, PlanAndTrigger.RELEASES);

    SingleOutputStreamOperator<DecisionRequest> requests =
        named(
            "PlanAndTrigger",
            plans
                .union(touches, named("TripUpdate", features.map(VehicleUpdate::of)))
                .keyBy(update -> update.vehicleId)
                .connect(control)
                .process(
                    new PlanAndTrigger(
                        settings.plan(), settings.trafficHalfLife(), roadsUri, roadsId, model)));

    SingleOutputStreamOperator<Imagined> imagined =
        named(
            "ImagineAndCost",
            AsyncDataStream.unorderedWait(
                requests,
                new ImagineAndCost(settings.imagine()),
                NO_TIMEOUT,
                TimeUnit.MILLISECONDS,
                settings.modelCapacity()));

    if (out.decisionRequests() != null) {
      requests.sinkTo(out.decisionRequests()).name("decision-requests").uid("decision-requests");
    }

    SingleOutputStreamOperator<Appraisal> appraisals =
        named("TakeAppraisals", imagined.process(new TakeAppraisals()));

    SingleOutputStreamOperator<Decision> decisions =
        named(
            "ApplyBounds",
            appraisals
                .keyBy(appraisal -> appraisal.getRequest().getVehicleId())
                .process(new ApplyBounds()));

    SingleOutputStreamOperator<ModelRelease> verdicts =
        named(
                "JudgeReleases",
                releases
                    .connect(
                        appraisals
                            .getSideOutput(TakeAppraisals.COMPARED)
                            .union(decisions.getSideOutput(ApplyBounds.LEGS)))
                    .process(new JudgeReleases(model)))
            .forceNonParallel();

    verdicts
        .union(releases.getSideOutput(ModelReleases.CORRECTIONS))
        .sinkTo(out.modelReleases())
        .name("verdicts")
        .uid("verdicts")
        .setParallelism(1)
        .setMaxParallelism(1);
    decisions.sinkTo(out.decisions()).name("decisions").uid("decisions");
    telemetry
        .getSideOutput(DeadLetters.TAG)
        .union(
            shipments.getSideOutput(DeadLetters.TAG),
            roadEvents.getSideOutput(DeadLetters.TAG),
            bounds.getSideOutput(DeadLetters.TAG),
            modelReleases.getSideOutput(DeadLetters.TAG),
            releases.getSideOutput(DeadLetters.TAG),
            fixes.getSideOutput(DeadLetters.TAG),
            plans.getSideOutput(DeadLetters.TAG),
            eventTiles.getSideOutput(DeadLetters.TAG))
        .sinkTo(out.deadLetters())
        .name("dead-letters")
        .uid("dead-letters");
  }

  private static <T extends SpecificRecordBase> SingleOutputStreamOperator<Inbound<T>> decode(
      String name, DataStream<Inbound<T>> input, InputType<T> type, DeadLetters letters) {
    return named(name, input.process(new Decode<T>(letters), type.inbound()));
  }

  /** Advice only, for this configuration need not be that of the TaskManagers. */
  private static void adviseBufferDebloating(Configuration config) {
    if (!config.get(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED)) {
      LOG.warn(
          "{} is not true in the configuration of this submission; where the TaskManagers do not have it either, a checkpoint takes a minute and more while there is more to do than can be done; set it to true for every TaskManager.",
          TaskManagerOptions.BUFFER_DEBLOAT_ENABLED.key());
    }
  }

  /** An operator's uid is its name: what the web UI shows is what a savepoint knows. */
  private static <T> SingleOutputStreamOperator<T> named(
      String name, SingleOutputStreamOperator<T> operator) {
    return operator.name(name).uid(name);
  }

  private static <T extends SpecificRecordBase> WatermarkStrategy<Inbound<T>> aligned(
      InputType<T> type, LogisticsSettings settings, Duration outOfOrderness, Duration idle) {
    return following(type, settings, outOfOrderness, idle)
        .withWatermarkAlignment(ALIGNMENT_GROUP, settings.alignmentDrift(), ALIGNMENT_INTERVAL);
  }

  private static <T extends SpecificRecordBase> WatermarkStrategy<Inbound<T>> following(
      InputType<T> type, LogisticsSettings settings, Duration outOfOrderness, Duration idle) {
    return Watermarks.following(type, settings.clock(), outOfOrderness, idle);
  }

  /** Sets what the job needs, or is better with, where the configuration leaves it open. */
  static void prepare(StreamExecutionEnvironment env, Configuration config) {
    Configuration defaults = new Configuration();
    defaults.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    defaults.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    defaults.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
    defaults.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, CHECKPOINT_TIMEOUT);
    defaults.set(ExecutionOptions.BUFFER_TIMEOUT, BUFFER_TIMEOUT);
    defaults.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, WATERMARK_INTERVAL);
    defaults.set(PipelineOptions.MAX_PARALLELISM, MAX_PARALLELISM);
    if (config.get(LogisticsOptions.DELIVERY_GUARANTEE) != DeliveryGuarantee.EXACTLY_ONCE) {
      // No checkpoint completes while the disk is full or a source waits for the registry, and a
      // restart would not help. A transaction could not last as long.
      defaults.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, TOLERABLE_FAILURES);
    }
    defaults.addAll(config);
    // What no configuration may undo: state without a uid is lost, and Kryo cannot evolve.
    defaults.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    defaults.set(PipelineOptions.GENERIC_TYPES, false);
    env.configure(defaults);
  }
}
