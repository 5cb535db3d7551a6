// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

class LogisticsSettingsTest {

  @Test
  void defaultsAreSound() {
    LogisticsSettings settings = LogisticsSettings.of(new Configuration());

    assertThat(settings.outOfOrderness()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.roadsUri()).isNull();
  }

  @Test
  void allValuesOutOfRangeAreNamedAtOnce() {
    Configuration config =
        Configuration.fromMap(
            Map.of(
                "headway.plan.off-network-detour-factor", "0.5",
                "headway.traffic.window", "0 s"));

    assertThatThrownBy(() -> LogisticsSettings.of(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "headway.plan.off-network-detour-factor is 0.5", "headway.traffic.window is PT0S");
  }

  @Test
  void unalignedCheckpointsAreRefused() {
    Configuration config =
        Configuration.fromMap(Map.of("execution.checkpointing.unaligned.enabled", "true"));

    assertThatThrownBy(() -> LogisticsSettings.of(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "execution.checkpointing.unaligned.enabled is true",
            "set it to false",
            "taskmanager.network.memory.buffer-debloat.enabled to true");
  }

  @Test
  void everyDurationOutOfItsRangeIsNamedByItsKeyWithWhatItMeansAndWhatToDo() {
    Map<String, String> values = new TreeMap<>();
    for (ConfigOption<?> option : LogisticsOptions.all()) {
      if (option.defaultValue() instanceof Duration) {
        values.put(option.key(), "400 d");
      }
    }
    assertThat(values).hasSizeGreaterThan(8).containsKey("headway.vehicle.idle-timeout");

    assertThatThrownBy(() -> LogisticsSettings.of(Configuration.fromMap(values)))
        .hasMessageContainingAll(
            values.keySet().stream()
                .map(key -> key + " is PT9600H, so the job cannot keep to it; set it from ")
                .toArray(CharSequence[]::new))
        .hasMessageContaining("A vehicle without records for this long");
  }

  @Test
  void aShortIdleTimeoutIsTaken() {
    Map<String, String> values = Map.of("headway.vehicle.idle-timeout", "10 min");

    assertThat(LogisticsSettings.of(Configuration.fromMap(values)).plan().vehicleIdle())
        .isEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void allUnreadableValuesAreNamedAtOnce() {
    Configuration config =
        Configuration.fromMap(
            Map.of(
                "headway.input.max-record-bytes", "many",
                "headway.telemetry.out-of-orderness", "-1 s"));

    assertThatThrownBy(() -> LogisticsSettings.of(config))
        .hasMessageContainingAll(
            "'many' for key 'headway.input.max-record-bytes'",
            "'-1 s' for key 'headway.telemetry.out-of-orderness'",
            "How far telemetry may be out of order");
  }

  @Test
  void aMistypedKeyIsRefusedInsteadOfIgnored() {
    Configuration config = Configuration.fromMap(Map.of("headway.telemetry.disorder", "5 s"));

    assertThatThrownBy(() -> LogisticsSettings.of(config))
        .hasMessageContaining("headway.telemetry.disorder")
        .hasMessageContaining("headway.telemetry.out-of-orderness");
  }

  @Test
  void kafkaPropertiesPassThrough() {
    Configuration config =
        Configuration.fromMap(Map.of("headway.kafka.properties.security.protocol", "SASL_SSL"));

    assertThat(LogisticsSettings.of(config)).isNotNull();
    assertThat(config.get(LogisticsOptions.KAFKA_PROPERTIES))
        .containsEntry("security.protocol", "SASL_SSL");
  }

  @Test
  void halfAClockIsRefused() {
    assertThatThrownBy(
            () ->
                LogisticsSettings.of(
                    Configuration.fromMap(Map.of("headway.clock.event-origin-ms", "0"))))
        .hasMessageContaining("headway.clock.wall-origin-ms");
    assertThatThrownBy(
            () ->
                LogisticsSettings.of(Configuration.fromMap(Map.of("headway.clock.speed-up", "30"))))
        .hasMessageContaining("set both origins");
  }

  @Test
  void aScaledClockRunsFromItsOrigins() {
    Configuration config =
        Configuration.fromMap(
            Map.of(
                "headway.clock.event-origin-ms", "1000000",
                "headway.clock.wall-origin-ms", Long.toString(System.currentTimeMillis()),
                "headway.clock.speed-up", "1000"));

    assertThat(LogisticsSettings.of(config).clock().nowMs()).isBetween(1_000_000L, 100_000_000L);
  }

  @Test
  void aJobWithoutBrokersIsNotSubmitted() {
    assertThatThrownBy(
            () ->
                LogisticsJob.build(
                    StreamExecutionEnvironment.getExecutionEnvironment(), new Configuration()))
        .hasMessageContaining("headway.kafka.bootstrap-servers is not set");
  }
}
