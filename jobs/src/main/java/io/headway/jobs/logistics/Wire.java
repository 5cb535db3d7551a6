// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import io.headway.functions.registry.RegistryAddress;
import io.headway.functions.registry.SchemaRegistry;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;

/**
 * How records stand on the topics. Immutable.
 *
 * @param registry of schemas, for Confluent's format; null for single-object encoding
 */
record Wire(RegistryAddress registry) {

  /** The registry's ids of the schemas that the job writes with; null without a registry. */
  record Ids(Integer decisions, Integer decisionRequests, Integer deadLetters) {}

  /**
   * Reads the options; the registry is not asked yet.
   *
   * @param faults takes what is wrong
   */
  static Wire of(ReadableConfig config, List<String> faults) {
    if (config.get(LogisticsOptions.WIRE_FORMAT) == WireFormat.SINGLE_OBJECT) {
      for (ConfigOption<?> option :
          List.of(LogisticsOptions.REGISTRY_URL, LogisticsOptions.REGISTRY_CLIENT)) {
        if (config.getOptional(option).isPresent()) {
          faults.add(
              "%s is set and %s is %s, so no registry would be asked; remove it or set %s to %s."
                  .formatted(
                      option.key(),
                      LogisticsOptions.WIRE_FORMAT.key(),
                      WireFormat.SINGLE_OBJECT,
                      LogisticsOptions.WIRE_FORMAT.key(),
                      WireFormat.CONFLUENT));
        }
      }
      return new Wire(null);
    }
    String url = config.get(LogisticsOptions.REGISTRY_URL);
    if (url == null || url.isBlank()) {
      faults.add(
          "%s is %s and %s is not set, so no record could be read or written; give the registry's address, for instance http://registry:8081."
              .formatted(
                  LogisticsOptions.WIRE_FORMAT.key(),
                  WireFormat.CONFLUENT,
                  LogisticsOptions.REGISTRY_URL.key()));
      return new Wire(null);
    }
    try {
      return new Wire(
          RegistryAddress.of(url.strip(), config.get(LogisticsOptions.REGISTRY_CLIENT)));
    } catch (IllegalArgumentException e) {
      faults.add(
          "%s and %s.* do not lead to a registry: %s"
              .formatted(
                  LogisticsOptions.REGISTRY_URL.key(),
                  LogisticsOptions.REGISTRY_CLIENT.key(),
                  e.getMessage()));
      return new Wire(null);
    }
  }

  /**
   * Has the registry know the schemas of the topics that the job writes, each under the subject
   * {@code <topic>-value}. Asks nobody without a registry.
   *
   * @param decisionRequests whether requests are recorded; the schema of what is not written is not
   *     registered
   * @throws IllegalArgumentException when the registry does not answer or refuses
   */
  Ids register(boolean decisionRequests) {
    if (registry == null) {
      return new Ids(null, null, null);
    }
    SchemaRegistry client = new SchemaRegistry(registry);
    List<String> faults = new ArrayList<>();
    Integer decisions = register(client, Topics.DECISIONS, faults);
    Integer requests =
        decisionRequests && faults.isEmpty()
            ? register(client, Topics.DECISION_REQUESTS, faults)
            : null;
    Integer deadLetters = faults.isEmpty() ? register(client, Topics.DEAD_LETTERS, faults) : null;
    LogisticsSettings.refuse(faults);
    return new Ids(decisions, requests, deadLetters);
  }

  private Integer register(SchemaRegistry client, Topic topic, List<String> faults) {
    String subject = topic.name() + "-value";
    try {
      return client.idOf(subject, topic.schema());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while the schema registry was asked.", e);
    } catch (IOException e) {
      faults.add(
          "%s is %s, and no id of the schema of %s is to be had there under subject %s (%s), so it could not be written; see that a schema registry runs there, can be reached from here, and lets this client register schemas (%s.*) or knows them already, or set %s to %s."
              .formatted(
                  LogisticsOptions.REGISTRY_URL.key(),
                  registry,
                  topic.name(),
                  subject,
                  e.getMessage(),
                  LogisticsOptions.REGISTRY_CLIENT.key(),
                  LogisticsOptions.WIRE_FORMAT.key(),
                  WireFormat.SINGLE_OBJECT));
      return null;
    }
  }
}
