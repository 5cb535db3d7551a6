// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class KafkaEndsTest {
  private static final String FETCH = "max.partition.fetch.bytes";

  @Test
  void takesTurnsOfTheLargestRecordAmongPartitionsUnlessToldOtherwise() {
    assertThat(ends(Map.of()).consumer()).containsEntry(FETCH, "65536");
    assertThat(ends(Map.of("headway.kafka.properties." + FETCH, "1048576")).consumer())
        .containsEntry(FETCH, "1048576");
  }

  private static KafkaEnds ends(Map<String, String> options) {
    Configuration config = Configuration.fromMap(options);
    config.set(LogisticsOptions.BOOTSTRAP_SERVERS, "localhost:9092");
    return new KafkaEnds(config);
  }
}
