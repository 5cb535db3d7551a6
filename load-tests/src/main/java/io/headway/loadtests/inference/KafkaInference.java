// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.loadtests.cluster.ChildProcess;
import io.headway.loadtests.cluster.Waiting;
import io.headway.loadtests.inference.InferenceJob.Speed;
import io.headway.loadtests.inference.InferenceJob.Way;
import io.headway.loadtests.kafka.BrokerProcess;
import io.headway.loadtests.kafka.TopicAdmin;
import io.headway.loadtests.kafka.TopicReader;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Measures {@link KafkaInferenceJob} from outside: broker and job are processes of their own, and
 * latency is from append to append by the broker's clock. One thread.
 */
final class KafkaInference implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final long LATENCY_MAX_MS = 600_000;

  private final Path folder;
  private final Path model;
  private final BrokerProcess broker;
  private final TopicAdmin topics;
  private final KafkaProducer<byte[], byte[]> producer;
  private int runs;

  /**
   * Starts a broker.
   *
   * @param model an ONNX file of the signature of {@link InferenceJob}
   */
  KafkaInference(Path folder, Path model) throws IOException {
    this.folder = folder;
    this.model = model;
    broker = BrokerProcess.start(folder);
    topics = new TopicAdmin(broker.bootstrapServers());
    producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ProducerConfig.LINGER_MS_CONFIG,
                "0"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /**
   * How a job batches.
   *
   * @param capacity how many records are under way at most
   */
  record Settings(int capacity, int batch, long lingerMs, long deadlineMs) {}

  /** Writes records on a topic, to be read by many runs. */
  void fill(Format format, long records) throws IOException {
    create(format.name());
    List<byte[]> encoded = new ArrayList<>();
    for (int i = 0; i < 1_024; i++) {
      encoded.add(format.write(Records.numbers(i)));
    }
    AtomicReference<Exception> failure = new AtomicReference<>();
    for (long i = 0; i < records; i++) {
      send(format.name(), encoded.get((int) (i % encoded.size())), failure);
    }
    flush(failure);
  }

  /** How fast a job reads what {@link #fill} wrote; the first quarter is its warm-up. */
  Speed speed(Way way, Format format, Settings settings, long records) throws IOException {
    String to = answers();
    try (ChildProcess job = start(way, format, settings, to, "earliest")) {
      Mark from = await(to, records / 4, job);
      Mark end = await(to, records, job);
      double answered = end.answers - from.answers;
      return new Speed(
          answered / ((end.ns - from.ns) / 1e9), (end.cpuS - from.cpuS) * 1e6 / answered);
    }
  }

  /**
   * The latency of a job at a steady rate, in milliseconds from append to append.
   *
   * @param perS records a second
   * @param warmUp at that rate, not measured
   */
  Histogram latency(
      Way way, Format format, Settings settings, double perS, Duration warmUp, Duration measured)
      throws IOException {
    String from = answers();
    String to = answers();
    Histogram latencies = new Histogram(LATENCY_MAX_MS, 3);
    AtomicLong measureFromMs = new AtomicLong(Long.MAX_VALUE);
    TopicReader reader =
        new TopicReader(
            Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            "inference-observer",
            List.of(to),
            TopicReader.Start.EARLIEST,
            answer -> observe(answer, measureFromMs.get(), latencies));
    Thread observer = new Thread(reader, "inference-observer");
    try (ChildProcess job = start(way, format, settings, from, to, "earliest")) {
      observer.start();
      long sent = pace(from, format, perS, warmUp);
      measureFromMs.set(System.currentTimeMillis());
      sent += pace(from, format, perS, measured);
      await(to, sent, job);
      long all = sent;
      Waiting.until("every answer to be seen", PATIENCE, () -> reader.readCount() >= all);
    } finally {
      reader.stop();
      join(observer);
    }
    if (reader.failure() != null) {
      throw new IOException("Answers could not be read: " + reader.failure());
    }
    return latencies;
  }

  private static void observe(
      ConsumerRecord<byte[], byte[]> answer, long fromMs, Histogram latencies) {
    long askedMs =
        ByteBuffer.wrap(answer.headers().lastHeader(KafkaInferenceJob.ASKED_AT).value()).getLong();
    if (askedMs >= fromMs) {
      latencies.recordValue(answer.timestamp() - askedMs);
    }
  }

  private long pace(String to, Format format, double perS, Duration length) throws IOException {
    AtomicReference<Exception> failure = new AtomicReference<>();
    long startNs = System.nanoTime();
    long count = Math.round(perS * length.toNanos() / 1e9);
    for (long i = 0; i < count; i++) {
      long dueNs = startNs + Math.round(i * 1e9 / perS);
      Waiting.pause(Duration.ofNanos(Math.max(0, dueNs - System.nanoTime())));
      send(to, format.write(Records.numbers(i)), failure);
    }
    flush(failure);
    return count;
  }

  /**
   * What had come of a job at a moment.
   *
   * @param cpuS processor seconds of its process
   */
  private record Mark(long answers, long ns, double cpuS) {}

  private Mark await(String topic, long least, ChildProcess job) throws IOException {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      long answers = topics.recordCounts(List.of(topic)).get(topic);
      if (answers >= least) {
        return new Mark(answers, System.nanoTime(), job.cpuS());
      }
      if (!job.isAlive() || System.nanoTime() > deadlineNs) {
        throw new IOException(
            "The job gave %d answers of %d:%n%s".formatted(answers, least, job.lastWords()));
      }
      Waiting.pause(LOOK);
    }
  }

  private ChildProcess start(Way way, Format format, Settings settings, String to, String from)
      throws IOException {
    return start(way, format, settings, format.name(), to, from);
  }

  private ChildProcess start(
      Way way, Format format, Settings settings, String from, String to, String start)
      throws IOException {
    return ChildProcess.java(
        "inference job",
        folder.resolve("job-%d.log".formatted(runs)),
        List.of("-Xmx2g", "-Dheadway.log=" + folder.resolve("job-%d-headway.log".formatted(runs))),
        List.of(System.getProperty("java.class.path").split(File.pathSeparator)),
        KafkaInferenceJob.class.getName(),
        List.of(
            "--way", way.name(),
            "--format", format.name(),
            "--model", model.toString(),
            "--brokers", broker.bootstrapServers(),
            "--from", from,
            "--to", to,
            "--start", start,
            "--capacity", Integer.toString(settings.capacity),
            "--batch", Integer.toString(settings.batch),
            "--linger-ms", Long.toString(settings.lingerMs),
            "--deadline-ms", Long.toString(settings.deadlineMs)));
  }

  private String answers() throws IOException {
    String topic = "inference-" + ++runs;
    create(topic);
    return topic;
  }

  private void create(String name) throws IOException {
    Topic like = Topics.DECISIONS;
    topics.create(
        List.of(
            new Topic(
                name,
                like.schema(),
                like.key(),
                true,
                1,
                like.cleanupPolicy(),
                like.retentionMs(),
                like.maxMessageBytes())));
  }

  private void send(String topic, byte[] value, AtomicReference<Exception> failure) {
    var unused =
        producer.send(
            new ProducerRecord<>(topic, value), (sent, e) -> failure.compareAndSet(null, e));
  }

  private void flush(AtomicReference<Exception> failure) throws IOException {
    producer.flush();
    if (failure.get() != null) {
      throw new IOException("The broker did not take a record.", failure.get());
    }
  }

  private static void join(Thread thread) throws IOException {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the observer ended.", e);
    }
  }

  @Override
  public void close() throws IOException {
    producer.close();
    topics.close();
    broker.close();
  }
}
