// SPDX-License-Identifier: Apache-2.0
package io.headway.schemas;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;

/** Says why the schemas of this build could not read what a released version wrote. */
final class CompatibilityGate {
  private CompatibilityGate() {}

  /**
   * One sentence for each reason; empty when every released record can be read.
   *
   * @param version the released version
   * @param released its schemas by topic
   * @param current the schemas of this build by topic
   */
  static List<String> violations(
      String version, Map<String, Schema> released, Map<String, Schema> current) {
    List<String> violations = new ArrayList<>();
    released.forEach(
        (topic, writer) -> {
          Schema reader = current.get(topic);
          if (reader == null) {
            violations.add(
                "Topic '%s' of release %s is gone from the catalogue: its records could no longer be read. Put it back."
                    .formatted(topic, version));
            return;
          }
          for (Incompatibility reason :
              SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                  .getResult()
                  .getIncompatibilities()) {
            violations.add(
                "Topic '%s': %s cannot read what release %s wrote, at %s (%s: %s). %s"
                    .formatted(
                        topic,
                        reader.getName(),
                        version,
                        reason.getLocation(),
                        reason.getType(),
                        reason.getMessage(),
                        remedy(reason)));
          }
        });
    return violations;
  }

  private static String remedy(Incompatibility reason) {
    return switch (reason.getType()) {
      case READER_FIELD_MISSING_DEFAULT_VALUE -> "Give the new field a default.";
      case MISSING_ENUM_SYMBOLS -> "Put the symbol back, or give the enum a default.";
      case NAME_MISMATCH -> "Keep the old name, or add it to the aliases.";
      case TYPE_MISMATCH -> "Keep the old type, or add a new field and leave the old one.";
      default -> "Undo the change, or add a new field and leave the old one.";
    };
  }
}
