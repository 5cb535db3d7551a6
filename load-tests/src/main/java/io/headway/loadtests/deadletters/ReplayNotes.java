// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import io.headway.loadtests.kafka.TopicAdmin;
import io.headway.schemas.DeadLetterReplay;
import io.headway.schemas.ReleasedSchemas;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.specific.SpecificData;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What was replayed, by input: topic {@code dead-letter-replays}. An input is noted before it is
 * sent and once more when it was; so after a crash it is known of which inputs it must be looked up
 * whether they arrived. Of two commands that write, the one that opened later wins: the other fails
 * before it sends anything more. Used by one thread.
 */
final class ReplayNotes implements AutoCloseable {
  /** Offset of an input that was sent, as far as can be told, to where can no longer be told. */
  static final long LOST = -1;

  private static final Topic TOPIC = Topics.DEAD_LETTER_REPLAYS;
  private static final String TRANSACTIONAL_ID = "headway-" + TOPIC.name();

  /** About 300 MiB of memory. */
  private static final int MAX_NOTES = 1_000_000;

  private final Map<Address, DeadLetterReplay> byInput = new HashMap<>();

  /** Attempt number of what was sent, by where it lies. */
  private final Map<Address, Integer> attempts = new HashMap<>();

  private final KafkaProducer<byte[], byte[]> producer;

  private ReplayNotes(KafkaProducer<byte[], byte[]> producer) {
    this.producer = producer;
  }

  /** Reads the notes, to look at. */
  static ReplayNotes read(Map<String, Object> connection) throws IOException, CannotDo {
    ReplayNotes notes = new ReplayNotes(null);
    notes.load(connection);
    return notes;
  }

  /** Shuts out every other command that writes, then reads the notes; makes the topic if needed. */
  static ReplayNotes open(Map<String, Object> connection) throws IOException, CannotDo {
    try (TopicAdmin topics = new TopicAdmin(connection)) {
      topics.create(List.of(TOPIC));
    }
    Map<String, Object> config = new HashMap<>(connection);
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, TRANSACTIONAL_ID);
    ReplayNotes notes =
        new ReplayNotes(
            new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer()));
    try {
      notes.producer.initTransactions();
      notes.load(connection);
      return notes;
    } catch (IOException | CannotDo | RuntimeException e) {
      notes.close();
      throw e;
    }
  }

  private void load(Map<String, Object> connection) throws IOException, CannotDo {
    BinaryMessageDecoder<DeadLetterReplay> decoder =
        new BinaryMessageDecoder<>(
            SpecificData.getForClass(DeadLetterReplay.class),
            DeadLetterReplay.getClassSchema(),
            ReleasedSchemas.store(TOPIC));
    try (KafkaRecords records = new KafkaRecords(connection, "read_committed")) {
      Map<TopicPartition, Long> from = new HashMap<>();
      for (int partition : records.partitions(TOPIC.name())) {
        TopicPartition where = new TopicPartition(TOPIC.name(), partition);
        from.put(where, records.beginning(where));
      }
      records.read(
          from,
          record -> {
            take(record, decoder);
            return true;
          });
    }
  }

  private void take(
      ConsumerRecord<byte[], byte[]> record, BinaryMessageDecoder<DeadLetterReplay> decoder)
      throws CannotDo {
    try {
      if (record.value() == null) {
        assumeNot(List.of(Address.parse(new String(record.key(), StandardCharsets.UTF_8))));
      } else {
        put(decoder.decode(record.value()));
      }
    } catch (IOException | AvroRuntimeException | IllegalArgumentException e) {
      throw new CannotDo(
          "The record at offset "
              + record.offset()
              + " of "
              + TOPIC.name()
              + " cannot be read, so it is not known what was replayed ("
              + e.getMessage()
              + "); use the version of the command that wrote it.");
    }
    if (byInput.size() > MAX_NOTES) {
      throw new CannotDo(
          "Topic "
              + TOPIC.name()
              + " tells of more than "
              + MAX_NOTES
              + " replays, which this command does not hold in memory; lower its retention.ms, to no"
              + " less than an input and its letters are kept on their topics together.");
    }
  }

  private void put(DeadLetterReplay note) {
    Address input = Address.parse(note.getInput());
    forget(byInput.put(input, note));
    if (isSent(note)) {
      attempts.put(sentTo(note), note.getAttempt());
    }
  }

  private void forget(DeadLetterReplay note) {
    if (note != null && isSent(note)) {
      attempts.remove(sentTo(note));
    }
  }

  private static boolean isSent(DeadLetterReplay note) {
    return note.getSentOffset() != null && note.getSentOffset() != LOST;
  }

  private static Address sentTo(DeadLetterReplay note) {
    Address input = Address.parse(note.getInput());
    return new Address(input.topic(), input.partition(), note.getSentOffset());
  }

  /** What is noted of an input; null when it was never replayed. */
  DeadLetterReplay of(Address input) {
    return byInput.get(input);
  }

  /** Which attempt the record at an address was; 0 when it was no replay. */
  int attemptAt(Address address) {
    return attempts.getOrDefault(address, 0);
  }

  /** Inputs that were about to be sent and are not known to have been. */
  List<DeadLetterReplay> unsettled() {
    return byInput.values().stream().filter(note -> note.getSentOffset() == null).toList();
  }

  /** Takes notes for this run alone, without writing them. */
  void assume(Collection<DeadLetterReplay> notes) {
    notes.forEach(this::put);
  }

  /** Takes inputs for ones that were never replayed, for this run alone. */
  void assumeNot(Collection<Address> inputs) {
    inputs.forEach(input -> forget(byInput.remove(input)));
  }

  /**
   * Writes notes, and that other inputs were never replayed; all or none.
   *
   * @throws CannotDo when another command has taken over
   */
  void write(Collection<DeadLetterReplay> notes, Collection<Address> never)
      throws IOException, CannotDo {
    try {
      producer.beginTransaction();
      for (DeadLetterReplay note : notes) {
        send(note.getInput(), bytes(note.toByteBuffer()));
      }
      for (Address input : never) {
        send(input.toString(), null);
      }
      producer.commitTransaction();
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      throw new CannotDo(
          "Another replay was started, so this one stops; run it again when the other has ended.");
    } catch (KafkaException e) {
      throw new IOException(
          "What was replayed cannot be noted on " + TOPIC.name() + ": " + e.getMessage(), e);
    }
    assume(notes);
    assumeNot(never);
  }

  private void send(String input, byte[] note) {
    var unused =
        producer.send(
            new ProducerRecord<>(TOPIC.name(), input.getBytes(StandardCharsets.UTF_8), note));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @Override
  public void close() {
    if (producer != null) {
      producer.close();
    }
  }
}
