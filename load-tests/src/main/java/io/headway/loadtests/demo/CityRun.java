// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.cluster.LocalFlink;
import io.headway.loadtests.cluster.Ports;
import io.headway.loadtests.kafka.EmbeddedKafka;
import io.headway.loadtests.kafka.TopicReader;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.CommonClientConfigs;

/**
 * A simulated city that the logistics job decides for, from the feed's beginning to its end, as in
 * the demo but without a person who watches. What stands on the topics then can be read.
 */
public final class CityRun {
  private static final int SLOTS = 2;
  private static final long LOOK_MS = 50;

  private CityRun() {}

  /**
   * Runs a city on a broker and a cluster of its own, and reads topics when all is done.
   *
   * @param speedUp seconds of the city's time in a second; time passes slower where the machine
   *     cannot keep up
   * @param options of the job and of Flink
   * @param topics what to read, from its beginning to its end
   * @param handler gets the records, on a thread of its own, before this returns
   * @throws IOException when the city cannot be run, or part of the run failed
   */
  public static void run(
      CityParameters parameters,
      double speedUp,
      Configuration options,
      Collection<String> topics,
      TopicReader.Handler handler)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("headway-");
    try (World world = SimulatedWorld.open(parameters, folder, speedUp);
        EmbeddedKafka kafka = EmbeddedKafka.start(folder, 0)) {
      kafka.topics().create(Topics.all());
      try (LocalFlink flink =
              LocalFlink.start(
                  folder, Preflight.restPorts(null), Ports.firstFree(9249), SLOTS, options);
          Demo demo =
              Demo.start(
                  kafka, flink, world, options, Double.POSITIVE_INFINITY, new StopSignal())) {
        Summary summary = demo.run(Long.MAX_VALUE, state -> {});
        if (!summary.failures().isEmpty()) {
          throw new IOException(
              "City " + parameters.seed() + ": " + String.join(" ", summary.failures()));
        }
      }
      read(kafka, topics, handler);
    } catch (StartProblem e) {
      throw new IOException("City " + parameters.seed() + ": " + e.getMessage(), e);
    } finally {
      Folders.delete(folder);
    }
  }

  private static void read(
      EmbeddedKafka kafka, Collection<String> topics, TopicReader.Handler handler)
      throws IOException, InterruptedException {
    long count =
        kafka.topics().recordCounts(topics).values().stream().mapToLong(Long::longValue).sum();
    TopicReader reader =
        new TopicReader(
            Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()),
            "city-run",
            topics,
            TopicReader.Start.EARLIEST,
            handler);
    Thread thread = new Thread(reader, "city-run");
    thread.start();
    while (thread.isAlive() && reader.readCount() < count) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MS));
    }
    reader.stop();
    thread.join();
    if (reader.failure() != null) {
      throw new IOException(topics + " could not be read: " + reader.failure());
    }
  }
}
