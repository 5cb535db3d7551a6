// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Each command in so small a form that its figures say nothing, but are there. */
class InferenceCommandsITCase {
  @TempDir private Path folder;

  @Test
  void inference() throws Exception {
    List<JsonNode> figures = run(new InferenceCommand(), "inference", "--scale", "0.01");
    assertThat(value(figures, "ffnn_batched_to_one_by_one")).isPositive();
    assertThat(value(figures, "wide_crayfish_cpu_us_per_record")).isPositive();
  }

  @Test
  void faces() throws Exception {
    List<JsonNode> figures = run(new FacesCommand(), "inference-faces", "--scale", "0.001");
    assertThat(value(figures, "ffnn_sql_to_data_stream")).isPositive();
    assertThat(value(figures, "wide_sql_records_per_s")).isPositive();
  }

  @Test
  void faults() throws Exception {
    List<JsonNode> figures =
        run(
            new FaultsCommand(),
            "inference-faults",
            "--bursts",
            "2",
            "--rate",
            "1000",
            "--seconds",
            "2");
    assertThat(value(figures, "burst_ffnn_p99_ms")).isPositive();
    assertThat(value(figures, "well_p99_ms")).isLessThan(value(figures, "hang_max_ms"));
    // Nobody but the fallback answers while the model hangs.
    assertThat(value(figures, "hang_share_of_model")).isLessThan(0.1);
    assertThat(value(figures, "hang_checkpoints")).isPositive();
    assertThat(value(figures, "hang_checkpoints_failed")).isZero();
    assertThat(value(figures, "hang_not_recovered")).isZero();
  }

  @Test
  void swaps() throws Exception {
    List<JsonNode> figures =
        run(
            new SwapsCommand(),
            "inference-swaps",
            "--seconds",
            "1",
            "--swaps",
            "2",
            "--rate",
            "500",
            "--model",
            "ffnn");
    assertThat(value(figures, "swaps")).isEqualTo(4);
    assertThat(value(figures, "requests")).isEqualTo(2_000);
    assertThat(value(figures, "requests_failed_or_lost")).isZero();
    assertThat(value(figures, "models_open_more_than_before")).isZero();
    assertThat(value(figures, "native_objects_left_at_the_end")).isZero();
  }

  private List<JsonNode> run(Object command, String name, String... options) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("--rounds", "2", "--results", folder.toString()));
    arguments.addAll(List.of(options));
    StringWriter said = new StringWriter();
    int code =
        new CommandLine(command)
            .setOut(new PrintWriter(said))
            .setErr(new PrintWriter(said))
            .execute(arguments.toArray(String[]::new));
    assertThat(code).as(said.toString()).isZero();
    List<JsonNode> figures = new ArrayList<>();
    new ObjectMapper()
        .readTree(folder.resolve(name + ".json").toFile())
        .get("figures")
        .forEach(figures::add);
    return figures;
  }

  private static double value(List<JsonNode> figures, String name) {
    return figures.stream()
        .filter(figure -> figure.get("name").asText().equals(name))
        .findAny()
        .orElseThrow(() -> new AssertionError("There is no figure " + name + " in " + figures))
        .get("value")
        .asDouble();
  }
}
