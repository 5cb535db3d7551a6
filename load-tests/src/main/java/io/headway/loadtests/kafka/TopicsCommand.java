// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.kafka;

import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./headway topics}: makes the job's topics on a Kafka of one's own. */
@Command(name = "topics", description = "Make the job's topics on a Kafka.")
public final class TopicsCommand implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getErr());
  }

  @Command(
      name = "create",
      description = "Make every topic that is not there yet, as the catalogue describes it.")
  int create(
      @Mixin Connection connection,
      @Option(
              names = "--replicas",
              defaultValue = "-1",
              description = "Replicas of each partition; the brokers' default if nothing is said.")
          short replicas)
      throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (TopicAdmin admin = new TopicAdmin(connection.kafka())) {
      Set<String> made = admin.create(Topics.all(), replicas);
      for (Topic topic : Topics.all()) {
        out.printf(
            "%s: %s%n",
            topic.name(),
            made.contains(topic.name())
                ? topic.partitions() + " partitions"
                : "was there, and is left as it is");
      }
    }
    out.flush();
    return CommandLine.ExitCode.OK;
  }
}
