// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.schemas.Telemetry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.util.clock.ManualClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PatientRegistryTest {
  private final ManualClock clock = new ManualClock();
  private final List<Duration> pauses = new ArrayList<>();
  private FakeRegistry fake;

  @BeforeEach
  void startRegistry() throws IOException {
    fake = FakeRegistry.start();
    fake.knows(1, Telemetry.getClassSchema().toString());
  }

  @AfterEach
  void stopRegistry() {
    fake.close();
  }

  @Test
  void aRegistryThatIsOutOfOrderIsAskedUntilItAnswersAtEverLongerPauses() throws Exception {
    fake.outage(new FakeRegistry.Answer(500, "{\"message\": \"no disk\"}"));
    List<Long> waitedMs = new ArrayList<>();
    AtomicReference<PatientRegistry> patient = new AtomicReference<>();
    patient.set(
        new PatientRegistry(
            fake.address(),
            "telemetry",
            clock,
            pause -> {
              waitedMs.add(patient.get().waitingMs());
              pauses.add(pause);
              clock.advanceTime(pause);
              if (pauses.size() == 10) {
                fake.outage(null);
              }
            }));
    assertThat(patient.get().waitingMs()).isZero();

    assertThat(patient.get().schema(1)).isEqualTo(Telemetry.getClassSchema());

    assertThat(pauses)
        .startsWith(Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofMillis(400))
        .endsWith(Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(10))
        .hasSize(10);
    assertThat(waitedMs).startsWith(0L, 100L, 300L, 700L);
    assertThat(patient.get().waitingMs()).isZero();
  }

  @Test
  void anIdThatIsNotThereIsNotWaitedFor() {
    PatientRegistry patient = new PatientRegistry(fake.address(), "telemetry", clock, pauses::add);

    assertThatThrownBy(() -> patient.schema(2)).isInstanceOf(UnusableSchemaException.class);
    assertThat(pauses).isEmpty();
  }

  @Test
  @Timeout(30)
  void aTaskThatIsCancelledDoesNotWaitOn() throws Exception {
    fake.close();
    CountDownLatch ended = new CountDownLatch(1);
    PatientRegistry patient =
        new PatientRegistry(RegistryAddress.of(fake.url(), Map.of()), "telemetry");
    Thread task =
        new Thread(
            () -> {
              try {
                patient.schema(1);
              } catch (InterruptedException e) {
                ended.countDown();
              } catch (UnusableSchemaException e) {
                throw new IllegalStateException(e);
              }
            });
    task.start();

    task.interrupt();

    ended.await();
  }
}
