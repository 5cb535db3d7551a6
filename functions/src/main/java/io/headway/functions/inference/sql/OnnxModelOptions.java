// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.sql;

import io.headway.functions.inference.BatchSettings;
import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** What stands behind {@code WITH} of a model of the provider {@code onnx}. */
public final class OnnxModelOptions {

  /** {@code path}. */
  public static final ConfigOption<String> PATH =
      ConfigOptions.key("path")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Where the ONNX file is, by any of Flink's file systems; every TaskManager reads it.");

  /** {@code sha256}. */
  public static final ConfigOption<String> SHA256 =
      ConfigOptions.key("sha256")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "SHA-256 of the file, 64 lower-case hexadecimal digits; another file is not loaded.");

  /** {@code version}. */
  public static final ConfigOption<Integer> VERSION =
      ConfigOptions.key("version")
          .intType()
          .defaultValue(1)
          .withDescription("The model's version, for messages and metrics.");

  /** {@code batch.max-size}. */
  public static final ConfigOption<Integer> BATCH_MAX_SIZE =
      ConfigOptions.key("batch.max-size")
          .intType()
          .defaultValue(BatchSettings.DEFAULTS.maxBatchSize())
          .withDescription(
              "The most rows of a batch. Flink hands out table.exec.async-ml-predict.max-concurrent-operations rows at once and no more, so set that to several batches.");

  /** {@code batch.linger}. */
  public static final ConfigOption<Duration> BATCH_LINGER =
      ConfigOptions.key("batch.linger")
          .durationType()
          .defaultValue(BatchSettings.DEFAULTS.linger())
          .withDescription("How long the first row of a batch waits for others.");

  /** {@code deadline}. */
  public static final ConfigOption<Duration> DEADLINE =
      ConfigOptions.key("deadline")
          .durationType()
          .defaultValue(BatchSettings.DEFAULTS.deadline())
          .withDescription(
              "How long after it was asked a row has its answer, or has failed; less than table.exec.async-ml-predict.timeout.");

  /** {@code threads}. */
  public static final ConfigOption<Integer> THREADS =
      ConfigOptions.key("threads")
          .intType()
          .defaultValue(BatchSettings.DEFAULTS.threads())
          .withDescription("How many batches a subtask runs at once.");

  /** {@code intra-op-threads}. */
  public static final ConfigOption<Integer> INTRA_OP_THREADS =
      ConfigOptions.key("intra-op-threads")
          .intType()
          .defaultValue(1)
          .withDescription("How many threads one batch may use inside the model.");

  /** {@code on-failure}. */
  public static final ConfigOption<OnFailure> ON_FAILURE =
      ConfigOptions.key("on-failure")
          .enumType(OnFailure.class)
          .defaultValue(OnFailure.NULL)
          .withDescription(
              "What becomes of a row that the model does not answer: NULL in every output column, or the job fails. Metrics count such rows by cause either way.");

  private OnnxModelOptions() {}

  /** What becomes of a row that the model does not answer. */
  public enum OnFailure {
    /** Its output columns are NULL. */
    NULL,
    /** The job fails, and starts again as its restart strategy says. */
    FAIL
  }
}
