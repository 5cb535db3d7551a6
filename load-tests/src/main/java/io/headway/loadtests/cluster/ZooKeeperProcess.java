// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer;

/**
 * Flink's own ZooKeeper, one node in a process of its own, for a JobManager's high availability.
 */
public final class ZooKeeperProcess implements AutoCloseable {
  private final int port;
  private final ChildProcess process;

  private ZooKeeperProcess(int port, ChildProcess process) {
    this.port = port;
    this.process = process;
  }

  /**
   * Starts it.
   *
   * @param parent where its folder is made
   */
  public static ZooKeeperProcess start(Path parent) throws IOException {
    Path folder = Files.createTempDirectory(parent, "zookeeper-");
    int port = Ports.any();
    Path configuration = folder.resolve("zoo.cfg");
    Files.writeString(
        configuration,
        """
        dataDir=%s
        clientPort=%d
        clientPortAddress=localhost
        tickTime=1000
        admin.enableServer=false
        server.1=localhost:%d:%d
        """
            .formatted(folder.resolve("data"), port, Ports.any(), Ports.any()));
    ChildProcess process =
        ChildProcess.java(
            "ZooKeeper",
            folder.resolve("zookeeper.log"),
            List.of("-Xmx128m"),
            StandaloneCluster.classPath(),
            FlinkZooKeeperQuorumPeer.class.getName(),
            List.of("--zkConfigFile", configuration.toString(), "--peerId", "1"));
    return new ZooKeeperProcess(port, process);
  }

  /** Where clients connect, host:port. */
  public String address() {
    return "localhost:" + port;
  }

  /** Stops it; its folder stays, to be read. */
  @Override
  public void close() throws IOException {
    process.close();
  }
}
