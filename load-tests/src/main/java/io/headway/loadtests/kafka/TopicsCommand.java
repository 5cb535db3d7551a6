// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.kafka;

import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.AdminClientConfig;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code ./headway topics}: makes the job's topics on a Kafka of one's own. */
@Command(name = "topics", description = "Make the job's topics on a Kafka.")
public final class TopicsCommand implements Runnable {
  @Spec CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  boolean help;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getErr());
  }

  @Command(name = "create", description = "Make every topic as the catalogue describes it.")
  int create(
      @Option(
              names = "--bootstrap-servers",
              required = true,
              paramLabel = "HOST:PORT",
              description = "Where Kafka is.")
          String bootstrapServers,
      @Option(
              names = "--replicas",
              defaultValue = "1",
              description = "Replicas of each partition; default ${DEFAULT-VALUE}.")
          short replicas,
      @Option(
              names = "--kafka-config",
              paramLabel = "FILE",
              description = "Properties file with more of Kafka's client settings, such as SASL.")
          Path configFile)
      throws IOException {
    Map<String, Object> config = new HashMap<>();
    if (configFile != null) {
      Properties properties = new Properties();
      try (Reader in = Files.newBufferedReader(configFile)) {
        properties.load(in);
      }
      properties.forEach((key, value) -> config.put(key.toString(), value));
    }
    config.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    try (TopicAdmin admin = new TopicAdmin(config)) {
      admin.create(Topics.all(), replicas);
    }
    for (Topic topic : Topics.all()) {
      spec.commandLine().getOut().printf("%s: %d partitions%n", topic.name(), topic.partitions());
    }
    spec.commandLine().getOut().flush();
    return CommandLine.ExitCode.OK;
  }
}
