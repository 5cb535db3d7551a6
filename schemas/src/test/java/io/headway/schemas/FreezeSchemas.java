// SPDX-License-Identifier: Apache-2.0
package io.headway.schemas;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the schemas of this build down as those of a release: {@code ./mvnw -pl schemas
 * test-compile exec:java -Dexec.args=VERSION}. The version is then added to {@code
 * released_versions} of the topic catalogue.
 */
public final class FreezeSchemas {
  private FreezeSchemas() {}

  /**
   * Writes one file a topic.
   *
   * @param args the version
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of("src/main/resources/io/headway/schemas/released", args[0]);
    if (!Files.isDirectory(Path.of("src/main/avro"))) {
      folder = Path.of("schemas").resolve(folder);
    }
    Files.createDirectories(folder);
    for (Topic topic : Topics.all()) {
      Path file = folder.resolve(topic.schema().getName() + ".avsc");
      Files.writeString(
          file, new ObjectMapper().readTree(topic.schema().toString()).toPrettyString() + "\n");
    }
  }
}
