// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.junit.jupiter.api.Test;

/** The options table in the docs says what the options say; it is generated, never edited. */
class OnnxModelOptionsDocsTest {
  private static final Path TABLE = Path.of("docs", "inference-sql-options.md");
  private static final String WRITE = "headway.docs.write";

  private static final List<ConfigOption<?>> OPTIONS =
      List.of(
          OnnxModelOptions.PATH,
          OnnxModelOptions.SHA256,
          OnnxModelOptions.VERSION,
          OnnxModelOptions.BATCH_MAX_SIZE,
          OnnxModelOptions.BATCH_LINGER,
          OnnxModelOptions.DEADLINE,
          OnnxModelOptions.THREADS,
          OnnxModelOptions.INTRA_OP_THREADS,
          OnnxModelOptions.ON_FAILURE);

  @Test
  void theTableInTheDocsIsTheGeneratedOne() throws Exception {
    String table = table();
    if (Boolean.getBoolean(WRITE)) {
      Files.writeString(TABLE, table);
    }
    assertThat(TABLE)
        .as("functions/%s is generated: run this test with -D%s=true to write it", TABLE, WRITE)
        .hasContent(table);
  }

  @Test
  void everyOptionOfTheProviderIsInIt() {
    OnnxModelProviderFactory provider = new OnnxModelProviderFactory();
    assertThat(provider.requiredOptions()).isSubsetOf(OPTIONS);
    assertThat(provider.optionalOptions()).isSubsetOf(OPTIONS);
    assertThat(OPTIONS)
        .hasSize(provider.requiredOptions().size() + provider.optionalOptions().size());
  }

  private static String table() {
    StringBuilder table =
        new StringBuilder("# Options of a model of the provider `onnx`\n\n")
            .append("Generated from `OnnxModelOptions`; `OnnxModelOptionsDocsTest` writes it.\n\n")
            .append("| key | default | what it does |\n| --- | --- | --- |\n");
    for (ConfigOption<?> option : OPTIONS) {
      table.append(
          "| `%s` | %s | %s |%n"
              .formatted(
                  option.key(),
                  option.hasDefaultValue()
                      ? "`"
                          + ConfigurationUtils.convertValue(option.defaultValue(), String.class)
                          + "`"
                      : "(none)",
                  new HtmlFormatter().format(option.description())));
    }
    return table.toString();
  }
}
