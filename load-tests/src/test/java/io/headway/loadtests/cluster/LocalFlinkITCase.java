// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFlinkITCase {

  @Test
  void showsAJobsCountersRestartsAndCheckpointsThroughRest(@TempDir Path parent) throws Exception {
    Configuration options = new Configuration();
    options.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
    try (LocalFlink flink = LocalFlink.start(parent, "0", Ports.any(), 2, options)) {
      StreamExecutionEnvironment environment = flink.environment();
      environment
          .fromSource(
              new DataGeneratorSource<>(
                  i -> i, Long.MAX_VALUE, RateLimiterStrategy.perSecond(100), Types.LONG),
              WatermarkStrategy.noWatermarks(),
              "numbers")
          .map(new FailsOnce())
          .name("FailsOnce")
          .sinkTo(new DiscardingSink<>());
      JobID job = flink.submit(environment);
      JobMetrics metrics = new JobMetrics(flink.rest(), job);

      AtomicReference<JobStats> last = new AtomicReference<>();
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptionsInstanceOf(IOException.class)
          .until(
              () -> {
                // Two subtasks show 7 each.
                last.set(metrics.read());
                return last.get().checkpoints() > 0
                    && last.get().restarts() > 0
                    && !last.get().failure().isEmpty()
                    && last.get().state().equals("RUNNING")
                    && last.get().accounted("telemetry") == 14;
              });

      JobStats stats = last.get();
      assertThat(stats.fates()).isEqualTo(Map.of("telemetry", Map.of("in-flight", 14L)));
      assertThat(stats.fatesOfAllTopics()).isEqualTo(Map.of("in-flight", 14L));
      assertThat(stats.restarts()).isEqualTo(1);
      assertThat(stats.failure()).contains("the road is closed");
      assertThat(text(flink.metrics())).contains("flink_taskmanager_job_task_operator_headway");
      assertThat(text(flink.rest())).contains("Apache Flink Web Dashboard");

      flink.cancel(job);
      await().atMost(Duration.ofSeconds(10)).until(() -> metrics.read().ended());
    }
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void leavesNothingBehindWhenItCannotStart(@TempDir Path parent) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(
              () ->
                  LocalFlink.start(
                      parent,
                      Integer.toString(taken.getLocalPort()),
                      Ports.any(),
                      1,
                      new Configuration()))
          .isInstanceOf(IOException.class);
    }
    assertThat(parent).isEmptyDirectory();
  }

  private static String text(URI address) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** Shows a gauge; the first attempt of its first subtask fails after some records. */
  private static final class FailsOnce extends RichMapFunction<Long, Long> {
    private int seen;

    @Override
    public void open(OpenContext context) {
      MetricGroup group =
          getRuntimeContext()
              .getMetricGroup()
              .addGroup("headway")
              .addGroup("records")
              .addGroup("telemetry");
      // Flink keeps one entry a gauge object, so that each subtask needs its own.
      group.gauge("in-flight", (Gauge<Long>) () -> 7L + seen * 0L);
    }

    @Override
    public Long map(Long value) {
      seen++;
      if (seen > 20
          && getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0
          && getRuntimeContext().getTaskInfo().getAttemptNumber() == 0) {
        throw new IllegalStateException("the road is closed");
      }
      return value;
    }
  }
}
