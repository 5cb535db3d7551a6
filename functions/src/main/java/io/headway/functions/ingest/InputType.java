// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.schemas.Bounds;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ReleasedSchemas;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Shipment;
import io.headway.schemas.Telemetry;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.ObjectStreamException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.avro.Schema;
import org.apache.avro.io.DatumReader;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.message.MissingSchemaException;
import org.apache.avro.message.SchemaStore;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * What is known of the records of one input topic: how to decode them, what makes them sound, when
 * they happened. One instance a topic; thread-safe.
 *
 * @param <T> what the topic carries
 */
public final class InputType<T extends SpecificRecordBase> implements Serializable {
  private static final long serialVersionUID = 1;

  /** Event time of records that are applied in the order of their versions instead. */
  public static final long NO_EVENT_TIME = Long.MIN_VALUE;

  /** Positions of vehicles. */
  public static final InputType<Telemetry> TELEMETRY =
      new InputType<>(
          Topics.TELEMETRY,
          Telemetry.class,
          Soundness::faultOf,
          value -> value.getEventTime().toEpochMilli());

  /** Changes of shipments. */
  public static final InputType<Shipment> SHIPMENTS =
      new InputType<>(
          Topics.SHIPMENTS,
          Shipment.class,
          Soundness::faultOf,
          value -> value.getEventTime().toEpochMilli());

  /** Disturbances of the road. */
  public static final InputType<RoadEvent> ROAD_EVENTS =
      new InputType<>(
          Topics.ROAD_EVENTS,
          RoadEvent.class,
          Soundness::faultOf,
          value -> value.getEventTime().toEpochMilli());

  /** Limits of what may be decided; they have a version instead of an event time. */
  public static final InputType<Bounds> BOUNDS =
      new InputType<>(Topics.BOUNDS, Bounds.class, Soundness::faultOf, value -> NO_EVENT_TIME);

  /**
   * Versions of models and what they are used for; they have a revision instead of an event time.
   */
  public static final InputType<ModelRelease> MODEL_RELEASES =
      new InputType<>(
          Topics.MODEL_RELEASES, ModelRelease.class, Soundness::faultOf, value -> NO_EVENT_TIME);

  private static final List<InputType<?>> ALL =
      List.of(TELEMETRY, SHIPMENTS, ROAD_EVENTS, BOUNDS, MODEL_RELEASES);

  private final String topic;
  private final transient Class<T> recordClass;
  private final transient SingleObjectReader<T> reader;
  private final transient BinaryMessageEncoder<T> encoder;
  private final transient Function<T, Fault> check;
  private final transient ToLongFunction<T> eventTimeMs;

  private InputType(
      Topic topic, Class<T> recordClass, Function<T, Fault> check, ToLongFunction<T> eventTimeMs) {
    this.topic = topic.name();
    this.recordClass = recordClass;
    this.reader = new SingleObjectReader<>(recordClass, writersOf(topic));
    this.encoder =
        new BinaryMessageEncoder<>(SpecificData.getForClass(recordClass), topic.schema());
    this.check = check;
    this.eventTimeMs = eventTimeMs;
  }

  private static SchemaStore writersOf(Topic topic) {
    try {
      return ReleasedSchemas.store(topic);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The released schemas of topic " + topic.name() + " cannot be read.", e);
    }
  }

  /**
   * The type of a topic's records.
   *
   * @throws IllegalArgumentException when the topic is no input
   */
  public static InputType<?> ofTopic(String topic) {
    for (InputType<?> type : ALL) {
      if (type.topic.equals(topic)) {
        return type;
      }
    }
    throw new IllegalArgumentException("Topic '" + topic + "' is no input of the jobs.");
  }

  /** Name of the topic in the catalogue. */
  public String topic() {
    return topic;
  }

  /** Class of the records. */
  public Class<T> recordClass() {
    return recordClass;
  }

  /** For Flink: the type of a decoded or faulty record. */
  public TypeInformation<Inbound<T>> inbound() {
    return new InboundTypeInfo<>(this);
  }

  /**
   * Decodes a record in single-object encoding.
   *
   * @throws MissingSchemaException when no released schema has the fingerprint
   * @throws IOException when the bytes are not one whole record
   */
  public T decode(byte[] bytes) throws IOException {
    return reader.read(bytes);
  }

  /** The schema that records are resolved to. */
  Schema schema() {
    return reader.schema();
  }

  /** A reader of records that another schema has written. Used by one thread. */
  DatumReader<T> readerOf(Schema writer) {
    return reader.readerOf(writer);
  }

  byte[] encode(T value) {
    try {
      ByteBuffer bytes = encoder.encode(value);
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      return copy;
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(value + " does not satisfy its schema.", e);
    }
  }

  /** What is wrong with a decoded record whenever it is looked at; null when nothing is. */
  public Fault faultOf(T value) {
    return check.apply(value);
  }

  /** When it happened, milliseconds since the epoch, or {@link #NO_EVENT_TIME}. */
  public long eventTimeMs(T value) {
    return eventTimeMs.applyAsLong(value);
  }

  private Object readResolve() throws ObjectStreamException {
    return ofTopic(topic);
  }

  @Override
  public String toString() {
    return topic;
  }
}
