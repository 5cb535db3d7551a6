// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.inference.TensorBatch;
import io.headway.functions.inference.stream.ModelFiles;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.fs.Path;
import org.apache.flink.ml.param.IntParam;
import org.apache.flink.ml.param.Param;
import org.apache.flink.ml.param.ParamValidators;
import org.apache.flink.ml.param.StringArrayParam;
import org.apache.flink.ml.param.StringParam;
import org.apache.flink.ml.servable.api.DataFrame;
import org.apache.flink.ml.servable.api.Row;
import org.apache.flink.ml.util.FileUtils;
import org.apache.flink.ml.util.ParamUtils;

/**
 * Runs an ONNX model on the rows of a frame, in batches.
 *
 * <p>An input column is a tensor of the model: a vector has all its numbers in row-major order; a
 * column of numbers (FLOAT, DOUBLE, INT, LONG) is a tensor with one number a row. Every input of
 * the model needs a column, while outputs may be left out. An output with one number a row becomes
 * a column of FLOAT, DOUBLE, INT or LONG, another a VECTOR(DOUBLE), which does not hold integers
 * beyond 2^53 exactly.
 *
 * <p>The caller waits for the model: there is no deadline and no fallback, and what a model fails
 * on fails the whole frame. Where a model may be slow, use {@code BatchedInference}.
 *
 * <p>Beside its {@code metadata}, a directory has {@code data/model.onnx} and {@code
 * data/model.onnx.sha256}, which is what {@code sha256sum model.onnx} prints; the 64 digits alone
 * do too. The file's bytes are checked when it is loaded. The model stays open, one session however
 * many servables of a job and process have loaded the directory, until all are closed. A pipeline
 * of Flink ML's own cannot be closed; then the session is freed some time after the servable is
 * garbage.
 *
 * <p>Not thread-safe.
 */
public final class OnnxModelServable implements SavableServable<OnnxModelServable>, AutoCloseable {

  public static final Param<String[]> INPUT_COLS =
      new StringArrayParam(
          "inputCols",
          "Input column names, one for each input of the model.",
          new String[] {"input"},
          ParamValidators.nonEmptyArray());

  public static final Param<String[]> INPUT_TENSORS =
      new StringArrayParam(
          "inputTensors",
          "Names of the model's inputs, one for each input column; empty where they are called as the columns are.",
          new String[0],
          ParamValidators.notNull());

  public static final Param<String[]> OUTPUT_COLS =
      new StringArrayParam(
          "outputCols",
          "Output column names, one for each output of the model that is read.",
          new String[] {"output"},
          ParamValidators.nonEmptyArray());

  public static final Param<String[]> OUTPUT_TENSORS =
      new StringArrayParam(
          "outputTensors",
          "Names of the model's outputs, one for each output column; empty where they are called as the columns are.",
          new String[0],
          ParamValidators.notNull());

  public static final Param<Integer> MAX_BATCH_SIZE =
      new IntParam(
          "maxBatchSize",
          "The most rows of one run of the model, 1 to 4096.",
          BatchSettings.DEFAULTS.maxBatchSize(),
          ParamValidators.inRange(1, 4096));

  public static final Param<Integer> INTRA_OP_THREADS =
      new IntParam(
          "intraOpThreads",
          "How many threads one run of the model may use, 1 to 256.",
          1,
          ParamValidators.inRange(1, 256));

  public static final Param<String> MODEL_NAME =
      new StringParam(
          "modelName",
          "The model's name, for messages; letters, digits, '.', '_' and '-'.",
          "model",
          ParamValidators.notNull());

  public static final Param<Integer> MODEL_VERSION =
      new IntParam(
          "modelVersion",
          "The model's version, for messages; positive.",
          1,
          ParamValidators.gtEq(1));

  static final Set<String> CLASS_NAMES = Set.of(OnnxModelServable.class.getName());

  private static final String MODEL_FILE = "model.onnx";
  private static final String SHA256_FILE = "model.onnx.sha256";
  private static final int SHA256_FILE_BYTES_MAX = 1024;
  private static final Pattern SHA256_LINE =
      Pattern.compile("([0-9a-f]{64})( [ *]" + Pattern.quote(MODEL_FILE) + ")?\\s*");
  private static final Cleaner CLEANER = Cleaner.create();

  private final Map<Param<?>, Object> params = new HashMap<>();

  /** Null until there is a model. */
  private ModelReference model;

  /** Null until it is open. */
  private Open open;

  private boolean closed;

  /** Without a model; {@link #setModel} gives it one. */
  public OnnxModelServable() {
    ParamUtils.initializeMapWithDefaultValues(params, this);
  }

