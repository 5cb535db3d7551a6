// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.loadtests.cluster.ChildProcess;
import io.headway.loadtests.cluster.Waiting;
import io.headway.loadtests.inference.InferenceJob.Way;
import io.headway.loadtests.inference.Speeds.Speed;
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
import java.util.Random;
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
  private final BrokerProcess broker;
  private final TopicAdmin topics;
  private final KafkaProducer<byte[], byte[]> producer;
  private int runs;

  /**
   * Starts a broker.
   *
   * @param folder where it and the jobs have their files
   */
  KafkaInference(Path folder) throws IOException {
    this.folder = folder;
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
   * What a job does.
   *
   * @param model a file of {@link Networks#SIGNATURE}
   */
  record Task(Path model, Way way, Format format) {}

  /**
   * How a job batches.
   *
   * @param capacity how many records are under way at most
   */
  record Settings(int capacity, int batch, long lingerMs, long deadlineMs) {}

  /** Writes records on a topic, to be read by many runs. */
  void fill(Format format, long records) throws IOException {
    String topic = topic(format, records);
    create(topic);
    List<byte[]> encoded = new ArrayList<>();
    for (int i = 0; i < 1_024; i++) {
      encoded.add(format.write(Records.numbers(i)));
    }
    AtomicReference<Exception> failure = new AtomicReference<>();
    for (long i = 0; i < records; i++) {
      send(topic, encoded.get((int) (i % encoded.size())), failure);
    }
    flush(failure);
  }

  /**
   * How fast a job reads what {@link #fill} wrote, again and again: after a warm-up, of some times
   * the middle half of each, so that neither begin nor end of one is in it.
   *
   * @param records as many as were written
   * @param warmUp for how long it reads at least before it is measured
   * @param passes how often it reads all of them while it is measured
   */
  Speed speed(Task task, Settings settings, long records, Duration warmUp, int passes)
      throws IOException {
    String to = answers();
    List<String> endlessly = List.of("--passes", Integer.toString(Integer.MAX_VALUE));
    try (ChildProcess job = start(task, settings, topic(task.format, records), to, endlessly)) {
      Mark end = await(to, 1, job);
      long measureFromNs = end.ns + warmUp.toNanos();
      long before = 0;
      while (end.ns < measureFromNs) {
        before += records;
        end = await(to, before, job);
      }
      double answered = 0;
      double seconds = 0;
      double cpuS = 0;
      for (int pass = 0; pass < passes; pass++, before += records) {
        Mark from = await(to, before + records / 4, job);
        end = await(to, before + records * 3 / 4, job);
        answered += end.answers - from.answers;
        seconds += (end.ns - from.ns) / 1e9;
        cpuS += end.cpuS - from.cpuS;
      }
      return new Speed(answered / seconds, cpuS * 1e6 / answered);
    }
  }

  /**
   * The latency of a job at a steady rate, in milliseconds from append to append.
   *
   * @param perS records a second, in the mean
   * @param warmUp at that rate, not measured
   */
  Histogram latency(Task task, Settings settings, double perS, Duration warmUp, Duration measured)
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
    try (ChildProcess job = start(task, settings, from, to, List.of("--producer-linger-ms", "0"))) {
      observer.start();
      long sent = pace(from, task.format, perS, warmUp);
      // The warm-up's last answer may be of this very millisecond.
      measureFromMs.set(System.currentTimeMillis() + 1);
      sent += pace(from, task.format, perS, measured);
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

  private static String topic(Format format, long records) {
    return "%s-%d".formatted(format, records);
  }

  /** Records come as from many who know nothing of each other: a Poisson process. */
  private long pace(String to, Format format, double perS, Duration length) throws IOException {
    AtomicReference<Exception> failure = new AtomicReference<>();
    Random random = new Random(1);
    long startNs = System.nanoTime();
    long count = Math.round(perS * length.toNanos() / 1e9);
    double dueNs = 0;
    for (long i = 0; i < count; i++) {
      dueNs -= Math.log(1 - random.nextDouble()) / perS * 1e9;
      long leftNs = startNs + (long) dueNs - System.nanoTime();
      Waiting.pause(Duration.ofNanos(Math.max(0, leftNs)));
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

  private ChildProcess start(
      Task task, Settings settings, String from, String to, List<String> options)
      throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--way", task.way.name(),
                "--format", task.format.name(),
                "--model", task.model.toString(),
                "--brokers", broker.bootstrapServers(),
                "--from", from,
                "--to", to,
                "--capacity", Integer.toString(settings.capacity),
                "--batch", Integer.toString(settings.batch),
                "--linger-ms", Long.toString(settings.lingerMs),
                "--deadline-ms", Long.toString(settings.deadlineMs)));
    arguments.addAll(options);
    return ChildProcess.java(
        "inference job",
        folder.resolve("job-%d.log".formatted(runs)),
        List.of("-Xmx2g", "-Dheadway.log=" + folder.resolve("job-%d-headway.log".formatted(runs))),
        List.of(System.getProperty("java.class.path").split(File.pathSeparator)),
        KafkaInferenceJob.class.getName(),
        arguments);
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
