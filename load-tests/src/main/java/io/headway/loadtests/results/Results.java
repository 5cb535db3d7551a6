// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.results;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Writes what a benchmark or an evaluation found: {@code <name>.json}, {@code <name>.md}, rows. */
public final class Results {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Path folder;
  private final Clock clock;

  /**
   * @param folder is made when it is missing
   */
  public Results(Path folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
  }

  /**
   * Writes both files, replacing older ones.
   *
   * @param name of the files, without suffix
   * @param command that a person types to repeat it
   * @param title first line of the page
   * @param text what stands below the table of figures, in Markdown
   */
  public void write(String name, String command, String title, List<Figure> figures, String text)
      throws IOException {
    Files.createDirectories(folder);
    Instant date = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    ObjectNode json = JSON.createObjectNode();
    json.put("name", name);
    json.setAll(provenance(command, date));
    for (Figure figure : figures) {
      ObjectNode node = json.withArray("figures").addObject();
      node.put("name", figure.name());
      put(node, "value", figure.value());
      node.put("unit", figure.unit());
      put(node, "low", figure.low());
      put(node, "high", figure.high());
      node.put("goal", figure.goal());
      node.put("holds", figure.holds());
    }
    Files.writeString(folder.resolve(name + ".json"), JSON.writeValueAsString(json) + "\n");
    StringBuilder page = new StringBuilder();
    page.append("# ").append(title).append("\n\n");
    page.append("`").append(command).append("` · commit ").append(json.get("commit").asText());
    page.append(" · ").append(date).append(" · ").append(machine()).append("\n\n");
    page.append("| figure | value | 95 % interval | goal | holds |\n|---|---:|---|---|---|\n");
    for (Figure figure : figures) {
      page.append("| ").append(figure.name()).append(" | ").append(number(figure.value()));
      page.append(figure.unit().isEmpty() ? "" : " " + figure.unit()).append(" | ");
      if (figure.low() != null && !figure.low().isNaN()) {
        page.append(number(figure.low())).append(" to ").append(number(figure.high()));
      }
      page.append(" | ").append(figure.goal() == null ? "" : figure.goal()).append(" | ");
      page.append(figure.holds() == null ? "" : figure.holds() ? "yes" : "**no**").append(" |\n");
    }
    page.append("\n").append(text);
    Files.writeString(folder.resolve(name + ".md"), page.toString());
  }

  /**
   * Writes what a result was made of, replacing an older file: {@code <name>.csv}.
   *
   * @param rows the first names the columns; values without commas or quotes
   */
  public void writeRows(String name, List<List<Object>> rows) throws IOException {
    Files.createDirectories(folder);
    List<String> lines =
        rows.stream()
            .map(row -> row.stream().map(String::valueOf).collect(Collectors.joining(",")))
            .toList();
    Files.write(folder.resolve(name + ".csv"), lines);
  }

  /** Which command made a result, on which commit, when and on what machine. */
  public static ObjectNode provenance(String command, Instant date) {
    return JSON.createObjectNode()
        .put("command", command)
        .put("commit", commit())
        .put("date", date.truncatedTo(ChronoUnit.SECONDS).toString())
        .put("machine", machine());
  }

  /** Three figures that matter, thousands set apart. */
  public static String number(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    double size = Math.abs(value);
    int decimals =
        size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  private static void put(ObjectNode node, String field, Double value) {
    if (value == null || value.isNaN()) {
      node.putNull(field);
    } else {
      node.put(field, value);
    }
  }

  private static String commit() {
    try {
      Process git =
          new ProcessBuilder("git", "describe", "--always", "--exclude=*", "--dirty", "--abbrev=12")
              .redirectErrorStream(true)
              .start();
      String out = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
      return git.waitFor(10, TimeUnit.SECONDS) && git.exitValue() == 0 ? out : "unknown";
    } catch (IOException e) {
      return "unknown";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "unknown";
    }
  }

  private static String machine() {
    return "%s, %d cores, %s %s, Java %s"
        .formatted(
            processor(),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("os.arch"),
            System.getProperty("java.version"));
  }

  /** Its name and generation, for one name stands for machines of very different speed. */
  private static String processor() {
    Map<String, String> first = new HashMap<>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
        String[] field = line.split(":", 2);
        if (field.length == 2) {
          first.putIfAbsent(field[0].trim(), field[1].trim());
        }
      }
    } catch (IOException e) {
      return "unknown processor";
    }
    String name = first.getOrDefault("model name", "unknown processor");
    return first.containsKey("cpu family")
        ? "%s (family %s, model %s)".formatted(name, first.get("cpu family"), first.get("model"))
        : name;
  }
}
