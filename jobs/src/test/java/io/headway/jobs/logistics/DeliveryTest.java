// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said at submission about delivery; nothing listens at the brokers' address. */
class DeliveryTest {

  @Test
  void atLeastOnceIsTheDefaultAndAsksNoBroker() throws Exception {
    assertThat(LogisticsSettings.of(new Configuration()).delivery().guarantee())
        .isEqualTo(DeliveryGuarantee.AT_LEAST_ONCE);
    assertThatCode(() -> submit(Map.of())).doesNotThrowAnyException();
  }

  @Test
  void theTransactionalIdsBeginWithTheConsumerGroupUnlessToldOtherwise() {
    assertThat(prefix(Map.of())).isEqualTo("headway-logistics");
    assertThat(prefix(Map.of("headway.kafka.group-id", "north"))).isEqualTo("north");
    assertThat(
            prefix(
                Map.of(
                    "headway.kafka.group-id",
                    "north",
                    "headway.delivery.transactional-id-prefix",
                    "night")))
        .isEqualTo("night");
  }

  @Test
  void noGuaranteeAtAllIsRefused() {
    assertThatThrownBy(() -> submit(Map.of("headway.delivery.guarantee", "none")))
        .hasMessageContaining("headway.delivery.guarantee is none")
        .hasMessageContaining("set at-least-once or exactly-once");
  }

  @Test
  void transactionPropertiesBesideTheOptionsAreRefused() {
    assertThatThrownBy(
            () -> submit(Map.of("headway.kafka.properties.transaction.timeout.ms", "60000")))
        .hasMessageContaining("headway.kafka.properties.transaction.timeout.ms is 60000")
        .hasMessageContaining("headway.delivery.transaction-timeout");
  }

  @Test
  void aTransactionThatEndsBeforeARestartIsOverIsRefused() {
    assertThatThrownBy(
            () ->
                submit(
                    Map.of(
                        "headway.delivery.guarantee", "exactly-once",
                        "execution.checkpointing.interval", "1 min",
                        "execution.checkpointing.timeout", "3 min",
                        "headway.delivery.transaction-timeout", "5 min")))
        .hasMessageContaining("headway.delivery.transaction-timeout is 300 s")
        .hasMessageContaining("can last 480 s")
        .hasMessageContaining("set it to at least 480 s");
  }

  /** It is open from one checkpoint to the next, and until that is complete. */
  @ParameterizedTest
  @CsvSource({
    "1 min, 3 min, 0, 0, 480",
    "6 min, 3 min, 0, 0, 660",
    "1 min, 3 min, 2 min, 0, 600",
    "1 min, 3 min, 0, 2, 840",
  })
  void aTransactionLastsAsLongAsItsCheckpointsAtTheirSlowest(
      String interval, String timeout, String pause, String failures, int seconds) {
    assertThatThrownBy(
            () ->
                submit(
                    Map.of(
                        "headway.delivery.guarantee", "exactly-once",
                        "execution.checkpointing.interval", interval,
                        "execution.checkpointing.timeout", timeout,
                        "execution.checkpointing.min-pause", pause,
                        "execution.checkpointing.tolerable-failed-checkpoints", failures,
                        "headway.delivery.transaction-timeout", seconds - 1 + " s")))
        .hasMessageContaining("can last " + seconds + " s");
  }

  @Test
  void theDefaultsSuitWhatBrokersAllowByDefault() {
    assertThatThrownBy(
            () ->
                submit(
                    Map.of(
                        "headway.delivery.guarantee", "exactly-once",
                        "headway.kafka.properties.default.api.timeout.ms", "1000")))
        .as("it is the brokers' turn")
        .hasMessageContaining("did not say how long a transaction may last");
    assertThat(LogisticsOptions.TRANSACTION_TIMEOUT.defaultValue())
        .isLessThanOrEqualTo(Duration.ofMinutes(15));
  }

  @Test
  void theDefaultsWithASchemaRegistrySuitThemToo() {
    assertThatThrownBy(
            () ->
                submit(
                    Map.of(
                        "headway.delivery.guarantee", "exactly-once",
                        "headway.wire.format", "confluent",
                        "headway.registry.url", "http://localhost:9",
                        "headway.kafka.properties.default.api.timeout.ms", "1000")))
        .as("it is the brokers' turn")
        .hasMessageContaining("did not say how long a transaction may last");
  }

  @Test
  void aBrokerMayKeepItsLimitToItself() {
    assertThat(Delivery.limitMs(new Config(List.of()))).isEmpty();
    assertThat(Delivery.limitMs(new Config(List.of(new ConfigEntry(Delivery.BROKER_LIMIT, null)))))
        .isEmpty();
    assertThat(
            Delivery.limitMs(new Config(List.of(new ConfigEntry(Delivery.BROKER_LIMIT, "900000")))))
        .hasValue(900_000);
  }

  @Test
  void exactlyOnceOnCheckpointsThatRepeatIsRefused() {
    assertThatThrownBy(
            () ->
                submit(
                    Map.of(
                        "headway.delivery.guarantee", "exactly-once",
                        "execution.checkpointing.mode", "AT_LEAST_ONCE")))
        .hasMessageContaining("execution.checkpointing.mode is AT_LEAST_ONCE");
  }

  @Test
  @Timeout(20)
  void brokersThatDoNotAnswerAreNamedWithinTheTimeThatIsAllowed() {
    assertThatThrownBy(
            () ->
                submit(
                    Map.of(
                        "headway.delivery.guarantee", "exactly-once",
                        "headway.kafka.properties.default.api.timeout.ms", "1000")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("headway.kafka.bootstrap-servers is localhost:")
        .hasMessageContaining("did not say how long a transaction may last");
  }

  @Test
  void theBrokersAreAskedWithTheClientsSecurity() {
    assertThatThrownBy(
            () ->
                submit(
                    Map.of(
                        "headway.delivery.guarantee", "exactly-once",
                        "headway.kafka.properties.security.protocol", "SASL_SSL",
                        "headway.kafka.properties.sasl.mechanism", "PLAIN")))
        .as("the client is told to log in and not how")
        .hasMessageContaining("Could not find a 'KafkaClient' entry in the JAAS configuration");
  }

  private static String prefix(Map<String, String> options) {
    return LogisticsSettings.of(Configuration.fromMap(options)).delivery().transactionalIdPrefix();
  }

  private static void submit(Map<String, String> options) throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    Map<String, String> all = new HashMap<>(options);
    all.put("headway.kafka.bootstrap-servers", "localhost:" + port);
    LogisticsJob.build(
        StreamExecutionEnvironment.getExecutionEnvironment(), Configuration.fromMap(all));
  }
}
