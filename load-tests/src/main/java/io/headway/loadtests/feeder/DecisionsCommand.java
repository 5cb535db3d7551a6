// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.feeder;

import io.headway.loadtests.kafka.Connection;
import io.headway.loadtests.kafka.TopicReader;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.avro.AvroRuntimeException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./headway decisions}: shows decisions as they are made, a line each. */
@Command(name = "decisions", description = "Show the decisions on a Kafka as they are made.")
public final class DecisionsCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Mixin Connection connection;

  @Option(names = "--from-beginning", description = "Also those that are on the topic already.")
  boolean fromBeginning;

  @Option(names = "--actions-only", description = "Leave out KEEP.")
  boolean actionsOnly;

  @Option(names = "--vehicle", paramLabel = "ID", description = "Of this vehicle only.")
  String vehicle;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    TopicReader reader =
        new TopicReader(
            connection.kafka(),
            "headway-decisions",
            List.of(Topics.DECISIONS.name()),
            fromBeginning ? TopicReader.Start.EARLIEST : TopicReader.Start.LATEST,
            message -> show(message, out));
    reader.run();
    if (reader.failure() != null) {
      throw new IOException("The decisions cannot be read: " + reader.failure());
    }
    return CommandLine.ExitCode.OK;
  }

  private void show(ConsumerRecord<byte[], byte[]> message, PrintWriter out) {
    try {
      Decision decision = Decision.getDecoder().decode(message.value());
      boolean wanted = vehicle == null || vehicle.equals(decision.getVehicleId());
      if (wanted && !(actionsOnly && decision.getKind() == DecisionKind.KEEP)) {
        out.println(line(decision));
      }
    } catch (IOException | AvroRuntimeException e) {
      out.printf(
          "%s %d:%d is no decision in Avro single-object encoding: %s%n",
          message.topic(), message.partition(), message.offset(), e.getMessage());
    }
    out.flush();
  }

  static String line(Decision decision) {
    return String.format(
        Locale.ROOT,
        "%s  %-10s %-15s %-16s %s",
        decision.getDecidedAt(),
        decision.getVehicleId(),
        decision.getKind(),
        decision.getTrigger().getKind(),
        decision.getReason());
  }
}
