// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.sql;

import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.sql.OnnxModelOptions.OnFailure;
import java.time.Duration;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.ResolvedCatalogModel;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.factories.ModelProviderFactory;
import org.apache.flink.table.functions.AsyncPredictFunction;
import org.apache.flink.table.ml.AsyncPredictRuntimeProvider;
import org.apache.flink.table.ml.ModelProvider;
import org.apache.flink.table.types.logical.RowType;

/** Finds ONNX models for SQL: {@code CREATE MODEL ... WITH ('provider' = 'onnx', ...)}. */
public final class OnnxModelProviderFactory implements ModelProviderFactory {
  /** The value of {@code provider}. */
  public static final String IDENTIFIER = "onnx";

  /** As in Flink's ExecutionConfigOptions, which a provider does not see. */
  private static final ConfigOption<Duration> FLINKS_TIMEOUT =
      ConfigOptions.key("table.exec.async-ml-predict.timeout")
          .durationType()
          .defaultValue(Duration.ofMinutes(3));

  /** The most rows that wait in a subtask; Flink hands out fewer. */
  private static final int QUEUED_MAX = 100_000;

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of(OnnxModelOptions.PATH, OnnxModelOptions.SHA256);
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of(
        OnnxModelOptions.VERSION,
        OnnxModelOptions.BATCH_MAX_SIZE,
        OnnxModelOptions.BATCH_LINGER,
        OnnxModelOptions.DEADLINE,
        OnnxModelOptions.THREADS,
        OnnxModelOptions.INTRA_OP_THREADS,
        OnnxModelOptions.ON_FAILURE);
  }

  @Override
  public ModelProvider createModelProvider(Context context) {
    FactoryUtil.ModelProviderFactoryHelper helper =
        FactoryUtil.createModelProviderFactoryHelper(this, context);
    helper.validate();
    ReadableConfig options = helper.getOptions();
    ResolvedCatalogModel model = context.getCatalogModel();
    String name = context.getObjectIdentifier().getObjectName();
    try {
      check(options, model, context.getConfiguration());
      return new Provider(
          new Settings(
              new ModelReference(
                  name.replaceAll("[^A-Za-z0-9._-]", "_"),
                  options.get(OnnxModelOptions.VERSION),
                  options.get(OnnxModelOptions.PATH),
                  options.get(OnnxModelOptions.SHA256)),
              rowType(model.getResolvedInputSchema()),
              rowType(model.getResolvedOutputSchema()),
              new BatchSettings(
                  options.get(OnnxModelOptions.BATCH_MAX_SIZE),
                  options.get(OnnxModelOptions.BATCH_LINGER),
                  options.get(OnnxModelOptions.DEADLINE),
                  QUEUED_MAX,
                  options.get(OnnxModelOptions.THREADS)),
              options.get(OnnxModelOptions.INTRA_OP_THREADS),
              options.get(OnnxModelOptions.ON_FAILURE)));
    } catch (IllegalArgumentException e) {
      throw new ValidationException(
          "Model %s cannot be used: %s".formatted(context.getObjectIdentifier(), e.getMessage()),
          e);
    }
  }

  private static void check(
      ReadableConfig options, ResolvedCatalogModel model, ReadableConfig session) {
    int threads = options.get(OnnxModelOptions.INTRA_OP_THREADS);
    if (threads < 1) {
      throw new IllegalArgumentException(
          "%s is %d, so a batch could not run; it must be at least 1."
              .formatted(OnnxModelOptions.INTRA_OP_THREADS.key(), threads));
    }
    Duration deadline = options.get(OnnxModelOptions.DEADLINE);
    if (deadline.compareTo(session.get(FLINKS_TIMEOUT)) >= 0) {
      throw new IllegalArgumentException(
          "%s is %s and %s is %s, so Flink would fail the job before a row is given up; make the deadline shorter."
              .formatted(
                  OnnxModelOptions.DEADLINE.key(),
                  deadline,
                  FLINKS_TIMEOUT.key(),
                  session.get(FLINKS_TIMEOUT)));
    }
    if (options.get(OnnxModelOptions.ON_FAILURE) == OnFailure.NULL) {
      for (RowType.RowField field : rowType(model.getResolvedOutputSchema()).getFields()) {
        if (!field.getType().isNullable()) {
          throw new IllegalArgumentException(
              "Column %s is NOT NULL, so a row that the model does not answer would fail the job; leave NOT NULL out, or set '%s' = 'FAIL'."
                  .formatted(field.getName(), OnnxModelOptions.ON_FAILURE.key()));
        }
      }
    }
  }

  private static RowType rowType(org.apache.flink.table.catalog.ResolvedSchema schema) {
    RowType type = (RowType) schema.toPhysicalRowDataType().getLogicalType();
    RowTensors.checkTypes(type);
    return type;
  }

  /** All that a function needs to know. */
  record Settings(
      ModelReference model,
      RowType inputs,
      RowType outputs,
      BatchSettings batching,
      int intraOpThreads,
      OnFailure onFailure)
      implements java.io.Serializable {}

  private record Provider(Settings settings) implements AsyncPredictRuntimeProvider {
    @Override
    public AsyncPredictFunction createAsyncPredictFunction(ModelProvider.Context context) {
      return new OnnxPredictFunction(settings);
    }

    @Override
    public ModelProvider copy() {
      return this;
    }
  }
}
