// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.ml.servable.api.DataFrame;
import org.apache.flink.ml.servable.api.TransformerServable;
import org.apache.flink.ml.servable.builder.PipelineModelServable;
import org.apache.flink.ml.util.FileUtils;

/**
 * A pipeline of servables that can be closed, and whose models are opened within the TaskManager's
 * native memory. Flink ML's own {@link PipelineModelServable#load} reads the same directories, but
 * knows neither; and it finds no servable for the stages that Flink ML's training side saves, while
 * here a {@code StandardScalerModel} is read as {@link StandardScalerModelServable} and a {@code
 * LogisticRegressionModel} as {@link LogisticRegressionModelServable}.
 *
 * <p>Not thread-safe.
 */
public final class ServablePipeline implements AutoCloseable {
  private static final int STAGES_MAX = 1000;
  private static final String NUM_STAGES = "numStages";
  private static final Set<String> CLASS_NAMES =
      Set.of(PipelineModelServable.class.getName(), "org.apache.flink.ml.builder.PipelineModel");

  private final List<TransformerServable<?>> stages;
  private final PipelineModelServable pipeline;

  private ServablePipeline(List<TransformerServable<?>> stages) {
    this.stages = stages;
    pipeline = new PipelineModelServable(stages);
  }

  /**
   * Writes servables as a pipeline that they are loaded from again.
   *
   * @param path of the directory, by any of Flink's file systems
   * @param stages in the order in which they transform
   * @throws IOException when it cannot be written or something is there already
   */
  public static void save(String path, SavableServable<?>... stages) throws IOException {
    for (int i = 0; i < stages.length; i++) {
      stages[i].save(FileUtils.getPathForPipelineStage(i, stages.length, path));
    }
    StageFiles.save(
        path,
        PipelineModelServable.class.getName(),
        new PipelineModelServable(List.of()),
        Map.of(NUM_STAGES, stages.length),
        Map.of());
  }

  /**
   * Loads a pipeline.
   *
   * @param path of the directory, by any of Flink's file systems
   * @param taskManager its configuration, which says what native memory there is
   * @throws IOException when a stage cannot be loaded or does not fit into the native memory; those
   *     before it are closed then
   */
  public static ServablePipeline load(String path, ReadableConfig taskManager) throws IOException {
    int number = numStages(path);
    List<TransformerServable<?>> stages = new ArrayList<>();
    boolean loaded = false;
    try {
      for (int i = 0; i < number; i++) {
        stages.add(stage(FileUtils.getPathForPipelineStage(i, number, path), taskManager));
      }
      loaded = true;
      return new ServablePipeline(stages);
    } finally {
      if (!loaded) {
        close(stages);
      }
    }
  }

  /** Hands a frame from stage to stage; each adds its columns to it. */
  public DataFrame transform(DataFrame input) {
    return pipeline.transform(input);
  }

  /** Closes what can be closed of its stages; does nothing when called again. */
  @Override
  public void close() {
    close(stages);
  }

  private static void close(List<TransformerServable<?>> stages) {
    for (TransformerServable<?> stage : stages) {
      if (stage instanceof OnnxModelServable model) {
        model.close();
      }
    }
  }

  private static int numStages(String path) throws IOException {
    JsonNode metadata = StageFiles.metadata(path);
    String className = metadata.get("className").asText();
    if (!CLASS_NAMES.contains(className)) {
      throw new IOException(
          "In %s is a %s and no pipeline, so it is not loaded as one; load it by its own class."
              .formatted(path, className));
    }
    JsonNode number = metadata.path(NUM_STAGES);
    if (!number.isInt() || number.asInt() < 1 || number.asInt() > STAGES_MAX) {
      throw new IOException(
          "The pipeline in %s has '%s' as '%s', so it is not loaded; it must be from 1 to %d."
              .formatted(path, number, NUM_STAGES, STAGES_MAX));
    }
    return number.asInt();
  }

  private static TransformerServable<?> stage(String path, ReadableConfig taskManager)
      throws IOException {
    String className = StageFiles.metadata(path).get("className").asText();
    if (OnnxModelServable.CLASS_NAMES.contains(className)) {
      return OnnxModelServable.load(path, taskManager);
    } else if (StandardScalerModelServable.CLASS_NAMES.contains(className)) {
      return StandardScalerModelServable.load(path);
    } else if (LogisticRegressionModelServable.CLASS_NAMES.contains(className)) {
      return LogisticRegressionModelServable.load(path);
    }
    return other(className, path);
  }

  /** As Flink ML loads it, but by the loader of the job's classes. */
  private static TransformerServable<?> other(String className, String path) throws IOException {
    try {
      return (TransformerServable<?>)
          Class.forName(className, true, Thread.currentThread().getContextClassLoader())
              .getMethod("loadServable", String.class)
              .invoke(null, path);
    } catch (InvocationTargetException e) {
      throw new IOException(
          "The %s in %s is not loaded: %s"
              .formatted(className, path, e.getTargetException().getMessage()),
          e.getTargetException());
    } catch (ReflectiveOperationException | ClassCastException e) {
      throw new IOException(
          "In %s is a %s, which is no servable with a static 'loadServable(String)', so it is not loaded; put its jar beside the job's classes."
              .formatted(path, className),
          e);
    }
  }
}
