// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.sql;

import io.headway.functions.inference.BatchedModel;
import io.headway.functions.inference.InferenceException;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.inference.sql.OnnxModelOptions.OnFailure;
import io.headway.functions.inference.stream.InferenceMetrics;
import io.headway.functions.inference.stream.ModelFiles;
import io.headway.functions.memory.NativeMemory;
import java.lang.reflect.Field;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.functions.FunctionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands rows to a {@link BatchedModel}. */
public final class OnnxPredictFunction extends AsyncPredictFunction {
  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(OnnxPredictFunction.class);

  private final OnnxModelProviderFactory.Settings settings;

  private transient InferenceMetrics metrics;
  private transient BatchedModel<RowData, RowData> model;

  OnnxPredictFunction(OnnxModelProviderFactory.Settings settings) {
    this.settings = settings;
  }

  @Override
  public void open(FunctionContext context) throws ModelException {
    metrics = new InferenceMetrics(context.getMetricGroup());
    metrics.version(settings.model().version());
    ReadableConfig taskManager = taskManager(context);
    SharedModels.Lease lease =
        ModelFiles.acquire(settings.model(), settings.intraOpThreads(), taskManager);
    try {
      ModelSignature signature = lease.model().signature();
      RowTensors inputs =
          RowTensors.inputs(settings.model(), settings.inputs(), signature.inputs());
      RowTensors outputs =
          RowTensors.outputs(settings.model(), settings.outputs(), signature.outputs());
      model =
          ModelFiles.batch(
              lease,
              new ModelSignature(signature.inputs(), outputs.tensors()),
              inputs::encode,
              (row, tensors) -> outputs.decode(tensors),
              settings.batching(),
              metrics,
              taskManager);
    } finally {
      if (model == null) {
        lease.close();
      }
    }
    metrics.queued(model::queued);
  }

  @Override
  public CompletableFuture<Collection<RowData>> asyncPredict(RowData row) {
    metrics.submitted();
    return model.submit(row).handle(this::settle);
  }

  @Override
  public void close() {
    if (model != null) {
      model.close();
    }
  }

  /**
   * Where the TaskManager's budget is written. Flink's context of a function of SQL holds the
   * operator's, behind those of asynchronous functions, and shows neither.
   */
  private static ReadableConfig taskManager(FunctionContext context) {
    try {
      Object runtime = hidden(context, FunctionContext.class, "context");
      while (!(runtime instanceof StreamingRuntimeContext)) {
        runtime = hidden(runtime, runtime.getClass(), "runtimeContext");
      }
      return NativeMemory.taskManager((RuntimeContext) runtime);
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.warn(
          "The TaskManager's budget of native memory cannot be read, so nobody checks that models of SQL fit into it.",
          e);
      return new Configuration();
    }
  }

  private static Object hidden(Object of, Class<?> type, String name)
      throws ReflectiveOperationException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(of);
  }

  private Collection<RowData> settle(RowData answer, Throwable failure) {
    metrics.settled();
    if (failure == null) {
      return List.of(answer);
    }
    if (failure instanceof InferenceException unanswered) {
      metrics.failed(unanswered.reason());
      if (settings.onFailure() == OnFailure.NULL) {
        return List.of(new GenericRowData(settings.outputs().getFieldCount()));
      }
    }
    throw new IllegalStateException(failure.getMessage(), failure);
  }
}
