// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.kafka;

import io.headway.loadtests.cluster.ChildProcess;
import io.headway.loadtests.cluster.Ports;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A Kafka broker in a process of its own, which can be killed, paused and started again with its
 * data. Not thread-safe.
 */
public final class BrokerProcess implements AutoCloseable {
  private final Path folder;
  private final int clientPort;
  private final int controllerPort;
  private ChildProcess process;
  private int started;

  private BrokerProcess(Path folder, int clientPort, int controllerPort) {
    this.folder = folder;
    this.clientPort = clientPort;
    this.controllerPort = controllerPort;
  }

  /**
   * Starts a broker. It answers a few seconds later.
   *
   * @param parent where its folder is made
   */
  public static BrokerProcess start(Path parent) throws IOException {
    Path folder = Files.createTempDirectory(parent, "broker-");
    BrokerProcess broker = new BrokerProcess(folder, Ports.any(), Ports.any());
    broker.start();
    return broker;
  }

  /** Starts it again where it has ended, with the data that it had. */
  public void start() throws IOException {
    process =
        ChildProcess.java(
            "broker",
            folder.resolve("broker-" + ++started + ".log"),
            List.of("-Xmx512m", "-Dheadway.log=" + folder.resolve("kafka.log")),
            List.of(System.getProperty("java.class.path").split(File.pathSeparator)),
            EmbeddedKafka.class.getName(),
            List.of(
                folder.toString(), Integer.toString(clientPort), Integer.toString(controllerPort)));
  }

  /** Address for clients, host:port. */
  public String bootstrapServers() {
    return "localhost:" + clientPort;
  }

  /** The process. */
  public ChildProcess process() {
    return process;
  }

  /** Stops the broker; its folder stays, to be read. */
  @Override
  public void close() throws IOException {
    process.close();
  }
}
