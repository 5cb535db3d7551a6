// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import io.headway.functions.inference.AnswerDecoder;
import io.headway.functions.inference.BatchListener;
import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.BatchedModel;
import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.RequestEncoder;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.memory.NativeMemory;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.fs.Path;

/**
 * Fetches models through Flink's file systems, or from the job's own jar where the address is
 * {@code classpath:} and the name of a resource, and runs them, within the TaskManager's memory.
 */
public final class ModelFiles {
  /** Scheme of a file in the job's own jar. */
  public static final String CLASSPATH = "classpath:";

  /** ONNX itself ends at 2 GiB a file. */
  private static final int FILE_BYTES_MAX = 1 << 30;

  private static final long SESSION_BYTES = 1 << 20;

  private static final AtomicLong OPENED = new AtomicLong();

  private ModelFiles() {}

  /** What makes two uses of a model the same. */
  private record Use(ModelReference model, int intraOpThreads) {
    @Override
    public String toString() {
      return "model %s with %d threads".formatted(model, intraOpThreads);
    }
  }

  /**
   * The model, opened when this is the first of the job in this process to ask.
   *
   * @param intraOpThreads how many threads one run may use, positive
   * @param taskManager its configuration, which says what native memory there is
   * @throws ModelException when it cannot be fetched or opened, or does not fit into the
   *     TaskManager's budget of native memory
   */
  public static SharedModels.Lease acquire(
      ModelReference reference, int intraOpThreads, ReadableConfig taskManager)
      throws ModelException {
    Use use = new Use(reference, intraOpThreads);
    return SharedModels.ofThisJob()
        .acquire(
            use,
            new SharedModels.Opener() {
              /** One that is being closed may still have its own. */
              private final String need = "%s, number %d".formatted(use, OPENED.incrementAndGet());

              private boolean reserved;

              @Override
              public Model open() throws ModelException {
                long bytes = length(reference);
                NativeMemory.ofThisJob().reserve(need, sessionBytes(bytes), taskManager);
                reserved = true;
                return ModelSession.open(reference, read(reference, bytes), intraOpThreads);
              }

              @Override
              public void closed() {
                if (reserved) {
                  NativeMemory.ofThisJob().release(need);
                }
              }
            });
  }

  /**
   * Starts to batch requests to a model, with the buffers declared as native memory.
   *
   * @param lease is closed when the model has ended, or cannot be started
   * @param taskManager its configuration, which says what native memory there is
   * @throws ModelException when the model has other tensors, the buffers do not fit into the
   *     TaskManager's budget, or the JVM lacks direct memory
   */
  public static <I, O> BatchedModel<I, O> batch(
      SharedModels.Lease lease,
      ModelSignature used,
      RequestEncoder<I> encoder,
      AnswerDecoder<I, O> decoder,
      BatchSettings settings,
      BatchListener listener,
      ReadableConfig taskManager)
      throws ModelException {
    Runnable buffers = () -> {};
    BatchedModel<I, O> batched = null;
    try {
      buffers =
          reserveBuffers(
              lease.model(), settings.threads() * used.bytes(settings.maxBatchSize()), taskManager);
      batched = new BatchedModel<>(lease.model(), used, encoder, decoder, settings, listener);
    } finally {
      if (batched == null) {
        buffers.run();
        lease.close();
      }
    }
    var unused = batched.ended().thenRun(buffers).thenRun(lease::close);
    return batched;
  }

  /**
   * Declares the buffers of batches as native memory.
   *
   * @return takes it back, once
   * @throws ModelException when they do not fit into the TaskManager's budget
   */
  public static Runnable reserveBuffers(Model model, long bytes, ReadableConfig taskManager)
      throws ModelException {
    String need = "buffers of model %s, number %d".formatted(model, OPENED.incrementAndGet());
    try {
      NativeMemory.ofThisJob().reserve(need, bytes, taskManager);
    } catch (IllegalStateException e) {
      throw new ModelException(e.getMessage(), e);
    }
    return () -> NativeMemory.ofThisJob().release(need);
  }

  /**
   * How much native memory a version takes in a TaskManager.
   *
   * @param subtasks how many of a TaskManager ask it
   * @return names in the budget of native memory, and bytes
   * @throws ModelException when its file cannot be read
   */
  public static Map<String, Long> nativeMemory(
      ModelReference model, ModelSignature used, BatchSettings settings, int subtasks)
      throws ModelException {
    return Map.of(
        "model " + model,
        sessionBytes(fetch(model).length),
        "buffers of model " + model,
        (long) subtasks * settings.threads() * used.bytes(settings.maxBatchSize()));
  }

  /**
   * Measured: the file copied out of the heap, parsed, and its weights laid out for the kernels,
   * which is nearly all given back after it was opened, but not always to the system; and what a
   * session takes whatever its size. What layers take during a run is not in the file's size.
   */
  static long sessionBytes(long fileBytes) {
    return SESSION_BYTES + 3 * fileBytes;
  }

  /**
   * The bytes of a model's file, which are not yet verified.
   *
   * @throws ModelException when it cannot be read or has more than 1 GiB
   */
  public static byte[] fetch(ModelReference reference) throws ModelException {
    return read(reference, length(reference));
  }

  private static boolean isResource(ModelReference reference) {
    return reference.uri().startsWith(CLASSPATH);
  }

  /** Looked at before anything is read: what is no model at all may be large. */
  private static long length(ModelReference reference) throws ModelException {
    if (isResource(reference)) {
      return resource(reference).length;
    }
    try {
      Path path = new Path(reference.uri());
      long bytes = path.getFileSystem().getFileStatus(path).getLen();
      if (bytes > FILE_BYTES_MAX) {
        throw new ModelException(
            "The file of model %s at %s has %d bytes, more than %d, so it is not loaded; make it smaller."
                .formatted(reference, reference.uri(), bytes, FILE_BYTES_MAX));
      }
      return bytes;
    } catch (IOException | IllegalArgumentException e) {
      throw unreadable(reference, e);
    }
  }

  private static byte[] read(ModelReference reference, long bytes) throws ModelException {
    if (isResource(reference)) {
      return resource(reference);
    }
    try (InputStream in = open(reference)) {
      byte[] onnx = in.readNBytes((int) bytes + 1);
      if (onnx.length != bytes) {
        throw new ModelException(
            "The file of model %s at %s has not the %d bytes that its file system says, so it is not loaded; put it there whole."
                .formatted(reference, reference.uri(), bytes));
      }
      return onnx;
    } catch (IOException e) {
      throw unreadable(reference, e);
    }
  }

  private static InputStream open(ModelReference reference) throws IOException {
    Path path = new Path(reference.uri());
    return path.getFileSystem().open(path);
  }

  /** By the class loader's own stream: a URL's would keep the job's jar open after the job. */
  private static byte[] resource(ModelReference reference) throws ModelException {
    String name = reference.uri().substring(CLASSPATH.length());
    try (InputStream in = ModelFiles.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new FileNotFoundException("There is no resource " + name + " in the job's jar.");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw unreadable(reference, e);
    }
  }

  private static ModelException unreadable(ModelReference reference, Exception cause) {
    return new ModelException(
        "The file of model %s cannot be read from %s, so the model cannot be used; check the address and that Flink has the plugin for its file system."
            .formatted(reference, reference.uri()),
        cause);
  }
}
