// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often one decision, or one dead letter, may appear on its topic when the job fails and
 * recovers. Immutable.
 *
 * @param guarantee at least once or exactly once
 * @param transactionalIdPrefix begins every transactional id of the job
 * @param transactionTimeout after which the broker aborts a transaction that nobody ended
 */
record Delivery(
    DeliveryGuarantee guarantee, String transactionalIdPrefix, Duration transactionTimeout) {

  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

  /** Longest time that a failure needs to be noticed and the job to be restored. */
  static final Duration RESTART = Duration.ofMinutes(2);

  /** How long the brokers may take to answer at submission, unless the client is told otherwise. */
  private static final Duration ANSWER = Duration.ofSeconds(30);

  /** The brokers' own limit. */
  static final String BROKER_LIMIT = "transaction.max.timeout.ms";

  private static final List<String> OWN_PROPERTIES =
      List.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, ProducerConfig.TRANSACTION_TIMEOUT_CONFIG);

  /**
   * Reads the options; what can be judged without a broker is judged.
   *
   * @param faults takes what is wrong
   */
  static Delivery of(ReadableConfig config, List<String> faults) {
    Delivery delivery =
        new Delivery(
            config.get(LogisticsOptions.DELIVERY_GUARANTEE),
            config
                .getOptional(LogisticsOptions.TRANSACTIONAL_ID_PREFIX)
                .orElse(config.get(LogisticsOptions.GROUP_ID)),
            config.get(LogisticsOptions.TRANSACTION_TIMEOUT));
    if (delivery.guarantee == DeliveryGuarantee.NONE) {
      faults.add(
          "%s is none, so decisions would be lost in a failure; set at-least-once or exactly-once."
              .formatted(LogisticsOptions.DELIVERY_GUARANTEE.key()));
    }
    if (delivery.transactionalIdPrefix.isBlank()) {
      faults.add(
          "%s is blank, so transactions of this job could not be told from those of others; give a name that no other job on these brokers has."
              .formatted(LogisticsOptions.TRANSACTIONAL_ID_PREFIX.key()));
    }
    Map<String, String> properties = config.get(LogisticsOptions.KAFKA_PROPERTIES);
    for (String own : OWN_PROPERTIES) {
      if (properties.containsKey(own)) {
        faults.add(
            "%s.%s is %s, so it would be overridden without a word; remove it and set %s and %s."
                .formatted(
                    LogisticsOptions.KAFKA_PROPERTIES.key(),
                    own,
                    properties.get(own),
                    LogisticsOptions.TRANSACTIONAL_ID_PREFIX.key(),
                    LogisticsOptions.TRANSACTION_TIMEOUT.key()));
      }
    }
    return delivery;
  }

  /** Has a sink deliver so. Its transactional ids carry the topic's name. */
  void applyTo(KafkaSinkBuilder<?> sink, String topic) {
    sink.setDeliveryGuarantee(guarantee);
    if (guarantee == DeliveryGuarantee.EXACTLY_ONCE) {
      sink.setTransactionalIdPrefix(transactionalIdPrefix + "-" + topic);
      sink.setProperty(
          ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Long.toString(transactionTimeout.toMillis()));
    }
  }

  /**
   * Checks at submission that transactions can live as long as they must: as checkpoints are taken,
   * and as the brokers allow. Does nothing for at-least-once.
   *
   * @param checkpoints how the job takes checkpoints
   * @param client how to reach the brokers, security included
   * @throws IllegalArgumentException when transactions would be aborted before they are committed,
   *     or the brokers do not answer within half a minute (or {@code default.api.timeout.ms})
   */
  void check(CheckpointConfig checkpoints, Properties client) {
    if (guarantee != DeliveryGuarantee.EXACTLY_ONCE) {
      return;
    }
    List<String> faults = new ArrayList<>();
    againstCheckpoints(checkpoints, faults);
    if (faults.isEmpty()) {
      againstBrokers(client, faults);
    }
    LogisticsSettings.refuse(faults);
  }

  private void againstCheckpoints(CheckpointConfig checkpoints, List<String> faults) {
    if (checkpoints.getCheckpointingConsistencyMode() != CheckpointingMode.EXACTLY_ONCE) {
      faults.add(
          "%s is %s and %s is exactly-once, so decisions would be repeated all the same; set %s to EXACTLY_ONCE."
              .formatted(
                  CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE.key(),
                  checkpoints.getCheckpointingConsistencyMode(),
                  LogisticsOptions.DELIVERY_GUARANTEE.key(),
                  CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE.key()));
    }
    Duration needed = longestTransaction(checkpoints);
    if (transactionTimeout.compareTo(needed) < 0) {
      faults.add(
          "%s is %s, but a transaction can last %s (%s), so the broker could abort decisions that a checkpoint has promised; set it to at least %s, or shorten the checkpoints' interval or timeout."
              .formatted(
                  LogisticsOptions.TRANSACTION_TIMEOUT.key(),
                  seconds(transactionTimeout),
                  seconds(needed),
                  composed(checkpoints),
                  seconds(needed)));
    }
  }

  /**
   * A transaction begins with one checkpoint and is committed when a later one is complete. The
   * next begins after the interval, or when the one before is complete and the pause is over.
   */
  private static Duration longestTransaction(CheckpointConfig checkpoints) {
    Duration timeout = Duration.ofMillis(checkpoints.getCheckpointTimeout());
    Duration next = timeout.plusMillis(checkpoints.getMinPauseBetweenCheckpoints());
    Duration interval = Duration.ofMillis(checkpoints.getCheckpointInterval());
    Duration between = interval.compareTo(next) > 0 ? interval : next;
    int failures = Math.max(0, checkpoints.getTolerableCheckpointFailureNumber());
    return between.multipliedBy(1L + failures).plus(timeout).plus(RESTART);
  }

  private static String composed(CheckpointConfig checkpoints) {
    return "%s %s, %s %s twice, %s %s, %s %d, and %s for a restart"
        .formatted(
            CheckpointingOptions.CHECKPOINTING_INTERVAL.key(),
            seconds(Duration.ofMillis(checkpoints.getCheckpointInterval())),
            CheckpointingOptions.CHECKPOINTING_TIMEOUT.key(),
            seconds(Duration.ofMillis(checkpoints.getCheckpointTimeout())),
            CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS.key(),
            seconds(Duration.ofMillis(checkpoints.getMinPauseBetweenCheckpoints())),
            CheckpointingOptions.TOLERABLE_FAILURE_NUMBER.key(),
            Math.max(0, checkpoints.getTolerableCheckpointFailureNumber()),
            seconds(RESTART));
  }

  private void againstBrokers(Properties client, List<String> faults) {
    Properties bounded = new Properties();
    bounded.putAll(client);
    bounded.putIfAbsent(
        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Long.toString(ANSWER.toMillis()));
    // A request may not take longer than the call that it belongs to.
    bounded.put(
        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
        bounded.get(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG));
    Admin admin = null;
    try {
      admin = Admin.create(bounded);
      limits(admin)
          .forEach(
              (broker, limitMs) -> {
                if (transactionTimeout.toMillis() > limitMs) {
                  faults.add(
                      "%s is %s, but broker %s allows %s (its %s is %d), so it would refuse every transaction and no decision would be written; lower the option or raise the broker's limit."
                          .formatted(
                              LogisticsOptions.TRANSACTION_TIMEOUT.key(),
                              seconds(transactionTimeout),
                              broker,
                              seconds(Duration.ofMillis(limitMs)),
                              BROKER_LIMIT,
                              limitMs));
                }
              });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while the brokers were asked.", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AuthorizationException) {
        warnUnchecked(e.getCause().getMessage());
      } else {
        faults.add(unreachable(client, e.getCause()));
      }
    } catch (KafkaException e) {
      faults.add(unreachable(client, e));
    } finally {
      if (admin != null) {
        admin.close(Duration.ZERO);
      }
    }
  }

  /** The longest transaction that each broker allows, in milliseconds; of those that tell it. */
  private static Map<String, Long> limits(Admin admin)
      throws InterruptedException, ExecutionException {
    List<ConfigResource> brokers = new ArrayList<>();
    for (Node node : admin.describeCluster().nodes().get()) {
      brokers.add(new ConfigResource(ConfigResource.Type.BROKER, node.idString()));
    }
    Map<String, Long> limits = new HashMap<>();
    Map<ConfigResource, Config> configs = admin.describeConfigs(brokers).all().get();
    configs.forEach(
        (broker, config) -> {
          limitMs(config)
              .ifPresentOrElse(
                  ms -> limits.put(broker.name(), ms),
                  () -> warnUnchecked("broker " + broker.name() + " does not tell it"));
        });
    return limits;
  }

  /** What a broker's configuration says of the limit; managed brokers may keep it to themselves. */
  static OptionalLong limitMs(Config broker) {
    ConfigEntry limit = broker.get(BROKER_LIMIT);
    return limit == null || limit.value() == null
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(limit.value()));
  }

  private static void warnUnchecked(String why) {
    LOG.warn(
        "This user cannot read the brokers' {} ({}), so {} is taken unchecked: if it is longer, no transaction begins and the job restarts for ever. Let the user describe the cluster's configuration.",
        BROKER_LIMIT,
        why,
        LogisticsOptions.TRANSACTION_TIMEOUT.key());
  }

  private static String unreachable(Properties client, Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return "%s is %s, and these brokers did not say how long a transaction may last (%s), so it is not known whether %s can be kept; see that they run and can be reached from here with what %s.* says, or set %s to at-least-once."
        .formatted(
            LogisticsOptions.BOOTSTRAP_SERVERS.key(),
            client.getProperty(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG),
            root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage(),
            DeliveryGuarantee.EXACTLY_ONCE,
            LogisticsOptions.KAFKA_PROPERTIES.key(),
            LogisticsOptions.DELIVERY_GUARANTEE.key());
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }
}
