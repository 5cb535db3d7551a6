// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.loadtests.kafka.EmbeddedKafka;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelsCommandE2ECase {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final String SHA =
      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

  @TempDir private Path folder;
  private EmbeddedKafka kafka;
  private Path file;
  private String said;

  @BeforeEach
  void startBroker() throws IOException {
    kafka = EmbeddedKafka.start(folder, 0);
    kafka.topics().create(Topics.all());
    // What is in it is for the job to find out.
    file = Files.writeString(folder.resolve("a.onnx"), "test");
  }

  @AfterEach
  void stopBroker() throws IOException {
    kafka.close();
  }

  @Test
  void aVersionIsReleasedPromotedAndRetired() throws Exception {
    assertThat(run("list")).isZero();
    assertThat(said).contains("scenario:1").contains("It came with the job.");
    assertThat(run("retire", "scenario:1", "--reason=the baseline alone")).isZero();
    assertThat(held("scenario:1").getRole()).isEqualTo(ModelRole.RETIRED);
    assertThat(held("scenario:1").getRevision()).isZero();

    assertThat(run("release", "lateness:1", "--file=" + file, "--role=stable")).isZero();
    assertThat(run("release", "lateness:2", "--file=" + file, "--share=0.25")).isZero();
    ModelRelease canary = held("lateness:2");
    assertThat(canary.getRole()).isEqualTo(ModelRole.CANARY);
    assertThat(canary.getShare()).isEqualTo(0.25);
    assertThat(canary.getSha256()).isEqualTo(SHA);
    assertThat(canary.getUri()).isEqualTo(file.toUri().toString());
    assertThat(canary.getReleasedAt()).isEqualTo(NOW);

    assertThat(run("promote", "lateness:2", "--reason=did well")).isZero();
    assertThat(held("lateness:2").getRole()).isEqualTo(ModelRole.STABLE);
    assertThat(held("lateness:2").getRevision()).isEqualTo(canary.getRevision() + 1);
    assertThat(run("retire", "lateness:1")).isZero();
    assertThat(held("lateness:1").getRole()).isEqualTo(ModelRole.RETIRED);

    assertThat(run("list")).isZero();
    assertThat(said)
        .containsSubsequence("lateness:1", "retired", "lateness:2", "stable", "did well");
  }

  @Test
  void aFileElsewhereIsReleasedByItsAddressAndHash() throws Exception {
    assertThat(run("release", "lateness:3", "--uri=s3://models/a.onnx", "--sha256=" + SHA))
        .isZero();
    assertThat(held("lateness:3").getUri()).isEqualTo("s3://models/a.onnx");
  }

  @Test
  void whatCannotBeIsRefusedAndNothingWritten() throws Exception {
    assertThat(run("promote", "lateness:1")).isEqualTo(2);
    assertThat(said).contains("lateness:1 is not released");
    assertThat(run("release", "lateness", "--file=" + file)).isEqualTo(2);
    assertThat(said).contains("NAME:VERSION");
    assertThat(run("release", "lateness:1", "--file=" + file, "--share=0")).isEqualTo(2);
    assertThat(run("release", "lateness:1", "--file=" + file, "--role=retired")).isEqualTo(2);
    assertThat(run("release", "lateness:1", "--file=" + folder.resolve("none"))).isEqualTo(2);
    assertThat(run("release", "lateness:1", "--file=" + file, "--min-requests=0")).isEqualTo(2);
    assertThat(said).contains("min_requests");
    assertThat(topic().read()).isEmpty();

    assertThat(run("release", "lateness:1", "--file=" + file)).isZero();
    Files.writeString(file, "another");
    assertThat(run("release", "lateness:1", "--file=" + file)).isEqualTo(2);
    assertThat(said).contains("another file", "as a new version");
    assertThat(run("retire", "lateness:1", "--reason=slow")).isZero();
    assertThat(run("promote", "lateness:1")).isEqualTo(2);
    assertThat(said).contains("retired (slow)");
  }

  private int run(String... args) {
    StringWriter text = new StringWriter();
    CommandLine command =
        new CommandLine(new ModelsCommand(Clock.fixed(NOW, ZoneOffset.UTC)))
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setOut(new PrintWriter(text))
            .setErr(new PrintWriter(text));
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.add("--bootstrap-servers=" + kafka.bootstrapServers());
    int code = command.execute(all.toArray(String[]::new));
    said = text.toString();
    return code;
  }

  private ReleaseTopic topic() {
    return new ReleaseTopic(Map.of("bootstrap.servers", kafka.bootstrapServers()));
  }

  private ModelRelease held(String model) throws Exception {
    return topic().read().stream()
        .filter(release -> release.getModel().equals(model))
        .findAny()
        .orElseThrow();
  }
}
