// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flink's own SQL client in a process of its own, which has the libraries of Flink's distribution
 * on its class path and is given the jar as users give it.
 */
class SqlClientE2ECase {
  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();
  private static final Path JAR = Path.of(System.getProperty("headway.jobs.jar")).normalize();
  private static final Path CLIENT = Path.of(System.getProperty("headway.sql.client.home"));
  private static final String SCRIPT = "functions/docs/examples/predict.sql";
  private static final long PATIENCE_MIN = 5;

  /** A row of two columns, as the client draws it. */
  private static final Pattern ROW = Pattern.compile("\\| \\+I \\|\\s+(\\S+) \\|\\s+(\\S+) \\|");

  @TempDir private Path folder;

  @Test
  void theExampleScriptPredictsInFlinksOwnSqlClient() throws Exception {
    String said = run("-j", JAR.toString(), "-f", SCRIPT);

    assertThat(said).doesNotContain("[ERROR]");
    assertThat(rows(said))
        .containsExactlyInAnyOrder(
            List.of("van-1", Double.toString(12.0 + 3 + 480)),
            List.of("van-2", Double.toString(5.0 + 1 + 500)),
            List.of("van-3", Double.toString(7.5 + 2 + 510)));
  }

  @Test
  void withoutTheJarTheClientDoesNotKnowTheProvider() throws Exception {
    assertThat(run("-f", SCRIPT))
        .contains("[ERROR]")
        .contains("implement 'org.apache.flink.table.factories.ModelProviderFactory'");
  }

  /** What the client says. Its exit status is 0 whatever becomes of a script. */
  private String run(String... arguments) throws IOException, InterruptedException {
    Files.createFile(folder.resolve("config.yaml"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    // What Flink's own configuration opens on Java 17, this process was started with.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-opens"))
        .forEach(command::add);
    command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath())));
    command.add("org.apache.flink.table.client.SqlClient");
    command.addAll(List.of("-hist", folder.resolve("history").toString()));
    command.addAll(List.of(arguments));

    Path log = folder.resolve("client.log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(REPOSITORY.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("FLINK_CONF_DIR", folder.toString());
    Process client = builder.start();
    try {
      assertThat(client.waitFor(PATIENCE_MIN, TimeUnit.MINUTES))
          .as(() -> "the client has ended; it said " + read(log))
          .isTrue();
      return Files.readString(log);
    } finally {
      client.destroyForcibly();
    }
  }

  private static List<String> classPath() throws IOException {
    assertThat(CLIENT).as("run with -Pe2e, which fetches Flink's SQL client").isDirectory();
    List<String> all = new ArrayList<>(StandaloneCluster.classPath());
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(CLIENT, "*.jar")) {
      jars.forEach(jar -> all.add(jar.toString()));
    }
    return all;
  }

  private static List<List<String>> rows(String said) {
    return ROW.matcher(said)
        .results()
        .map((MatchResult row) -> List.of(row.group(1), row.group(2)))
        .toList();
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return "nothing that can be read: " + e.getMessage();
    }
  }
}
