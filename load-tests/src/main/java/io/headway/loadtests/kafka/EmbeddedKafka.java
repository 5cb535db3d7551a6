// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.kafka;

import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.cluster.Ports;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.utils.Time;

/**
 * A Kafka of one node, broker and controller at once, inside this process. Its data lies in a
 * folder of its own that is deleted when it closes. Thread-safe.
 */
public final class EmbeddedKafka implements AutoCloseable {
  private static final String CLUSTER_ID = "headway-one-node-kafka";

  private final KafkaRaftServer server;
  private final Path folder;
  private final String bootstrapServers;
  private final TopicAdmin topics;

  private EmbeddedKafka(
      KafkaRaftServer server, Path folder, String bootstrapServers, Map<String, String> client) {
    this.server = server;
    this.folder = folder;
    this.bootstrapServers = bootstrapServers;
    Map<String, Object> config = new HashMap<>(client);
    config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    this.topics = new TopicAdmin(config);
  }

  /**
   * Formats a new folder and starts a broker on it.
   *
   * @param parent where the folder is made
   * @param port where clients connect on localhost; 0 for any free port
   * @throws IOException when the folder cannot be written or formatted
   */
  public static EmbeddedKafka start(Path parent, int port) throws IOException {
    return start(parent, port, Map.of(), Map.of());
  }

  /**
   * The same with properties of the broker that win over what stands here, and what its clients
   * need to get in.
   */
  public static EmbeddedKafka start(
      Path parent, int port, Map<String, String> broker, Map<String, String> client)
      throws IOException {
    Path folder = Files.createTempDirectory(parent, "kafka-");
    int clientPort = port == 0 ? Ports.any() : port;
    try {
      KafkaRaftServer server = serve(folder, clientPort, Ports.any(), broker);
      return new EmbeddedKafka(server, folder, "localhost:" + clientPort, client);
    } catch (IOException | RuntimeException e) {
      Folders.delete(folder);
      throw e;
    }
  }

  /**
   * A broker as a program of its own, until it is stopped: see {@link BrokerProcess}.
   *
   * @param args folder for its data, kept where there are some already; port for clients; port for
   *     itself
   */
  public static void main(String[] args) throws IOException {
    KafkaRaftServer server =
        serve(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]), Map.of());
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown, "broker-shutdown"));
    server.awaitShutdown();
  }

  private static KafkaRaftServer serve(
      Path folder, int clientPort, int controllerPort, Map<String, String> options)
      throws IOException {
    Properties properties = properties(folder, clientPort, controllerPort);
    properties.putAll(options);
    format(folder, properties);
    KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
    server.startup();
    return server;
  }

  /** Address for clients, host:port. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Makes topics and counts their records. */
  public TopicAdmin topics() {
    return topics;
  }

  /** Stops the broker and deletes its data. */
  @Override
  public void close() throws IOException {
    topics.close();
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
      "format", "--ignore-formatted", "--config", file.toString(), "--cluster-id", CLUSTER_ID
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
}
