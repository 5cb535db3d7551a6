// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DemoE2ECase {

  @Test
  void aSimulatedCityIsDecidedForAndEveryRecordAccountedFor(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("demo.json");

    int exitCode =
        new CommandLine(new DemoCommand())
            .execute("--for=15s", "--vehicles=100", "--speed-up=60", "--json=" + file);

    assertThat(exitCode).isZero();
    JsonNode json = new ObjectMapper().readTree(file.toFile());
    assertThat(json.at("/records_in/telemetry").asLong()).isPositive();
    assertThat(json.at("/records_in/shipments").asLong()).isPositive();
    assertThat(json.at("/unexplained").asLong()).isZero();
    assertThat(sum(json.get("accounted"))).isEqualTo(sum(json.get("records_in")));
    assertThat(json.get("decisions").asLong()).isPositive();
    assertThat(sum(json.get("decisions_by_kind"))).isEqualTo(json.get("decisions").asLong());
    assertThat(sum(json.get("decisions_by_source"))).isEqualTo(json.get("decisions").asLong());
    assertThat(json.at("/latency_ms/p50").isNumber()).isTrue();
    assertThat(json.at("/judge/moments").asLong()).isPositive();
    assertThat(json.at("/judge/hindsight_accuracy").asDouble()).isBetween(0.5, 1.0);
    assertThat(json.at("/restarts").asLong()).isZero();
  }

  @Test
  void modelsAreRolledOutPromotedRetiredAndRefusedWhileItRuns(@TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("demo.json");

    int exitCode =
        new CommandLine(new DemoCommand())
            .execute("--for=40s", "--vehicles=400", "--speed-up=30", "--rollout", "--json=" + file);

    JsonNode json = new ObjectMapper().readTree(file.toFile());
    assertThat(json.get("rollout"))
        .extracting(event -> event.get("model").asText() + " " + event.get("what").asText())
        .anyMatch(event -> event.startsWith("scenario:2 compared with the stable version: "))
        .anyMatch(event -> event.startsWith("scenario:2 promoted"))
        .anyMatch(event -> event.startsWith("scenario:3 Retired by the job: "))
        .anyMatch(event -> event.startsWith("scenario:4 refused: "));
    assertThat(exitCode).isZero();
    assertThat(json.at("/decisions_by_source/GENERATIVE").asLong())
        .as("the first version is known before the first request")
        .isEqualTo(
            json.get("decisions").asLong()
                - json.at("/decisions_by_source/FALLBACK").asLong()
                - json.get("decisions_abstained").asLong());
    assertThat(json.at("/dead_letters_by_cause/UNUSABLE_MODEL").asLong()).isOne();
    assertThat(json.at("/unexplained").asLong()).isZero();
    assertThat(json.at("/restarts").asLong()).isZero();
  }

  private static long sum(JsonNode counts) {
    long sum = 0;
    for (JsonNode count : counts) {
      sum += count.asLong();
    }
    return sum;
  }
}
