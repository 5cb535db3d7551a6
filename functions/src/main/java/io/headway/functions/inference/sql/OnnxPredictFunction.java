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
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.functions.FunctionContext;

/** Hands rows to a {@link BatchedModel}. */
public final class OnnxPredictFunction extends AsyncPredictFunction {
  private static final long serialVersionUID = 1;

  private final OnnxModelProviderFactory.Settings settings;

  private transient InferenceMetrics metrics;
  private transient BatchedModel<RowData, RowData> model;

  OnnxPredictFunction(OnnxModelProviderFactory.Settings settings) {
    this.settings = settings;
  }

  @Override
  public void open(FunctionContext context) throws ModelException {
    metrics = new InferenceMetrics(context.getMetricGroup());
    // A function of SQL is not told the TaskManager's budget.
    SharedModels.Lease lease =
        ModelFiles.acquire(settings.model(), settings.intraOpThreads(), new Configuration());
    try {
      ModelSignature signature = lease.model().signature();
      RowTensors inputs =
          RowTensors.inputs(settings.model(), settings.inputs(), signature.inputs());
      RowTensors outputs =
          RowTensors.outputs(settings.model(), settings.outputs(), signature.outputs());
      model =
          new BatchedModel<>(
              lease.model(),
              new ModelSignature(signature.inputs(), outputs.tensors()),
              inputs::encode,
              (row, tensors) -> outputs.decode(tensors),
              settings.batching(),
              metrics);
    } finally {
      if (model == null) {
        lease.close();
      }
    }
    var unused = model.ended().thenRun(lease::close);
    metrics.queued(model::queued);
  }

  @Override
  public CompletableFuture<Collection<RowData>> asyncPredict(RowData row) {
    metrics.submitted(settings.model().version());
    return model.submit(row).handle(this::settle);
  }

  @Override
  public void close() {
    if (model != null) {
      model.close();
    }
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
