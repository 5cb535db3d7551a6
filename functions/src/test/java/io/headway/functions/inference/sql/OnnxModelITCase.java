// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.TestModels;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code CREATE MODEL ... WITH ('provider' = 'onnx')} and {@code ML_PREDICT}. */
class OnnxModelITCase {
  @RegisterExtension
  static final MiniClusterExtension FLINK =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  private final StreamExecutionEnvironment env =
      StreamExecutionEnvironment.getExecutionEnvironment();
  private final StreamTableEnvironment sql = environment(env);

  @AfterEach
  void whatTheQueryOpenedIsClosed() {
    await().untilAsserted(() -> assertThat(ModelSession.openNativeObjects()).isZero());
  }

  @Test
  void scalarColumnsAreTheNumbersOfOneTensor() throws Exception {
    create("sums", "sum", "a DOUBLE, b INT, c FLOAT", "total DOUBLE", "");
    assertThat(
            query(
                "SELECT a, total FROM ML_PREDICT(TABLE numbers, MODEL sums, DESCRIPTOR(a, b, c))"))
        .containsExactlyInAnyOrder(Row.of(1.5, 13.75), Row.of(2.5, 24.75));
  }

  @Test
  void columnsOfSeveralTensorsHaveTheirNames() throws Exception {
    create(
        "picks",
        "pick",
        "`values` ARRAY<FLOAT>, `index` BIGINT",
        "picked FLOAT, twice ARRAY<DOUBLE>",
        "");
    assertThat(
            query(
                "SELECT i, picked, twice FROM ML_PREDICT(TABLE lists, MODEL picks, DESCRIPTOR(v, i))"))
        .containsExactlyInAnyOrder(
            Row.of(3L, 4f, new Double[] {2.0, 4.0, 6.0, 8.0}),
            Row.of(0L, 5f, new Double[] {10.0, 12.0, 14.0, 16.0}));
  }

  @Test
  void anAnswerThatCannotBeGivenIsNull() throws Exception {
    create("picks", "pick", "`values` ARRAY<FLOAT>, `index` BIGINT", "picked FLOAT", "");
    assertThat(
            query(
                "SELECT i, picked FROM ML_PREDICT(TABLE wrong_lists, MODEL picks, DESCRIPTOR(v, i))"))
        .containsExactlyInAnyOrder(Row.of(9L, null), Row.of(1L, null), Row.of(2L, 3f));
  }

  @Test
  void aModelThatHangsGivesNullAtItsDeadline() throws Exception {
    create("loops", "loop", "x FLOAT", "y FLOAT", ", 'deadline' = '200 ms'");
    assertThat(query("SELECT x, y FROM ML_PREDICT(TABLE hours, MODEL loops, DESCRIPTOR(x))"))
        .containsExactly(Row.of(1e12f, null));
  }

  @Test
  void orTheJobFailsWhereThatIsAskedFor() {
    create(
        "picks",
        "pick",
        "`values` ARRAY<FLOAT>, `index` BIGINT",
        "picked FLOAT",
        ", 'on-failure' = 'FAIL'");
    assertThatThrownBy(
            () ->
                query(
                    "SELECT i, picked FROM ML_PREDICT(TABLE short_lists, MODEL picks, DESCRIPTOR(v, i))"))
        .hasStackTraceContaining(
            "Model picks:1 was not asked: column values has 3 numbers and not 4");
  }

  @Test
  void columnsThatDoNotFitTheModelAreTold() {
    create("sums", "sum", "a DOUBLE, b INT", "total DOUBLE", "");
    assertThatThrownBy(
            () ->
                query("SELECT total FROM ML_PREDICT(TABLE numbers, MODEL sums, DESCRIPTOR(a, b))"))
        .hasStackTraceContaining(
            "Model sums:1 does not fit its INPUT and OUTPUT columns: input x FLOAT[batch, 3] has 3 numbers, and the columns [a, b] do not give just these");
  }