  /** What an open model is used with. */
  private record Open(
      List<TensorColumn> inputs,
      List<TensorColumn> outputs,
      Model.Runner runner,
      Cleaner.Cleanable cleanable) {}

  /** What is freed; must not know the servable, which would never be garbage. */
  private record Held(SharedModels.Lease lease, Runnable buffers, Model.Runner runner)
      implements Runnable {
    @Override
    public void run() {
      try (lease) {
        runner.close();
        buffers.run();
      }
    }
  }

  /**
   * Reads a directory and opens its model, whatever native memory the TaskManager has: there is
   * nobody to ask.
   *
   * @throws IOException when it cannot be read, the file is not the one that was saved, or the
   *     model cannot be opened or has other tensors
   */
  public static OnnxModelServable load(String path) throws IOException {
    return load(path, new Configuration());
  }

  /** {@link #load(String)}, by the name under which a pipeline of Flink ML calls it. */
  public static OnnxModelServable loadServable(String path) throws IOException {
    return load(path);
  }

  /**
   * Reads a directory and opens its model, within the TaskManager's native memory.
   *
   * @param taskManager its configuration, which says what native memory there is
   * @throws IOException when it cannot be read, the file is not the one that was saved, or the
   *     model cannot be opened or has other tensors
   * @throws IllegalStateException when the model does not fit into the native memory
   */
  public static OnnxModelServable load(String path, ReadableConfig taskManager) throws IOException {
    OnnxModelServable servable = StageFiles.load(path, new OnnxModelServable(), CLASS_NAMES);
    Path data = FileUtils.getDataPath(path);
    Path shaFile = new Path(data, SHA256_FILE);
    String line =
        new String(StageFiles.read(shaFile, SHA256_FILE_BYTES_MAX), StandardCharsets.US_ASCII);
    Matcher sha256 = SHA256_LINE.matcher(line);
    if (!sha256.matches()) {
      throw new IOException(
          "%s holds no SHA-256 of %s, so the model is not loaded; write there what 'sha256sum %s' prints."
              .formatted(shaFile, MODEL_FILE, MODEL_FILE));
    }
    try {
      servable.model =
          new ModelReference(
              servable.get(MODEL_NAME),
              servable.get(MODEL_VERSION),
              new Path(data, MODEL_FILE).toUri().toString(),
              sha256.group(1));
      servable.open(taskManager);
      return servable;
    } catch (ModelException | IllegalArgumentException e) {
      throw new IOException("The model in %s is not loaded: %s".formatted(path, e.getMessage()), e);
    }
  }

