// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.functions.decision.Imagined;
import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InboundDeserializer;
import io.headway.functions.ingest.InputType;
import io.headway.functions.roads.RoadMap;
import io.headway.functions.traffic.LiveWeights;
import io.headway.functions.traffic.WeightDelta;
import io.headway.jobs.logistics.LogisticsJob;
import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.loadtests.feed.Feed;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Appraisal;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The logistics job in one thread, without a cluster and without a clock: its own topology and its
 * own operators, which are given one record after another. Two runs of equal records and equal
 * costing are equal. What costs a request is handed in, in the place of {@code ImagineAndCost};
 * everything before and after is the job's.
 *
 * <p>Event time follows the moment at which records are sent: at the configured distance for
 * telemetry, at once for the other topics. Not thread-safe.
 */
public final class SteppedJob implements AutoCloseable {
  private static final String COSTED = "ImagineAndCost";
  private static final Duration FUTURE_ALLOWANCE = Duration.ofMinutes(1);
  private static final int MAX_RECORD_BYTES = 1 << 20;

  private final SteppedTopology topology;
  private final Map<String, Source<?>> sources = new HashMap<>();
  private final long outOfOrdernessMs;
  private final Deque<Decision> decisions = new ArrayDeque<>();
  private long nowMs;

  /** A topic, as the job's source reads it. */
  private record Source<T extends SpecificRecordBase>(
      String name, InputType<T> type, InboundDeserializer<T> deserializer) {}

  /**
   * @param roads file of the road network; null for none
   * @param costing what the candidates of a request cost
   * @param requests told of each request before it is costed
   */
  public SteppedJob(
      Path roads,
      Function<DecisionRequest, Appraisal> costing,
      Consumer<DecisionRequest> requests) {
    Configuration config = new Configuration();
    if (roads != null) {
      config.set(LogisticsOptions.ROADS_URI, roads.toUri().toString());
    }
    config.set(LogisticsOptions.MODEL_BUNDLED, false);
    outOfOrdernessMs = config.get(LogisticsOptions.OUT_OF_ORDERNESS).toMillis();
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(config);
    LogisticsJob.build(
        env,
        config,
        new LogisticsJob.Sources(
            source(env, InputType.TELEMETRY),
            source(env, InputType.SHIPMENTS),
            source(env, InputType.ROAD_EVENTS),
            source(env, InputType.BOUNDS),
            source(env, InputType.MODEL_RELEASES)),
        new LogisticsJob.Sinks(
            new DiscardingSink<>(), null, new DiscardingSink<>(), new DiscardingSink<>()));
    topology = new SteppedTopology(env.getStreamGraph());
    topology.replace(
        COSTED,
        (StreamRecord<DecisionRequest> record) -> {
          requests.accept(record.getValue());
          Imagined imagined = new Imagined();
          imagined.appraisal = costing.apply(record.getValue());
          return new StreamRecord<>(imagined, record.getTimestamp());
        });
    topology.watch(
        "ApplyBounds", (StreamRecord<Decision> record) -> decisions.add(record.getValue()));
    topology.open();
    standAside(InputType.BOUNDS);
    standAside(InputType.MODEL_RELEASES);
  }

  /** The road weights of such a job before anything was observed. */
  public static LiveWeights weights(RoadMap roads) {
    Configuration defaults = new Configuration();
    return new LiveWeights(
        roads,
        defaults.get(LogisticsOptions.TRAFFIC_HALF_LIFE),
        defaults.get(LogisticsOptions.OFF_NETWORK_SPEED));
  }

  /** Tells of every change of the road weights. */
  public void watchWeights(Consumer<WeightDelta> watcher) {
    topology.watch(
        "WeightEpoch", (StreamRecord<WeightDelta> record) -> watcher.accept(record.getValue()));
  }

  /**
   * The job under a policy that costs without a judge.
   *
   * @param roads file of the road network; null for none
   * @param requests told of each request before it is costed
   */
  public static SteppedJob of(Path roads, Policy policy, Consumer<DecisionRequest> requests) {
    return new SteppedJob(roads, policy.costing(null)::cost, requests);
  }

  private <T extends SpecificRecordBase> DataStream<Inbound<T>> source(
      StreamExecutionEnvironment env, InputType<T> type) {
    String name = type.topic();
    sources.put(
        name,
        new Source<>(
            name,
            type,
            new InboundDeserializer<>(
                type, () -> nowMs, FUTURE_ALLOWANCE, MAX_RECORD_BYTES, new DeadLetters(0))));
    return env.fromData(List.of(), type.inbound()).name(name).uid(name);
  }

  private void standAside(InputType<?> type) {
    topology.status(type.topic(), WatermarkStatus.IDLE);
  }

  /**
   * Decides for a world to its end; a decision is acted upon when the record has come that it
   * follows from.
   *
   * @param records told of each record before the job
   * @param decided told of each decision before the world
   */
  public void drive(Feed world, Consumer<FeedRecord> records, Consumer<Decision> decided)
      throws IOException {
    long second = 0;
    for (FeedRecord record = world.next(); record != null; record = world.next()) {
      records.accept(record);
      nowMs = Math.max(nowMs, record.sendAtMs());
      send(sources.get(record.topic()), record);
      if (record.sendAtMs() / 1000 > second) {
        second = record.sendAtMs() / 1000;
        advance();
      }
      for (Decision decision = decisions.poll(); decision != null; decision = decisions.poll()) {
        decided.accept(decision);
        world.act(decision, record.sendAtMs());
      }
    }
  }

  private <T extends SpecificRecordBase> void send(Source<T> source, FeedRecord record)
      throws IOException {
    source.deserializer.deserialize(
        new ConsumerRecord<>(source.name, 0, 0, record.key(), record.value()),
        new Collector<>() {
          @Override
          public void collect(Inbound<T> inbound) {
            long eventTimeMs = inbound.isSound() ? source.type.eventTimeMs(inbound.value()) : nowMs;
            topology.emit(source.name, new StreamRecord<>(inbound, eventTimeMs));
          }

          @Override
          public void close() {}
        });
  }

  /** Lets event time follow the feed's time, and the job do what was due. */
  private void advance() {
    topology.watermark(InputType.SHIPMENTS.topic(), new Watermark(nowMs - 1));
    topology.watermark(InputType.ROAD_EVENTS.topic(), new Watermark(nowMs - 1));
    topology.watermark(InputType.TELEMETRY.topic(), new Watermark(nowMs - outOfOrdernessMs - 1));
  }

  @Override
  public void close() throws Exception {
    topology.close();
  }
}
