// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.junit.jupiter.api.Test;

/** The options table in the docs says what the options say; it is generated, never edited. */
class OptionsDocsTest {
  private static final Path TABLE = Path.of("docs", "logistics-options.md");
  private static final String WRITE = "headway.docs.write";

  @Test
  void theTableInTheDocsIsTheGeneratedOne() throws Exception {
    String table = table();
    if (Boolean.getBoolean(WRITE)) {
      Files.writeString(TABLE, table);
    }
    assertThat(TABLE)
        .as("jobs/%s is generated: run this test with -D%s=true to write it anew", TABLE, WRITE)
        .hasContent(table);
  }

  @Test
  void everyOptionIsDescribedAndHasThePrefix() {
    assertThat(options())
        .hasSizeGreaterThan(10)
        .allSatisfy(
            (key, option) -> {
              assertThat(key).startsWith("headway.");
              assertThat(description(option)).endsWith(".");
            });
  }

  private static String table() {
    StringBuilder table =
        new StringBuilder("# Options of the logistics job\n\n")
            .append("Generated from `LogisticsOptions`; `OptionsDocsTest` writes it.\n\n")
            .append("| key | default | what it does |\n| --- | --- | --- |\n");
    options()
        .forEach(
            (key, option) ->
                table.append(
                    "| `%s` | %s | %s |%n".formatted(key, defaultOf(option), description(option))));
    return table.toString();
  }

  private static Map<String, ConfigOption<?>> options() {
    Map<String, ConfigOption<?>> options = new TreeMap<>();
    LogisticsOptions.all().forEach(option -> options.put(option.key(), option));
    return options;
  }

  private static String defaultOf(ConfigOption<?> option) {
    if (!option.hasDefaultValue()) {
      return "(none)";
    }
    Object value = option.defaultValue();
    return value instanceof Map<?, ?> map && map.isEmpty()
        ? "(empty)"
        : "`" + ConfigurationUtils.convertValue(value, String.class) + "`";
  }

  private static String description(ConfigOption<?> option) {
    return new HtmlFormatter().format(option.description());
  }
}
