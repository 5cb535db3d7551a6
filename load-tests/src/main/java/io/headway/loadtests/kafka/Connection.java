// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.kafka;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options that say where Kafka is and how to get in: a mixin of commands that need it. */
public final class Connection {
  private static final String API_TIMEOUT_MS = "30000";

  @Spec(Spec.Target.MIXEE)
  CommandSpec command;

  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT,...",
      description = "Addresses of Kafka brokers; may stand in --kafka-config instead.")
  String bootstrapServers;

  @Option(
      names = "--kafka-config",
      paramLabel = "FILE",
      description = "Properties file of a Kafka client, for instance with its security settings.")
  Path file;

  @Option(
      names = "--kafka-property",
      paramLabel = "KEY=VALUE",
      description = "Property of the Kafka clients, such as security.protocol=SASL_SSL; wins.")
  Map<String, String> properties = new LinkedHashMap<>();

  /**
   * The properties of a Kafka client.
   *
   * @throws ParameterException when they cannot be read, or do not say where Kafka is
   */
  public Map<String, Object> kafka() {
    Map<String, Object> kafka = new HashMap<>();
    kafka.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, API_TIMEOUT_MS);
    if (file != null) {
      Properties read = new Properties();
      try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
        read.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new ParameterException(
            command.commandLine(),
            "--kafka-config " + file + " cannot be read (" + e + "); give a properties file.");
      }
      read.stringPropertyNames().forEach(name -> kafka.put(name, read.getProperty(name)));
    }
    kafka.putAll(properties);
    if (bootstrapServers != null) {
      kafka.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    }
    if (!kafka.containsKey(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)) {
      throw new ParameterException(
          command.commandLine(),
          "It is not said where Kafka is; give --bootstrap-servers, for instance broker-1:9092.");
    }
    return kafka;
  }
}
