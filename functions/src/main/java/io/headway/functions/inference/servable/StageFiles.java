// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.headway.functions.ingest.StreamClock;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.ml.param.Param;
import org.apache.flink.ml.param.WithParams;
import org.apache.flink.ml.util.FileUtils;

/** The directory of a stage, as Flink ML lays it out. */
final class StageFiles {
  private static final int METADATA_BYTES_MAX = 1 << 20;

  /** Eight million coefficients. */
  private static final int MODEL_DATA_BYTES_MAX = 1 << 26;

  /**
   * Flink ML reads metadata in the platform's charset, so only ASCII is written, and lets lines
   * begin with a number sign.
   */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .enable(JsonReadFeature.ALLOW_YAML_COMMENTS)
          .build();

  private StageFiles() {}

  /**
   * Writes a stage: first its data, then what makes it one.
   *
   * @param className what reads it
   * @param more goes into the metadata beside name, time and parameters
   * @param data contents by the file's name
   * @throws IOException when it cannot be written or there is one already
   */
  static void save(
      String path,
      String className,
      WithParams<?> params,
      Map<String, ?> more,
      Map<String, byte[]> data)
      throws IOException {
    Path metadata = new Path(path, "metadata");
    FileSystem files = metadata.getFileSystem();
    if (files.exists(metadata)) {
      throw new IOException(
          "There is a servable in %s already, so none is saved there; delete it or name another directory."
              .formatted(path));
    }
    for (Map.Entry<String, byte[]> file : data.entrySet()) {
      write(new Path(FileUtils.getDataPath(path), file.getKey()), file.getValue());
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("className", className);
    json.put("timestamp", StreamClock.system().nowMs());
    json.put("paramMap", encoded(params));
    json.putAll(more);
    write(metadata, JSON.writeValueAsBytes(json));
  }

  /**
   * The metadata of a directory, with a {@code className}.
   *
   * @throws IOException when there is none
   */
  static JsonNode metadata(String path) throws IOException {
    byte[] bytes;
    try {
      bytes = read(new Path(path, "metadata"), METADATA_BYTES_MAX);
    } catch (IOException e) {
      throw new IOException(
          "The file 'metadata' of a servable cannot be read in %s, so none is loaded (%s); name the directory that one was saved to."
              .formatted(path, e.getMessage()),
          e);
    }
    try {
      JsonNode json = JSON.readTree(bytes);
      if (!json.path("className").isTextual()) {
        throw new IOException(
            "The file 'metadata' in %s has no text as 'className', so no servable is loaded; name the directory that one was saved to."
                .formatted(path));
      }
      return json;
    } catch (JsonProcessingException e) {
      throw new IOException(
          "The file 'metadata' in %s is no JSON, so no servable is loaded: %s"
              .formatted(path, e.getOriginalMessage()),
          e);
    }
  }

  /**
   * Sets a servable's parameters to those of a directory.
   *
   * @param classNames whose directories it reads
   * @throws IOException when the directory is another servable's, or a parameter does not fit
   */
  static <T extends WithParams<T>> T load(String path, T servable, Set<String> classNames)
      throws IOException {
    JsonNode metadata = metadata(path);
    String className = metadata.get("className").asText();
    if (!classNames.contains(className)) {
      throw new IOException(
          "In %s is a %s and not a %s, so it is not loaded; load it by its own class."
              .formatted(path, className, servable.getClass().getName()));
    }
    for (Map.Entry<String, JsonNode> entry : metadata.path("paramMap").properties()) {
      Param<?> param = servable.getParam(entry.getKey());
      if (param == null) {
        throw new IOException(
            "The %s in %s has a parameter '%s', which it does not know, so it is not loaded; it has %s."
                .formatted(
                    className,
                    path,
                    entry.getKey(),
                    servable.getParamMap().keySet().stream().map(p -> p.name).sorted().toList()));
      }
      try {
        decode(servable, param, JSON.convertValue(entry.getValue(), Object.class));
      } catch (IOException | IllegalArgumentException | ClassCastException e) {
        throw new IOException(
            "Parameter '%s' of the %s in %s is %s, so it is not loaded: %s; it must be: %s"
                .formatted(
                    param.name, className, path, entry.getValue(), e.getMessage(), allowed(param)),
            e);
      }
    }
    return servable;
  }

  /**
   * The only file of a stage's data.
   *
   * @throws IOException when there is none, another, or it is too large
   */
  static ModelData modelData(String path) throws IOException {
    Path data = FileUtils.getDataPath(path);
    FileSystem files = data.getFileSystem();
    FileStatus[] found = files.exists(data) ? files.listStatus(data) : null;
    if (found == null || found.length != 1) {
      throw new IOException(
          "In %s are %d files and not 1, so there is no model and nothing is loaded; save it anew."
              .formatted(data, found == null ? 0 : found.length));
    }
    Path file = found[0].getPath();
    return new ModelData(file.toString(), read(file, MODEL_DATA_BYTES_MAX));
  }

  /** Model data from a stream, which is not closed. */
  static ModelData modelData(InputStream... streams) throws IOException {
    if (streams.length != 1) {
      throw new IOException(
          "The model data came in %d streams and not in 1, so the model is left as it was."
              .formatted(streams.length));
    }
    return new ModelData("the stream", bounded("the stream", streams[0], MODEL_DATA_BYTES_MAX));
  }

  /**
   * A whole file.
   *
   * @throws IOException when it cannot be read or has more bytes
   */
  static byte[] read(Path file, int bytesMax) throws IOException {
    try (InputStream in = file.getFileSystem().open(file)) {
      return bounded(file.toString(), in, bytesMax);
    }
  }

  private static byte[] bounded(String name, InputStream in, int bytesMax) throws IOException {
    byte[] bytes = in.readNBytes(bytesMax + 1);
    if (bytes.length > bytesMax) {
      throw new IOException(
          "%s has more than %d bytes, so it is not read.".formatted(name, bytesMax));
    }
    return bytes;
  }

  private static void write(Path file, byte[] content) throws IOException {
    FileSystem files = file.getFileSystem();
    files.mkdirs(file.getParent());
    try (OutputStream out = files.create(file, FileSystem.WriteMode.NO_OVERWRITE)) {
      out.write(content);
    }
  }

  private static Map<String, Object> encoded(WithParams<?> params) throws IOException {
    Map<String, Object> values = new TreeMap<>();
    for (Map.Entry<Param<?>, Object> entry : params.getParamMap().entrySet()) {
      values.put(entry.getKey().name, encode(entry.getKey(), entry.getValue()));
    }
    return values;
  }

  @SuppressWarnings("unchecked") // A map of parameters holds each with a value of its type.
  private static <V> Object encode(Param<V> param, Object value) throws IOException {
    return param.jsonEncode((V) value);
  }

  private static <V> void decode(WithParams<?> servable, Param<V> param, Object json)
      throws IOException {
    servable.set(param, param.jsonDecode(json));
  }

  private static String allowed(Param<?> param) {
    return "%s (%s)".formatted(param.clazz.getSimpleName(), param.description);
  }
}
