// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The jar that is submitted holds what a cluster lacks, and nothing else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JobsJarITCase {
  private static final Path JAR = Path.of("target", "headway-jobs.jar");

  /** A tenth above what it is: every submission uploads it, and every TaskManager fetches it. */
  private static final long MOST_BYTES = 36_000_000;

  /** What an entry may be. All of it is here because no Flink distribution has it. */
  private static final List<Pattern> EXPECTED =
      List.of(
          // Ours.
          pattern("io/headway/(functions|jobs|kernels|schemas)/.*"),
          // Contracts and the topics, with what they need.
          pattern("org/apache/avro/.*"),
          pattern("com/fasterxml/jackson/.*"),
          // What runs models, for the machines that clusters have.
          pattern("ai/onnxruntime/[^/]+"),
          pattern("ai/onnxruntime/(providers|platform)/.*"),
          pattern("ai/onnxruntime/native/linux-(x64|aarch64)/[^/]+\\.so"),
          // Flink's connector for Kafka and its Avro types.
          pattern("org/apache/flink/connector/kafka/.*"),
          pattern("org/apache/flink/streaming/connectors/kafka/.*"),
          pattern("org/apache/flink/streaming/util/serialization/JSONKeyValue.*"),
          pattern("org/apache/flink/formats/avro/.*"),
          // Kafka's clients, and the one compression that Flink does not bring.
          pattern("org/apache/kafka/.*"),
          pattern("common/message/.*"),
          pattern("kafka/kafka-version\\.properties"),
          pattern("com/github/luben/zstd/.*"),
          pattern("(linux/(amd64|aarch64|ppc64le)|darwin/[^/]+|win/amd64)/libzstd-jni[^/]*"),
          pattern("META-INF/.*"),
          pattern("LICENSE|NOTICE|ThirdPartyNotices\\.txt"));

  private JarFile jar;

  @BeforeAll
  void open() throws IOException {
    assertThat(JAR).as("run the verify phase, which packages it").exists();
    jar = new JarFile(JAR.toFile());
  }

  @AfterAll
  void close() throws IOException {
    if (jar != null) {
      jar.close();
    }
  }

  @Test
  void itHoldsWhatAClusterLacksAndNothingElse() {
    assertThat(files())
        .filteredOn(name -> EXPECTED.stream().noneMatch(known -> known.matcher(name).matches()))
        .as(
            "make it 'provided' or exclude it in the pom, if the cluster has it; else say here what it is for")
        .isEmpty();
  }

  @Test
  void itStartsWhatTheDocsSay() {
    assertThat(files())
        .contains(
            "io/headway/jobs/logistics/LogisticsJob.class",
            "io/headway/schemas/topics.json",
            "META-INF/services/org.apache.kafka.common.config.provider.ConfigProvider");
  }

  @Test
  void itIsNoLargerThanItWas() throws IOException {
    assertThat(Files.size(JAR))
        .as(
            "bytes of %s: find what came in with 'unzip -lv', leave out what a cluster has or the job"
                + " does not use, and raise the limit only with the reason in the changelog",
            JAR)
        .isLessThanOrEqualTo(MOST_BYTES);
  }

  private List<String> files() {
    try (Stream<JarEntry> entries = jar.stream()) {
      return entries.filter(entry -> !entry.isDirectory()).map(JarEntry::getName).toList();
    }
  }

  private static Pattern pattern(String regex) {
    return Pattern.compile(regex);
  }
}