  @Test
  void badOptionsAreToldBeforeAnythingRuns() {
    create("sums", "sum", "a DOUBLE, b INT, c FLOAT", "total DOUBLE", ", 'batch.max-size' = '0'");
    assertThatThrownBy(
            () ->
                sql.explainSql(
                    "SELECT total FROM ML_PREDICT(TABLE numbers, MODEL sums, DESCRIPTOR(a, b, c))"))
        .hasStackTraceContaining("The size of a batch is 0, so nothing can be inferred");
    for (String[] wrong :
        new String[][] {
          {"total DOUBLE", ", 'intra-op-threads' = '0'", "intra-op-threads is 0"},
          {"total DOUBLE", ", 'deadline' = '5 min'", "make the deadline shorter"},
          {"total DOUBLE NOT NULL", "", "Column total is NOT NULL"}
        }) {
      sql.executeSql("DROP MODEL sums");
      create("sums", "sum", "a DOUBLE, b INT, c FLOAT", wrong[0], wrong[1]);
      assertThatThrownBy(
              () ->
                  sql.explainSql(
                      "SELECT total FROM ML_PREDICT(TABLE numbers, MODEL sums, DESCRIPTOR(a, b, c))"))
          .hasStackTraceContaining(wrong[2]);
    }
    create("texts", "sum", "a STRING", "total DOUBLE", "");
    assertThatThrownBy(
            () ->
                sql.explainSql(
                    "SELECT total FROM ML_PREDICT(TABLE texts, MODEL texts, DESCRIPTOR(a))"))
        .hasStackTraceContaining("Column a is of");
  }

  @Test
  void aModelThatDoesNotFitIntoTheTaskManagersNativeMemoryIsToldAtTheStart() throws Exception {
    Configuration small = new Configuration();
    small.set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, new MemorySize(1));
    small.set(RestOptions.BIND_PORT, "0");
    create("sums", "sum", "a DOUBLE, b INT, c FLOAT", "total DOUBLE", "");
    sql.toDataStream(
            sql.sqlQuery(
                "SELECT a, total FROM ML_PREDICT(TABLE numbers, MODEL sums, DESCRIPTOR(a, b, c))"))
        .sinkTo(new DiscardingSink<>());
    try (MiniCluster flink =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(small)
                .setNumSlotsPerTaskManager(2)
                .build())) {
      flink.start();
      JobID job = flink.submitJob(env.getStreamGraph()).get().getJobID();
      assertThatThrownBy(
              () ->
                  flink
                      .requestJobResult(job)
                      .get()
                      .toJobExecutionResult(getClass().getClassLoader()))
          .hasStackTraceContaining("taskmanager.memory.task.off-heap.size is 0m");
    }
  }

  private void create(String name, String model, String inputs, String outputs, String options) {
    ModelReference file = TestModels.reference(model);
    sql.executeSql(
        "CREATE MODEL %s INPUT (%s) OUTPUT (%s) WITH ('provider' = 'onnx', 'path' = '%s', 'sha256' = '%s'%s)"
            .formatted(name, inputs, outputs, file.uri(), file.sha256(), options));
  }

  private List<Row> query(String statement) throws Exception {
    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<Row> all = sql.executeSql(statement).collect()) {
      all.forEachRemaining(rows::add);
    }
    return rows;
  }

  private static StreamTableEnvironment environment(StreamExecutionEnvironment env) {
    env.setParallelism(2);
    StreamTableEnvironment sql = StreamTableEnvironment.create(env);
    sql.executeSql(
        "CREATE TEMPORARY VIEW numbers AS SELECT * FROM (VALUES"
            + " (CAST(1.5 AS DOUBLE), 10, CAST(2.25 AS FLOAT)), (CAST(2.5 AS DOUBLE), 20, CAST(2.25 AS FLOAT)))"
            + " AS t (a, b, c)");
    sql.executeSql(
        "CREATE TEMPORARY VIEW lists AS SELECT CAST(v AS ARRAY<FLOAT>) AS v, CAST(i AS BIGINT) AS i FROM (VALUES"
            + " (ARRAY[1.0, 2.0, 3.0, 4.0], 3), (ARRAY[5.0, 6.0, 7.0, 8.0], 0)) AS t (v, i)");
    // An index that the model does not have, a number too few, and a sound one.
    sql.executeSql(
        "CREATE TEMPORARY VIEW wrong_lists AS SELECT CAST(v AS ARRAY<FLOAT>) AS v, CAST(i AS BIGINT) AS i FROM (VALUES"
            + " (ARRAY[1.0, 2.0, 3.0, 4.0], 9), (ARRAY[1.0, 2.0, 3.0], 1), (ARRAY[1.0, 2.0, 3.0, 4.0], 2)) AS t (v, i)");
    // Which of two rows fails first is not known.
    sql.executeSql("CREATE TEMPORARY VIEW short_lists AS SELECT * FROM wrong_lists WHERE i = 1");
    // The model loop takes hours over it.
    sql.executeSql(
        "CREATE TEMPORARY VIEW hours AS SELECT * FROM (VALUES (CAST(1e12 AS FLOAT))) AS t (x)");
    sql.executeSql("CREATE TEMPORARY VIEW texts AS SELECT * FROM (VALUES ('one')) AS t (a)");
    return sql;
  }
}
