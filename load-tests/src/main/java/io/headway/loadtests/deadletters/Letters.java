// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import io.headway.schemas.DeadLetter;
import io.headway.schemas.ReleasedSchemas;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.specific.SpecificData;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Reads the dead-letters topic. Used by one thread. */
final class Letters implements AutoCloseable {
  static final String TOPIC = Topics.DEAD_LETTERS.name();

  /** Takes letters one by one. */
  interface Taker {
    void take(Letter letter) throws IOException, CannotDo;
  }

  private final KafkaRecords records;
  private final BinaryMessageDecoder<DeadLetter> decoder;

  Letters(Map<String, Object> connection) throws IOException {
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
          "The record " + address + " of " + TOPIC + " is no dead letter that this version reads.");
    }
    return letter;
  }

  private Letter decode(ConsumerRecord<byte[], byte[]> record) {
    try {
      return record.value() == null
          ? null
          : new Letter(
              record.partition(),
              record.offset(),
              record.timestamp(),
              decoder.decode(record.value()));
    } catch (IOException | AvroRuntimeException e) {
      return null;
    }
  }

  @Override
  public void close() {
    records.close();
  }
}
