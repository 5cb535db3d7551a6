// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.kafka;

import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.cluster.Ports;
import io.headway.schemas.Topic;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/**
 * A Kafka of one node, broker and controller at once, inside this process. Its data lies in a
 * folder of its own that is deleted when it closes. Thread-safe.
 */
public final class EmbeddedKafka implements AutoCloseable {
  private static final long ADMIN_TIMEOUT_S = 60;

  private final KafkaRaftServer server;
  private final Path folder;
  private final String bootstrapServers;
  private final Admin admin;

  private EmbeddedKafka(KafkaRaftServer server, Path folder, String bootstrapServers) {
    this.server = server;
    this.folder = folder;
    this.bootstrapServers = bootstrapServers;
    this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
  }

  /**
   * Formats a new folder and starts a broker on it.
   *
   * @param parent where the folder is made
   * @param port where clients connect on localhost; 0 for any free port
   * @throws IOException when the folder cannot be written or formatted
   */
  public static EmbeddedKafka start(Path parent, int port) throws IOException {
    Path folder = Files.createTempDirectory(parent, "kafka-");
    int clientPort = port == 0 ? Ports.any() : port;
    try {
      Properties properties = properties(folder, clientPort, Ports.any());
      format(folder, properties);
      KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
      server.startup();
      return new EmbeddedKafka(server, folder, "localhost:" + clientPort);
    } catch (IOException | RuntimeException e) {
      Folders.delete(folder);
      throw e;
    }
  }

  /** Address for clients, host:port. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /**
   * Makes topics as the catalogue describes them, with one replica.
   *
   * @throws IOException when the broker refuses one or does not answer within a minute
   */
  public void create(Collection<Topic> topics) throws IOException {
    List<NewTopic> wanted =
        topics.stream()
            .map(t -> new NewTopic(t.name(), t.partitions(), (short) 1).configs(t.config()))
            .toList();
    await(admin.createTopics(wanted).all().toCompletionStage().toCompletableFuture());
  }

  /**
   * How many records each topic ever took, by the broker's own end offsets; in the order asked for.
   *
   * @throws IOException when the broker does not answer within a minute
   */
  public Map<String, Long> recordCounts(Collection<String> topics) throws IOException {
    Map<String, TopicDescription> described =
        await(
            admin.describeTopics(topics).allTopicNames().toCompletionStage().toCompletableFuture());
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    described.forEach(
        (topic, description) ->
            description
                .partitions()
                .forEach(
                    p -> ends.put(new TopicPartition(topic, p.partition()), OffsetSpec.latest())));
    Map<String, Long> counts = new LinkedHashMap<>();
    topics.forEach(topic -> counts.put(topic, 0L));
    await(admin.listOffsets(ends).all().toCompletionStage().toCompletableFuture())
        .forEach((partition, end) -> counts.merge(partition.topic(), end.offset(), Long::sum));
    return counts;
  }

  /** Stops the broker and deletes its data. */
  @Override
  public void close() throws IOException {
    admin.close();
    server.shutdown();
    server.awaitShutdown();
    Folders.delete(folder);
  }

  private static Properties properties(Path folder, int clientPort, int controllerPort) {
    Properties properties = new Properties();
    properties.putAll(
        Map.of(
            "node.id",
            "1",
            "process.roles",
            "broker,controller",
            "controller.quorum.voters",
            "1@localhost:" + controllerPort,
            "controller.listener.names",
            "CONTROLLER",
            "listeners",
            "PLAINTEXT://localhost:" + clientPort + ",CONTROLLER://localhost:" + controllerPort,
            "advertised.listeners",
            "PLAINTEXT://localhost:" + clientPort,
            "listener.security.protocol.map",
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs",
            folder.resolve("data").toString()));
    properties.putAll(
        Map.of(
            "auto.create.topics.enable", "false",
            "offsets.topic.replication.factor", "1",
            "offsets.topic.num.partitions", "1",
            "transaction.state.log.replication.factor", "1",
            "transaction.state.log.min.isr", "1",
            "transaction.state.log.num.partitions", "1",
            "group.initial.rebalance.delay.ms", "0",
            // One node has nobody to hand its partitions to.
            "controlled.shutdown.enable", "false",
            // The default takes 128 MiB of heap.
            "log.cleaner.dedupe.buffer.size", Integer.toString(8 << 20)));
    return properties;
  }

  private static void format(Path folder, Properties properties) throws IOException {
    Path file = folder.resolve("server.properties");
    try (OutputStream out = Files.newOutputStream(file)) {
      properties.store(out, null);
    }
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    String[] command = {
      "format", "--config", file.toString(), "--cluster-id", Uuid.randomUuid().toString()
    };
    int status;
    try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      status = StorageTool.execute(command, out);
    }
    if (status != 0) {
      throw new IOException(
          "Kafka could not format its folder "
              + folder
              + ": "
              + said.toString(StandardCharsets.UTF_8).strip());
    }
  }

  private static <T> T await(CompletableFuture<T> future) throws IOException {
    try {
      return future.get(ADMIN_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while Kafka was asked.", e);
    } catch (ExecutionException e) {
      throw new IOException("Kafka refused: " + e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException(
          "Kafka gave no answer within " + ADMIN_TIMEOUT_S + " s; is this machine overloaded?", e);
    }
  }
}
