// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import io.headway.functions.ingest.ConfluentFormat;
import io.headway.functions.registry.SchemaRegistry;
import io.headway.functions.registry.UnusableSchemaException;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.ReleasedSchemas;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the dead-letters topic, in whichever format the job writes it. Used by one thread. */
final class Letters implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Letters.class);

  static final String TOPIC = Topics.DEAD_LETTERS.name();

  /** Takes letters one by one. */
  interface Taker {
    void take(Letter letter) throws IOException, CannotDo;
  }

  private final KafkaRecords records;
  private final BinaryMessageDecoder<DeadLetter> decoder;
  private final SchemaRegistry registry;
  private final Map<Integer, DatumReader<DeadLetter>> readers = new HashMap<>();
  private boolean wantsRegistry;

  Letters(Map<String, Object> connection) throws IOException {
    this(connection, null);
  }

  /**
   * Connects when first asked for something.
   *
   * @param connection properties of a Kafka client
   * @param registry for letters in Confluent's format; null when there is none
   */
  Letters(Map<String, Object> connection, SchemaRegistry registry) throws IOException {
    this.registry = registry;
    records = new KafkaRecords(connection, "read_committed");
    decoder =
        new BinaryMessageDecoder<>(
            SpecificData.getForClass(DeadLetter.class),
            DeadLetter.getClassSchema(),
            ReleasedSchemas.store(Topics.DEAD_LETTERS));
  }

  /**
   * Reads the letters that a filter takes, each partition in order, up to where it ends now.
   *
   * @return how many records were no dead letters
   */
  long scan(LetterFilter filter, Taker taken) throws IOException, CannotDo {
    List<TopicPartition> partitions =
        records.partitions(TOPIC).stream().map(p -> new TopicPartition(TOPIC, p)).toList();
    if (partitions.isEmpty()) {
      throw new CannotDo(
          "There is no topic "
              + TOPIC
              + " here, so there are no dead letters; is it the cluster"
              + " that the job writes to?");
    }
    Map<TopicPartition, Long> from = new HashMap<>();
    if (filter.sinceMs() > 0) {
      from.putAll(records.since(partitions, filter.sinceMs()));
    } else {
      partitions.forEach(partition -> from.put(partition, records.beginning(partition)));
    }
    long[] foreign = new long[1];
    records.read(
        from,
        record -> {
          Letter letter = decode(record);
          if (letter == null) {
            foreign[0]++;
          } else if (filter.takes(letter)) {
            taken.take(letter);
          }
          return true;
        });
    return foreign[0];
  }

  /** The letter at an offset. */
  Letter at(int partition, long offset) throws IOException, CannotDo {
    String address = partition + ":" + offset;
    if (!records.partitions(TOPIC).contains(partition)) {
      throw new CannotDo(
          "There is no letter "
              + address
              + ": topic "
              + TOPIC
              + " has the partitions "
              + records.partitions(TOPIC)
              + ".");
    }
    ConsumerRecord<byte[], byte[]> record = records.at(new Address(TOPIC, partition, offset));
    if (record == null) {
      TopicPartition where = new TopicPartition(TOPIC, partition);
      throw new CannotDo(
          "There is no letter %s: partition %d of %s holds the offsets from %d to before %d; older ones have expired."
              .formatted(
                  address,
                  partition,
                  TOPIC,
                  records.beginning(where),
                  records.ends(List.of(where)).get(where)));
    }
    Letter letter = decode(record);
    if (letter == null) {
      throw new CannotDo(
          wantsRegistry
              ? "The record "
                  + address
                  + " of "
                  + TOPIC
                  + " is in Confluent's format; give --registry-url to have it read."
              : "The record "
                  + address
                  + " of "
                  + TOPIC
                  + " is no dead letter that this version reads.");
    }
    return letter;
  }

  /** Whether a record was passed over that only a registry could have helped to read. */
  boolean wantsRegistry() {
    return wantsRegistry;
  }

  private Letter decode(ConsumerRecord<byte[], byte[]> record) throws IOException {
    if (record.value() == null) {
      return null;
    }
    DatumReader<DeadLetter> confluent = null;
    if (ConfluentFormat.isIn(record.value())) {
      if (registry == null) {
        wantsRegistry = true;
        return null;
      }
      confluent = reader(ConfluentFormat.schemaId(record.value()));
      if (confluent == null) {
        return null;
      }
    }
    try {
      DeadLetter content =
          confluent == null
              ? decoder.decode(record.value())
              : confluent.read(
                  null,
                  DecoderFactory.get()
                      .binaryDecoder(
                          record.value(),
                          ConfluentFormat.HEADER_BYTES,
                          record.value().length - ConfluentFormat.HEADER_BYTES,
                          null));
      return new Letter(record.partition(), record.offset(), record.timestamp(), content);
    } catch (IOException | RuntimeException e) {
      return null; // Avro reports bytes that are no record in several ways.
    }
  }

  /** A reader of what an id's schema has written; null when that is no dead letter. */
  private DatumReader<DeadLetter> reader(int id) throws IOException {
    if (!readers.containsKey(id)) {
      DatumReader<DeadLetter> reader = null;
      try {
        reader =
            new SpecificDatumReader<>(
                registry.schema(id),
                DeadLetter.getClassSchema(),
                SpecificData.getForClass(DeadLetter.class));
      } catch (UnusableSchemaException e) {
        LOG.debug("A record of {}: {}", TOPIC, e.getMessage());
      } catch (IOException e) {
        throw new IOException("The schema registry: " + e.getMessage(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted while the schema registry was asked.", e);
      }
      readers.put(id, reader);
    }
    return readers.get(id);
  }

  @Override
  public void close() {
    records.close();
  }
}