  /**
   * @throws IOException when it cannot be written, a servable is there already, or the model's file
   *     cannot be read or is another one by now
   */
  @Override
  public void save(String path) throws IOException {
    checkModel();
    try {
      byte[] onnx = ModelFiles.fetch(model);
      model.verify(onnx);
      String sha256Line = "%s  %s\n".formatted(model.sha256(), MODEL_FILE);
      StageFiles.save(
          path,
          OnnxModelServable.class.getName(),
          this,
          Map.of(),
          Map.of(MODEL_FILE, onnx, SHA256_FILE, sha256Line.getBytes(StandardCharsets.US_ASCII)));
    } catch (ModelException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /**
   * Gives it a model, which is opened when it is first needed.
   *
   * @throws IllegalStateException when it has one open
   */
  public OnnxModelServable setModel(ModelReference reference) {
    set(MODEL_NAME, reference.name());
    set(MODEL_VERSION, reference.version());
    model = reference;
    return this;
  }

  /**
   * Adds the output columns to the frame, and returns it.
   *
   * @throws IllegalArgumentException when the columns do not fit; the frame is left as it was
   * @throws IllegalStateException when there is no model, it cannot be opened, it fails, or this is
   *     closed; the frame is left as it was
   */
  @Override
  public DataFrame transform(DataFrame input) {
    try {
      if (open == null) {
        open(new Configuration());
      }
      Columns columns = new Columns(this, input);
      columns.checkAbsent(open.outputs.stream().map(TensorColumn::column).toList());
      int[] indices = open.inputs.stream().mapToInt(pair -> columns.index(pair.column())).toArray();
      open.inputs.forEach(pair -> pair.checkType(columns));
      List<List<Object>> answers = run(columns, indices, input.collect());
      for (int i = 0; i < answers.size(); i++) {
        TensorColumn output = open.outputs.get(i);
        input.addColumn(output.column(), output.type(), answers.get(i));
      }
      return input;
    } catch (ModelException e) {
      throw new IllegalStateException(e.getMessage(), e);
    } finally {
      // Its last use may be before that of its runner, which would be freed in the middle of a run.
      Reference.reachabilityFence(this);
    }
  }

  /** Lets the model go; does nothing when called again. */
  @Override
  public void close() {
    closed = true;
    if (open != null) {
      open.cleanable.clean();
      open = null;
    }
  }

  /**
   * @throws IllegalStateException when the model is open
   */
  @Override
  public <V> OnnxModelServable set(Param<V> param, V value) {
    if (open != null) {
      throw new IllegalStateException(
          "Parameter '%s' of model %s is not set to %s, as the model is open; set it before."
              .formatted(param.name, model, value));
    }
    return SavableServable.super.set(param, value);
  }

  public String[] getInputCols() {
    return get(INPUT_COLS);
  }

  public OnnxModelServable setInputCols(String... columns) {
    return set(INPUT_COLS, columns);
  }

  public String[] getInputTensors() {
    return get(INPUT_TENSORS);
  }

  public OnnxModelServable setInputTensors(String... tensors) {
    return set(INPUT_TENSORS, tensors);
  }

  public String[] getOutputCols() {
    return get(OUTPUT_COLS);
  }

  public OnnxModelServable setOutputCols(String... columns) {
    return set(OUTPUT_COLS, columns);
  }

  public String[] getOutputTensors() {
    return get(OUTPUT_TENSORS);
  }

  public OnnxModelServable setOutputTensors(String... tensors) {
    return set(OUTPUT_TENSORS, tensors);
  }

  public int getMaxBatchSize() {
    return get(MAX_BATCH_SIZE);
  }

  public OnnxModelServable setMaxBatchSize(int rows) {
    return set(MAX_BATCH_SIZE, rows);
  }

  public int getIntraOpThreads() {
    return get(INTRA_OP_THREADS);
  }

  public OnnxModelServable setIntraOpThreads(int threads) {
    return set(INTRA_OP_THREADS, threads);
  }

  @Override
  public Map<Param<?>, Object> getParamMap() {
    return params;
  }

  @Override
  public String toString() {
    return "OnnxModelServable of model %s".formatted(model);
  }

  private void open(ReadableConfig taskManager) throws ModelException {
    checkModel();
    if (closed) {
      throw new IllegalStateException(
          "%s is closed, so it transforms nothing; load it anew.".formatted(this));
    }
    SharedModels.Lease lease = ModelFiles.acquire(model, getIntraOpThreads(), taskManager);
    Runnable buffers = () -> {};
    try {
      ModelSignature has = lease.model().signature();
      List<TensorColumn> inputs =
          TensorColumn.of(model, "input", getInputCols(), getInputTensors(), has.inputs());
      List<TensorColumn> outputs =
          TensorColumn.of(model, "output", getOutputCols(), getOutputTensors(), has.outputs());
      ModelSignature used =
          new ModelSignature(
              inputs.stream().map(TensorColumn::tensor).toList(),
              outputs.stream().map(TensorColumn::tensor).toList());
      buffers =
          ModelFiles.reserveBuffers(lease.model(), used.bytes(getMaxBatchSize()), taskManager);
      Model.Runner runner = lease.model().runner(used, getMaxBatchSize());
      open =
          new Open(
              inputs, outputs, runner, CLEANER.register(this, new Held(lease, buffers, runner)));
    } finally {
      if (open == null) {
        buffers.run();
        lease.close();
      }
    }
  }

  /** The answers of each output, one a row. */
  private List<List<Object>> run(Columns columns, int[] indices, List<Row> rows)
      throws ModelException {
    List<List<Object>> answers =
        open.outputs.stream().map(output -> (List<Object>) new ArrayList<>(rows.size())).toList();
    TensorBatch batch = open.runner.batch();
    for (int from = 0; from < rows.size(); from += batch.capacity()) {
      int items = Math.min(batch.capacity(), rows.size() - from);
      for (int item = 0; item < items; item++) {
        encode(columns, indices, rows.get(from + item), batch, item);
      }
      open.runner.run(items);
      for (int item = 0; item < items; item++) {
        decode(batch, item, answers);
      }
    }
    return answers;
  }

  private void encode(Columns columns, int[] indices, Row row, TensorBatch batch, int item) {
    var tensors = batch.input(item);
    for (int i = 0; i < indices.length; i++) {
      open.inputs.get(i).write(columns, row.get(indices[i]), tensors);
    }
  }

  private void decode(TensorBatch batch, int item, List<List<Object>> answers) {
    var tensors = batch.output(item);
    for (int i = 0; i < answers.size(); i++) {
      answers.get(i).add(open.outputs.get(i).read(tensors));
    }
  }

  private void checkModel() {
    if (model == null) {
      throw new IllegalStateException(
          "An OnnxModelServable has no model yet, so it neither transforms nor is saved; load it, or set its model.");
    }
  }
}
