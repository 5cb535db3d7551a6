// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.DeadLetter;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.Telemetry;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.types.PojoTestUtils;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;

class FatesTest {
  private static final int MAX_PARALLELISM = 8;

  /** Counts each element, which names a fate, and answers with all its counts so far. */
  private static final class Counting extends ProcessFunction<Fate, Long>
      implements CheckpointedFunction {
    private static final long serialVersionUID = 1;

    private transient Fates fates;

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
      fates = Fates.initialize(context, getRuntimeContext());
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
      fates.snapshot();
    }

    @Override
    public void processElement(Fate fate, Context context, Collector<Long> out) {
      fates.count("telemetry", fate);
    }
  }

  @Test
  void sumsSurviveARestoreAtAnyParallelism() throws Exception {
    for (int before = 1; before <= 3; before++) {
      OperatorSubtaskState state = countAt(before);
      for (int after = 1; after <= 4; after++) {
        assertThat(sumAfterRestore(state, before, after, Fate.FUSED))
            .as("fused, from %d to %d subtasks", before, after)
            .isEqualTo(6L * before);
        assertThat(sumAfterRestore(state, before, after, Fate.LATE)).isEqualTo(before);
      }
    }
  }

  @Test
  void aRecordCanBeMovedToAnotherFateWhereItWasNotCounted() throws Exception {
    Counting function = new Counting();
    try (OneInputStreamOperatorTestHarness<Fate, Long> harness = harness(function, 1, 0)) {
      harness.open();
      function.fates.move("telemetry", Fate.FUSED, Fate.DEAD_LETTER);

      assertThat(function.fates.get("telemetry", Fate.FUSED)).isEqualTo(-1);
      assertThat(function.fates.get("telemetry", Fate.DEAD_LETTER)).isEqualTo(1);
      OperatorSubtaskState state = harness.snapshot(1, 1);
      assertThat(sumAfterRestore(state, 1, 2, Fate.FUSED)).isEqualTo(-1);
    }
  }

  @Test
  void countsAreAFlinkPojo() {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(FateCount.class);
  }

  @Test
  void decodingPassesSoundRecordsAndLettersTheOthers() throws Exception {
    Decode<Telemetry> decode = new Decode<>(new DeadLetters(4));
    Origin origin = new Origin("telemetry", 2, 77, Inputs.T0);
    try (OneInputStreamOperatorTestHarness<Inbound<Telemetry>, Inbound<Telemetry>> harness =
        new OneInputStreamOperatorTestHarness<>(new ProcessOperator<>(decode))) {
      harness.open();
      Inbound<Telemetry> sound =
          Inputs.inbound(InputType.TELEMETRY, 1, Inputs.telemetry("v1", Inputs.T0));
      harness.processElement(sound, Inputs.T0);
      harness.processElement(
          Inbound.faulty(
              origin,
              new byte[] {9},
              new byte[] {1, 2, 3, 4, 5},
              new Fault(DeadLetterCause.MALFORMED, "no record")),
          Inputs.T0);

      assertThat(harness.extractOutputValues()).containsExactly(sound);
      List<DeadLetter> letters = letters(harness);
      assertThat(letters).hasSize(1);
      DeadLetter letter = letters.get(0);
      assertThat(letter.getTopic()).isEqualTo("telemetry");
      assertThat(letter.getPartition()).isEqualTo(2);
      assertThat(letter.getOffset()).isEqualTo(77);
      assertThat(letter.getKey().array()).containsExactly(9);
      assertThat(letter.getAppendTime().toEpochMilli()).isEqualTo(Inputs.T0);
      assertThat(letter.getCause()).isEqualTo(DeadLetterCause.MALFORMED);
      assertThat(letter.getPayload().array()).containsExactly(1, 2, 3, 4);
      assertThat(letter.getPayloadLength()).isEqualTo(5);
      assertThat(letter.getPayloadSha256()).hasSize(64);
    }
  }

  private static List<DeadLetter> letters(AbstractStreamOperatorTestHarness<?> harness) {
    List<DeadLetter> letters = new ArrayList<>();
    harness.getSideOutput(DeadLetters.TAG).forEach(record -> letters.add(record.getValue()));
    return letters;
  }

  private static OperatorSubtaskState countAt(int parallelism) throws Exception {
    OperatorSubtaskState[] states = new OperatorSubtaskState[parallelism];
    for (int subtask = 0; subtask < parallelism; subtask++) {
      try (OneInputStreamOperatorTestHarness<Fate, Long> harness =
          harness(new Counting(), parallelism, subtask)) {
        harness.open();
        for (int i = 0; i < 6; i++) {
          harness.processElement(Fate.FUSED, i);
        }
        harness.processElement(Fate.LATE, 7);
        states[subtask] = harness.snapshot(1, 1);
      }
    }
    return AbstractStreamOperatorTestHarness.repackageState(states);
  }

  private static long sumAfterRestore(OperatorSubtaskState state, int before, int after, Fate fate)
      throws Exception {
    long sum = 0;
    for (int subtask = 0; subtask < after; subtask++) {
      Counting function = new Counting();
      try (OneInputStreamOperatorTestHarness<Fate, Long> harness =
          harness(function, after, subtask)) {
        harness.setup();
        harness.initializeState(
            AbstractStreamOperatorTestHarness.repartitionOperatorState(
                state, MAX_PARALLELISM, before, after, subtask));
        harness.open();
        sum += function.fates.get("telemetry", fate);
      }
    }
    return sum;
  }

  private static OneInputStreamOperatorTestHarness<Fate, Long> harness(
      Counting function, int parallelism, int subtask) throws Exception {
    return new OneInputStreamOperatorTestHarness<>(
        new ProcessOperator<>(function), MAX_PARALLELISM, parallelism, subtask);
  }
}
