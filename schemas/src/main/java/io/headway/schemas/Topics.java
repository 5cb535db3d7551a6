// SPDX-License-Identifier: Apache-2.0
package io.headway.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;

/** The topic catalogue: what {@code topics.json} beside this class says. Immutable. */
public final class Topics {
  static final String CATALOGUE = "topics.json";

  private static final Map<String, Topic> BY_NAME = new LinkedHashMap<>();
  private static final List<String> RELEASED_VERSIONS = new ArrayList<>();

  static {
    JsonNode catalogue = read();
    for (JsonNode version : catalogue.get("released_versions")) {
      RELEASED_VERSIONS.add(version.asText());
    }
    for (JsonNode topic : catalogue.get("topics")) {
      BY_NAME.put(topic.get("name").asText(), parse(topic));
    }
  }

  /** What vehicles measure, {@link io.headway.schemas.Telemetry}. */
  public static final Topic TELEMETRY = byName("telemetry");

  /** Changes of shipments, {@link Shipment}. */
  public static final Topic SHIPMENTS = byName("shipments");

  /** Disturbances of the road, {@link RoadEvent}. */
  public static final Topic ROAD_EVENTS = byName("road-events");

  /** Limits of what may be decided, {@link Bounds}; compacted. */
  public static final Topic BOUNDS = byName("bounds");

  /** Versions of models and what they are used for, {@link ModelRelease}; compacted. */
  public static final Topic MODEL_RELEASES = byName("model-releases");

  /** What was decided, {@link Decision}. */
  public static final Topic DECISIONS = byName("decisions");

  /** What was to be decided, {@link DecisionRequest}; written where the job is told to. */
  public static final Topic DECISION_REQUESTS = byName("decision-requests");

  /** Inputs that could not be used, {@link DeadLetter}. */
  public static final Topic DEAD_LETTERS = byName("dead-letters");

  /**
   * Inputs that were sent again from their dead letters, {@link DeadLetterReplay}; compacted, 90
   * days.
   */
  public static final Topic DEAD_LETTER_REPLAYS = byName("dead-letter-replays");

  private Topics() {}

  /** Every topic, in the catalogue's order. */
  public static List<Topic> all() {
    return List.copyOf(BY_NAME.values());
  }

  /** Versions of the project whose schemas were released, oldest first. */
  public static List<String> releasedVersions() {
    return List.copyOf(RELEASED_VERSIONS);
  }

  /**
   * The topic of that name.
   *
   * @throws IllegalArgumentException when the catalogue has none
   */
  public static Topic byName(String name) {
    Topic topic = BY_NAME.get(name);
    if (topic == null) {
      throw new IllegalArgumentException(
          "Topic '" + name + "' is not in the catalogue; it has " + BY_NAME.keySet() + ".");
    }
    return topic;
  }

  private static JsonNode read() {
    try (InputStream in = Topics.class.getResourceAsStream(CATALOGUE)) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException("The topic catalogue " + CATALOGUE + " cannot be read.", e);
    }
  }

  private static Topic parse(JsonNode json) {
    return new Topic(
        json.get("name").asText(),
        schemaOf(json.get("record").asText()),
        json.get("key").asText(),
        json.get("direction").asText().equals("in"),
        json.get("partitions").asInt(),
        json.get("cleanup_policy").asText(),
        json.get("retention_ms").asLong(),
        json.get("max_message_bytes").asInt());
  }

  private static Schema schemaOf(String record) {
    try {
      Class<?> type =
          Class.forName(
              Topics.class.getPackageName() + "." + record, true, Topics.class.getClassLoader());
      return ((SpecificRecord) type.getDeclaredConstructor().newInstance()).getSchema();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "The topic catalogue names the record '" + record + "', which has no schema.", e);
    }
  }
}
