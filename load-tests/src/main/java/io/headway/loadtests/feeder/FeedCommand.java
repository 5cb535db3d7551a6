// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.feeder;

import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.CityFeed;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.feed.Feed;
import io.headway.loadtests.feed.FeedClock;
import io.headway.loadtests.feed.FeedPump;
import io.headway.loadtests.kafka.Connection;
import io.headway.loadtests.kafka.TopicReader;
import io.headway.loadtests.taxi.TaxiFeed;
import io.headway.schemas.Decision;
import io.headway.schemas.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.avro.AvroRuntimeException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./headway feed}: what the job reads, for a Kafka and a cluster of one's own. */
@Command(
    name = "feed",
    description =
        "Feed a Kafka with a simulated city or a recorded fleet, which act on the job's decisions.")
public final class FeedCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(FeedCommand.class);
  private static final double WEEK_H = 168;
  private static final int COPIES_APART_S = 661;
  private static final Duration SAY_EVERY = Duration.ofSeconds(10);

  @Spec CommandSpec spec;

  @Mixin Connection connection;

  @Option(
      names = "--roads",
      paramLabel = "FILE",
      description =
          "Road network that a simulated city drives on; the job needs the same one. Make it with './headway roads build' or './headway roads invent'.")
  Path roads;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Replay the recorded fleet in this folder of days (YYYY-MM-DD.csv.gz) instead of driving a simulated city.")
  Path data;

  @Option(
      names = "--copies",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "So many copies of the recorded fleet side by side, eleven minutes apart; default ${DEFAULT-VALUE}.")
  int copies;

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many recorded days to replay; default ${DEFAULT-VALUE}.")
  int days;

  @Option(
      names = "--vehicles",
      paramLabel = "N",
      defaultValue = "600",
      description = "Vehicles of the simulated city; default ${DEFAULT-VALUE}.")
  int vehicles;

  @Option(
      names = "--fix-interval",
      paramLabel = "S",
      defaultValue = "5",
      description =
          "Seconds between two positions of a vehicle of the city; default ${DEFAULT-VALUE}.")
  double fixIntervalS;

  @Option(
      names = "--city",
      paramLabel = "KNOB=VALUE",
      description =
          "Shapes the city, any number of times, for instance incidents=2: ${COMPLETION-CANDIDATES}.")
  Map<Knob, Double> knobs = new EnumMap<>(Knob.class);

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the simulated city: the same city for the same seed.")
  long seed;

  @Option(
      names = "--start",
      paramLabel = "TIME",
      description =
          "The city's time at its beginning, such as 2026-03-03T07:00:00Z; now if nothing is said.")
  Instant start;

  @Option(
      names = "--speed-up",
      paramLabel = "X",
      defaultValue = "1",
      description =
          "Seconds of the feed's time in a second; default ${DEFAULT-VALUE}. The job must know the clock when it is not the system's, see what is printed.")
  double speedUp;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Most records a second; as many as are due if nothing is said.")
  Double rate;

  @Option(names = "--no-dispatcher", description = "Nobody acts on the job's decisions.")
  boolean noDispatcher;

  /** For programs: then the feed waits for lines of its standard input, see {@link #obey}. */
  @Option(names = "--controlled", hidden = true)
  boolean controlled;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (speedUp <= 0 || (rate != null && rate <= 0)) {
      throw new ParameterException(
          spec.commandLine(),
          "--speed-up %s and --rate %s must be above 0.".formatted(speedUp, rate));
    }
    PrintWriter out = spec.commandLine().getOut();
    try (Feed feed = feed();
        KafkaProducer<byte[], byte[]> producer = producer()) {
      FeedClock clock = new FeedClock(feed.startMs(), System.currentTimeMillis(), speedUp);
      FeedPump pump =
          new FeedPump(feed, clock, rate == null ? Double.POSITIVE_INFINITY : rate, producer);
      TopicReader decisions =
          new TopicReader(
              connection.kafka(),
              "headway-feed",
              List.of(Topics.DECISIONS.name()),
              TopicReader.Start.LATEST,
              message -> handOn(message, pump));
      Thread reading = new Thread(decisions, "decisions");
      Thread pumping = new Thread(pump, "pump");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(pump, pumping), "end-of-feed"));
      sayClock(out, clock);
      if (!noDispatcher) {
        reading.start();
      }
      if (controlled) {
        pump.allow(0);
        Thread orders = new Thread(() -> obey(pump), "orders");
        orders.setDaemon(true);
        orders.start();
      }
      pumping.start();
      while (pumping.isAlive()) {
        pumping.join(SAY_EVERY.toMillis());
        out.printf("%s sent up to %s%n", pump.sent(), Instant.ofEpochMilli(pump.eventTimeMs()));
        out.flush();
      }
      decisions.stop();
      reading.join();
      if (pump.failure() != null || pump.errors() > 0) {
        throw new IOException(
            "The feed ended early (%d records refused): %s"
                .formatted(pump.errors(), pump.failure()));
      }
    }
    return CommandLine.ExitCode.OK;
  }

  /**
   * Reads one order a line and stops the feed when they end: {@code rate N}, most records a second;
   * {@code allow N}, most records in all, 0 at first.
   */
  private static void obey(FeedPump pump) {
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try {
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        String[] words = order.split(" ", 2);
        switch (words[0]) {
          case "rate" -> pump.limit(Double.parseDouble(words[1]));
          case "allow" -> pump.allow(Long.parseLong(words[1]));
          default -> throw new IOException("'" + order + "' is no order; send rate N or allow N.");
        }
      }
    } catch (IOException | RuntimeException e) {
      LOG.error("An order cannot be obeyed.", e);
    }
    pump.stop();
  }

  private static void end(FeedPump pump, Thread pumping) {
    pump.stop();
    try {
      pumping.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void handOn(ConsumerRecord<byte[], byte[]> message, FeedPump pump)
      throws InterruptedException {
    try {
      pump.decided(Decision.getDecoder().decode(message.value()));
    } catch (IOException | AvroRuntimeException e) {
      LOG.warn("A record of {} is no decision that can be acted on.", message.topic(), e);
    }
  }

  private Feed feed() throws IOException {
    if (data != null) {
      return TaxiFeed.open(
          data, TaxiFeed.Options.defaults().sideBySide(days, copies, COPIES_APART_S));
    }
    if (roads == null) {
      throw new ParameterException(
          spec.commandLine(),
          "A simulated city needs roads to drive on; give --roads FILE, made by './headway roads invent FILE' for instance, or --data DIR.");
    }
    Instant begin = start == null ? Instant.now() : start;
    CityParameters parameters =
        CityParameters.defaults()
            .withSeed(seed)
            .withStartMs(begin.toEpochMilli())
            .with(Knob.VEHICLES, vehicles)
            .with(Knob.FIX_INTERVAL_S, fixIntervalS)
            .with(Knob.DURATION_H, WEEK_H);
    try {
      for (Map.Entry<Knob, Double> knob : knobs.entrySet()) {
        parameters = parameters.with(knob.getKey(), knob.getValue());
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--city " + e.getMessage() + ".", e);
    }
    return new CityFeed(parameters, RoadNetwork.open(roads));
  }

  private KafkaProducer<byte[], byte[]> producer() {
    Map<String, Object> config = new HashMap<>(connection.kafka());
    config.putIfAbsent(ProducerConfig.CLIENT_ID_CONFIG, "headway-feed");
    config.putIfAbsent(ProducerConfig.ACKS_CONFIG, "all");
    config.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, "20");
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private void sayClock(PrintWriter out, FeedClock clock) {
    boolean systemClock = data == null && start == null && speedUp == 1;
    if (!systemClock) {
      out.println("The job must be given this clock:");
      out.printf("  --%s %d%n", LogisticsOptions.CLOCK_EVENT_ORIGIN.key(), clock.eventOriginMs());
      out.printf("  --%s %d%n", LogisticsOptions.CLOCK_WALL_ORIGIN.key(), clock.wallOriginMs());
      out.printf("  --%s %s%n", LogisticsOptions.CLOCK_SPEED_UP.key(), clock.speedUp());
    }
    out.flush();
  }
}
