// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import io.headway.functions.ingest.DeadLetters;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.DeadLetterReplay;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends the inputs of dead letters to their topics once more, to the partition that they came from,
 * with their key and headers that tell of the letter.
 *
 * <p>No input is sent twice. A batch is noted, sent, and noted as sent; what an earlier command
 * noted and did not note as sent is looked up in the input's partition by its header, once the note
 * is {@link #UNSETTLED} old and nothing can be on its way any more. Where the topic no longer holds
 * what may have been sent, the input counts as sent. Notes age by the clocks of the machines that
 * run the command, which therefore may not differ by more than what {@link #UNSETTLED} is longer
 * than a batch can take to be sent, some 20 s.
 *
 * <p>Used by one thread.
 */
final class Replayer implements AutoCloseable {
  /** Header: the letter, {@code partition:offset} in dead-letters. */
  static final String LETTER_HEADER = "headway-replay-letter";

  /** Header: the input that became a dead letter, {@code topic:partition:offset}. */
  static final String INPUT_HEADER = "headway-replay-input";

  /** Header: 1 for the first replay of an input, and so on. */
  static final String ATTEMPT_HEADER = "headway-replay-attempt";

  /** After this time nothing that was noted is on its way any more. */
  static final Duration UNSETTLED = Duration.ofSeconds(60);

  private static final Duration SEND_WITHIN = Duration.ofSeconds(15);
  private static final int MAX_BLOCK_MS = 10_000;
  private static final int DELIVERY_MS = 20_000;
  private static final int REQUEST_MS = 10_000;

  private static final int BATCH_LETTERS = 500;
  private static final int BATCH_BYTES = 8 << 20;

  /** What became of a letter. */
  enum Outcome {
    SENT,
    WOULD_SEND,
    ALREADY_SENT,
    NOT_REPLAYABLE,
    TOO_MANY_ATTEMPTS,
    SOURCE_GONE,
    FAILED
  }

  /** Takes what became of each letter, with a sentence for a person. */
  interface Report {
    void of(Letter letter, Outcome outcome, String said);
  }

  private record Pending(Letter letter, byte[] key, byte[] value, DeadLetterReplay note) {}

  private final ReplayNotes notes;
  private final KafkaRecords sources;
  private final KafkaProducer<byte[], byte[]> producer;
  private final boolean dryRun;
  private final int maxAttempts;
  private final Clock clock;
  private final Report report;
  private final Map<String, Set<Integer>> partitions = new HashMap<>();
  private final List<Pending> batch = new ArrayList<>();
  private final Set<Address> batched = new HashSet<>();
  private int batchBytes;

  /**
   * Connects, and settles what an earlier command left open.
   *
   * @param dryRun says what would be sent and changes nothing
   * @param maxAttempts most times that one record is replayed
   * @param clock by which earlier notes age
   * @throws CannotDo when another command may still be sending
   */
  Replayer(
      Map<String, Object> connection, boolean dryRun, int maxAttempts, Clock clock, Report report)
      throws IOException, CannotDo {
    this.dryRun = dryRun;
    this.maxAttempts = maxAttempts;
    this.clock = clock;
    this.report = report;
    notes = dryRun ? ReplayNotes.read(connection) : ReplayNotes.open(connection);
    sources = new KafkaRecords(connection, "read_uncommitted");
    Map<String, Object> config = new HashMap<>(connection);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MS);
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_MS);
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_MS);
    config.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    config.put(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
        2 * Topics.all().stream().mapToInt(Topic::maxMessageBytes).max().orElseThrow());
    producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    try {
      settle();
    } catch (IOException | CannotDo | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Finds out which of the inputs that were noted and not noted as sent have arrived. */
  private void settle() throws IOException, CannotDo {
    List<DeadLetterReplay> open = notes.unsettled();
    Map<TopicPartition, Map<String, DeadLetterReplay>> byPartition = new HashMap<>();
    for (DeadLetterReplay note : open) {
      Duration age = Duration.between(note.getBegunAt(), clock.instant());
      if (age.compareTo(UNSETTLED) < 0) {
        throw new CannotDo(
            "Another replay began at %s and may still be sending; run this again in %d s, when it can be told what arrived."
                .formatted(note.getBegunAt(), UNSETTLED.minus(age).toSeconds() + 1));
      }
      byPartition
          .computeIfAbsent(
              Address.parse(note.getInput()).topicPartition(), where -> new HashMap<>())
          .put(note.getInput(), note);
    }
    List<DeadLetterReplay> sent = new ArrayList<>();
    List<Address> never = new ArrayList<>();
    for (Map.Entry<TopicPartition, Map<String, DeadLetterReplay>> entry : byPartition.entrySet()) {
      lookUp(entry.getKey(), entry.getValue(), sent);
      entry.getValue().keySet().forEach(input -> never.add(Address.parse(input)));
    }
    if (dryRun) {
      notes.assume(sent);
      notes.assumeNot(never);
    } else if (!open.isEmpty()) {
      notes.write(sent, never);
    }
  }

  /** Moves those that arrived, or of which that can no longer be told, from wanted to sent. */
  private void lookUp(
      TopicPartition where, Map<String, DeadLetterReplay> wanted, List<DeadLetterReplay> sent)
      throws IOException, CannotDo {
    boolean known = partitionsOf(where.topic()).contains(where.partition());
    long beginning = known ? sources.beginning(where) : Long.MAX_VALUE;
    wanted
        .values()
        .removeIf(
            note -> {
              if (note.getFromOffset() >= beginning) {
                return false;
              }
              note.setSentOffset(ReplayNotes.LOST);
              sent.add(note);
              return true;
            });
    if (wanted.isEmpty()) {
      return;
    }
    long from =
        wanted.values().stream().mapToLong(DeadLetterReplay::getFromOffset).min().orElseThrow();
    sources.read(
        Map.of(where, from),
        record -> {
          Header input = record.headers().lastHeader(INPUT_HEADER);
          DeadLetterReplay note =
              input == null || input.value() == null
                  ? null
                  : wanted.remove(new String(input.value(), StandardCharsets.UTF_8));
          if (note != null) {
            note.setSentOffset(record.offset());
            sent.add(note);
          }
          return !wanted.isEmpty();
        });
  }

  /** Sends a letter's input, or gathers it to be sent with others. */
  void replay(Letter letter) throws IOException, CannotDo {
    String refusal = Replayable.refusal(letter);
    if (refusal != null) {
      report.of(letter, Outcome.NOT_REPLAYABLE, refusal);
      return;
    }
    Address input = letter.input();
    DeadLetterReplay note = notes.of(input);
    if (note != null || batched.contains(input)) {
      report.of(letter, Outcome.ALREADY_SENT, already(letter, note));
      return;
    }
    int attempt = notes.attemptAt(input) + 1;
    if (attempt > maxAttempts) {
      report.of(
          letter,
          Outcome.TOO_MANY_ATTEMPTS,
          "it came back after %d replays, and %d are allowed; mend what its detail says, then give --max-attempts %d."
              .formatted(attempt - 1, maxAttempts, attempt));
      return;
    }
    if (!partitionsOf(input.topic()).contains(input.partition())) {
      report.of(
          letter,
          Outcome.FAILED,
          "there is no partition "
              + input.partition()
              + " of topic "
              + input.topic()
              + " here, so there is nowhere to send it; make the topic as the catalogue says.");
      return;
    }
    byte[] key = letter.key();
    byte[] value = letter.payload();
    if (!letter.isWhole() || mayBeCut(letter, key)) {
      ConsumerRecord<byte[], byte[]> source = sources.at(input);
      String gone = goneBecause(letter, source);
      if (gone != null) {
        report.of(letter, Outcome.SOURCE_GONE, gone);
        return;
      }
      key = source.key();
      value = source.value();
    }
    gather(new Pending(letter, key, value, newNote(letter, attempt)));
  }

  private static String already(Letter letter, DeadLetterReplay note) {
    if (note == null || note.getSentOffset() == null) {
      return "an earlier letter of the same input is being sent.";
    }
    String from = note.getLetterPartition() + ":" + note.getLetterOffset();
    String which =
        from.equals(letter.address()) ? "" : " from letter " + from + " of the same input";
    return note.getSentOffset() == ReplayNotes.LOST
        ? "it was being sent at "
            + note.getBegunAt()
            + which
            + ", and whether it arrived can no longer be told, as its topic has let the records of"
            + " then go; to be safe it counts as sent."
        : "it was sent"
            + which
            + " as "
            + new Address(
                letter.content().getTopic(), letter.content().getPartition(), note.getSentOffset())
            + ".";
  }

  private static boolean mayBeCut(Letter letter, byte[] key) {
    return key != null
        && (key.length >= DeadLetters.MAX_KEY_BYTES || letter.cause() == DeadLetterCause.OVERSIZED);
  }

  private static String goneBecause(Letter letter, ConsumerRecord<byte[], byte[]> source) {
    Address input = letter.input();
    if (source == null || source.value() == null) {
      return "the letter holds only the beginning of the input, and the input itself has expired: "
          + input.topic()
          + " no longer has offset "
          + input.offset()
          + " of partition "
          + input.partition()
          + ". Have its sender send it again.";
    }
    byte[] kept = letter.payload();
    int length = letter.content().getPayloadLength();
    String sha256 = letter.content().getPayloadSha256();
    boolean same =
        source.value().length == length
            && (sha256 == null
                ? Arrays.equals(source.value(), kept)
                : sha256.equals(DeadLetters.sha256(source.value())));
    return same
        ? null
        : "the record at "
            + input
            + " is another one than the letter tells of (length and hash differ); was the topic"
            + " made anew? Have its sender send it again.";
  }

  private DeadLetterReplay newNote(Letter letter, int attempt) {
    DeadLetterReplay note = new DeadLetterReplay();
    note.setInput(letter.input().toString());
    note.setLetterPartition(letter.partition());
    note.setLetterOffset(letter.offset());
    note.setAttempt(attempt);
    note.setBegunAt(Instant.EPOCH);
    return note;
  }

  private void gather(Pending pending) throws IOException, CannotDo {
    batch.add(pending);
    batched.add(pending.letter.input());
    batchBytes += pending.value.length;
    if (batch.size() >= BATCH_LETTERS || batchBytes >= BATCH_BYTES) {
      flush();
    }
  }

  /** Sends what was gathered. */
  void flush() throws IOException, CannotDo {
    if (!batch.isEmpty()) {
      begin();
      if (dryRun) {
        for (Pending pending : batch) {
          report.of(
              pending.letter,
              Outcome.WOULD_SEND,
              "would be sent to "
                  + pending.letter.input().topicPartition()
                  + " as attempt "
                  + pending.note.getAttempt()
                  + ".");
        }
      } else {
        finish(send());
      }
    }
    batch.clear();
    batched.clear();
    batchBytes = 0;
  }

  /** Notes what is about to be sent. */
  void begin() throws IOException, CannotDo {
    Set<TopicPartition> targets = new LinkedHashSet<>();
    batch.forEach(pending -> targets.add(pending.letter.input().topicPartition()));
    Map<TopicPartition, Long> ends = sources.ends(targets);
    Instant now = Instant.ofEpochMilli(clock.millis());
    List<DeadLetterReplay> begun = new ArrayList<>();
    for (Pending pending : batch) {
      pending.note.setBegunAt(now);
      pending.note.setFromOffset(ends.get(pending.letter.input().topicPartition()));
      begun.add(pending.note);
    }
    if (dryRun) {
      notes.assume(begun);
    } else {
      notes.write(begun, List.of());
    }
  }

  /** Sends what was noted; the answers in the batch's order. */
  List<Future<RecordMetadata>> send() throws IOException {
    List<Future<RecordMetadata>> answers = new ArrayList<>();
    for (Pending pending : batch) {
      if (Duration.between(pending.note.getBegunAt(), clock.instant()).compareTo(SEND_WITHIN) > 0) {
        throw new IOException(
            "Sending took longer than "
                + SEND_WITHIN.toSeconds()
                + " s; run it again in a minute, when it can be told what arrived.");
      }
      answers.add(producer.send(record(pending)));
    }
    producer.flush();
    return answers;
  }

  private static ProducerRecord<byte[], byte[]> record(Pending pending) {
    Address input = pending.letter.input();
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(input.topic(), input.partition(), pending.key, pending.value);
    header(record, LETTER_HEADER, pending.letter.address());
    header(record, INPUT_HEADER, input.toString());
    header(record, ATTEMPT_HEADER, Integer.toString(pending.note.getAttempt()));
    return record;
  }

  private static void header(ProducerRecord<byte[], byte[]> record, String name, String value) {
    record.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
  }

  private void finish(List<Future<RecordMetadata>> answers) throws IOException, CannotDo {
    List<DeadLetterReplay> sent = new ArrayList<>();
    Map<Pending, String> failures = new HashMap<>();
    for (int i = 0; i < batch.size(); i++) {
      Pending pending = batch.get(i);
      try {
        pending.note.setSentOffset(answers.get(i).get().offset());
        sent.add(pending.note);
      } catch (ExecutionException e) {
        failures.put(
            pending,
            "the broker did not take it ("
                + e.getCause().getMessage()
                + "); run this again in a minute, which finds out whether it arrived.");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted while sending.", e);
      }
    }
    notes.write(sent, List.of());
    for (Pending pending : batch) {
      String failure = failures.get(pending);
      if (failure == null) {
        report.of(
            pending.letter,
            Outcome.SENT,
            "sent as %s, attempt %d."
                .formatted(
                    new Address(
                        pending.letter.content().getTopic(),
                        pending.letter.content().getPartition(),
                        pending.note.getSentOffset()),
                    pending.note.getAttempt()));
      } else {
        report.of(pending.letter, Outcome.FAILED, failure);
      }
    }
  }

  private Set<Integer> partitionsOf(String topic) {
    return partitions.computeIfAbsent(topic, sources::partitions);
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
    sources.close();
    notes.close();
  }
}
