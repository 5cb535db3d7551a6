// SPDX-License-Identifier: Apache-2.0
package io.headway.schemas;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.message.SchemaStore;

/**
 * The schemas of released versions, so that records which an older writer left on a topic can still
 * be read. They lie as {@code released/VERSION/RECORD.avsc} beside this class, each complete in
 * itself.
 */
public final class ReleasedSchemas {
  private ReleasedSchemas() {}

  /**
   * The schemas that topics had in a released version, by topic name. A topic that the version did
   * not know is left out.
   *
   * @throws IOException when a schema cannot be read or parsed
   */
  public static Map<String, Schema> of(String version) throws IOException {
    Map<String, Schema> schemas = new LinkedHashMap<>();
    for (Topic topic : Topics.all()) {
      String resource = "released/" + version + "/" + topic.schema().getName() + ".avsc";
      try (InputStream in = ReleasedSchemas.class.getResourceAsStream(resource)) {
        if (in != null) {
          schemas.put(topic.name(), new Schema.Parser().parse(in));
        }
      }
    }
    return schemas;
  }

  /**
   * What a decoder of a topic needs to know of its writers: the current schema and that of every
   * released version, by fingerprint.
   *
   * @throws IOException when a schema cannot be read or parsed
   */
  public static SchemaStore store(Topic topic) throws IOException {
    SchemaStore.Cache store = new SchemaStore.Cache();
    store.addSchema(topic.schema());
    for (String version : Topics.releasedVersions()) {
      Schema schema = of(version).get(topic.name());
      if (schema != null) {
        store.addSchema(schema);
      }
    }
    return store;
  }
}
