// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
        .hasMessageContaining("can last 360 s")
        .hasMessageContaining("set it to at least 360 s");
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
