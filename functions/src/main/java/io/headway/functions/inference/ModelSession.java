// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.RunOptions;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An ONNX model in ONNX Runtime: verified, and warmed up before anybody sees it.
 *
 * <p>A run is done by the thread that asks for it and {@code intraOpThreads - 1} more, which do not
 * spin while they wait. What the layers need is taken for a run and given back after it: the
 * runtime's arena would keep for ever the most that any batch took.
 */
public final class ModelSession implements Model {
  private static final Duration WARM_UP_MAX = Duration.ofMinutes(1);
  private static final long STOP_AGAIN_MS = 50;
  private static final AtomicInteger OPEN_NATIVE_OBJECTS = new AtomicInteger();

  private final String name;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final ModelSignature signature;

  /** Why other outputs cannot be read, by name. */
  private final Map<String, String> unserved;

  private ModelSession(
      String name,
      OrtEnvironment environment,
      OrtSession session,
      ModelSignature signature,
      Map<String, String> unserved) {
    this.name = name;
    this.environment = environment;
    this.session = session;
    this.signature = signature;
    this.unserved = Map.copyOf(unserved);
  }

  /**
   * Opens a model.
   *
   * @param reference what the file must be
   * @param onnx the file's bytes
   * @param intraOpThreads how many threads one run may use, positive
   * @throws ModelException when the bytes are others than the reference says, are no ONNX model,
   *     the model has tensors that are not served, fails on zeros, or takes more than a minute over
   *     them
   */
  public static ModelSession open(ModelReference reference, byte[] onnx, int intraOpThreads)
      throws ModelException {
    return open(reference, onnx, intraOpThreads, WARM_UP_MAX);
  }

  /**
   * @param longest how long warming up may take
   */
  static ModelSession open(
      ModelReference reference, byte[] onnx, int intraOpThreads, Duration longest)
      throws ModelException {
    reference.verify(onnx);
    String name = reference.toString();
    OrtEnvironment environment = OnnxRuntime.environment();
    OrtSession session = create(name, environment, onnx, intraOpThreads);
    try {
      Map<String, String> unserved = new HashMap<>();
      ModelSession model =
          new ModelSession(
              name, environment, session, ModelSignature.of(name, session, unserved), unserved);
      model.warmUp(longest);
      return model;
    } catch (ModelException | RuntimeException | Error e) {
      close(session);
      throw e;
    }
  }

  /** How many sessions, tensors and run options are open now, of all models. */
  public static int openNativeObjects() {
    return OPEN_NATIVE_OBJECTS.get();
  }

  @Override
  public ModelSignature signature() {
    return signature;
  }

  @Override
  public Runner runner(ModelSignature used, int capacity) throws ModelException {
    signature.check(name, used, unserved);
    return new SessionRunner(used, capacity);
  }

  @Override
  public void close() {
    close(session);
  }

  @Override
  public String toString() {
    return name;
  }

  /**
   * The first runs take what later ones find; a second size shows that the batch may vary. A model
   * that takes too long over it is told to stop, or it would keep this thread and a core for ever.
   */
  private void warmUp(Duration longest) throws ModelException {
    CountDownLatch done = new CountDownLatch(1);
    try (Runner runner = runner(signature, 2)) {
      Thread watch = new Thread(() -> stop(runner, longest, done), "warm-up-" + name);
      watch.setDaemon(true);
      watch.start();
      try {
        runner.run(1);
        runner.run(2);
      } finally {
        done.countDown();
        join(watch);
      }
    }
  }

  /** Again and again: it may come before the run begins. */
  private static void stop(Runner runner, Duration longest, CountDownLatch done) {
    try {
      if (!done.await(longest.toMillis(), TimeUnit.MILLISECONDS)) {
        do {
          runner.stop();
        } while (!done.await(STOP_AGAIN_MS, TimeUnit.MILLISECONDS));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("Nobody interrupts this thread.", e);
    }
  }

  /** The runner must not be closed while it is told to stop. */
  private static void join(Thread watch) {
    boolean interrupted = false;
    while (watch.isAlive()) {
      try {
        watch.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static OrtSession create(
      String name, OrtEnvironment environment, byte[] onnx, int intraOpThreads)
      throws ModelException {
    try (SessionOptions options = new SessionOptions()) {
      options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
      options.setIntraOpNumThreads(intraOpThreads);
      options.setInterOpNumThreads(1);
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      options.addConfigEntry("session.inter_op.allow_spinning", "0");
      options.setCPUArenaAllocator(false);
      options.setMemoryPatternOptimization(false);
      // What fails is told by an exception; the runtime would write each to the standard error too.
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      OrtSession session = environment.createSession(onnx, options);
      OPEN_NATIVE_OBJECTS.incrementAndGet();
      return session;
    } catch (OrtException e) {
      throw new ModelException(
          "Model %s cannot be opened, so it is not used: %s".formatted(name, e.getMessage()), e);
    }
  }

  private static void close(OrtSession session) {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("A session of ONNX Runtime cannot be closed.", e);
    } finally {
      OPEN_NATIVE_OBJECTS.decrementAndGet();
    }
  }

  /** The tensors of a batch of one size: views of the batch's buffers. */
  private record Bound(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) {
    void close() {
      closeAll(inputs);
      closeAll(outputs);
    }

    private static void closeAll(Map<String, OnnxTensor> tensors) {
      for (OnnxTensor tensor : tensors.values()) {
        tensor.close();
        OPEN_NATIVE_OBJECTS.decrementAndGet();
      }
    }
  }

  private final class SessionRunner implements Runner {
    private final ModelSignature used;
    private final TensorBatch batch;
    private final RunOptions options;

    /** By number of items, made when a batch first has so many. */
    private final Bound[] bound;

    /** Guarded by this. */
    private boolean running;

    /** Guarded by this. */
    private boolean stopped;

    SessionRunner(ModelSignature used, int capacity) throws ModelException {
      this.used = used;
      batch = buffers(used, capacity);
      bound = new Bound[capacity + 1];
      try {
        options = new RunOptions();
        options.setLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      } catch (OrtException e) {
        throw failure(e);
      }
      OPEN_NATIVE_OBJECTS.incrementAndGet();
    }

    private TensorBatch buffers(ModelSignature used, int capacity) throws ModelException {
      try {
        return new TensorBatch(used, capacity);
      } catch (ArithmeticException | OutOfMemoryError e) {
        throw new ModelException(
            "Model %s needs %d bytes of direct memory for batches of %d, which the JVM does not have, so it is not used; set taskmanager.memory.task.off-heap.size (from which Flink sets -XX:MaxDirectMemorySize) higher by as much, or make the batches smaller: %s"
                .formatted(name, used.bytes(capacity), capacity, e.getMessage()),
            e);
      }
    }

    @Override
    public TensorBatch batch() {
      return batch;
    }

    @Override
    public void run(int items) throws ModelException {
      try {
        if (bound[items] == null) {
          bound[items] = bind(items);
        }
        begin();
        try {
          // The outputs are written into the batch's own buffers; there is nothing in the result.
          session.run(bound[items].inputs, Set.of(), bound[items].outputs, options).close();
        } finally {
          end();
        }
      } catch (OrtException e) {
        throw failure(e);
      }
    }

    @Override
    public synchronized void stop() {
      if (running && !stopped) {
        stopped = true;
        setTerminate(true);
      }
    }

    @Override
    public void close() {
      for (Bound tensors : bound) {
        if (tensors != null) {
          tensors.close();
        }
      }
      options.close();
      OPEN_NATIVE_OBJECTS.decrementAndGet();
    }

    private synchronized void begin() {
      running = true;
    }

    private synchronized void end() {
      running = false;
      if (stopped) {
        stopped = false;
        setTerminate(false);
      }
    }

    private void setTerminate(boolean terminate) {
      try {
        options.setTerminate(terminate);
      } catch (OrtException e) {
        throw new IllegalStateException(
            "A run of model %s cannot be told to stop.".formatted(name), e);
      }
    }

    private Bound bind(int items) throws OrtException {
      Bound tensors = new Bound(new HashMap<>(), new HashMap<>());
      try {
        bind(used.inputs(), batch.inputs(), items, tensors.inputs);
        bind(used.outputs(), batch.outputs(), items, tensors.outputs);
        return tensors;
      } catch (OrtException | RuntimeException | Error e) {
        tensors.close();
        throw e;
      }
    }

    private void bind(
        List<TensorSpec> specs, List<ByteBuffer> buffers, int items, Map<String, OnnxTensor> into)
        throws OrtException {
      for (int i = 0; i < specs.size(); i++) {
        TensorSpec spec = specs.get(i);
        ByteBuffer bytes =
            buffers.get(i).slice(0, spec.bytes() * items).order(ByteOrder.nativeOrder());
        into.put(
            spec.name(), tensor(ItemTensors.typed(spec.type(), bytes), spec.batchShape(items)));
        OPEN_NATIVE_OBJECTS.incrementAndGet();
      }
    }

    private OnnxTensor tensor(Buffer values, long[] shape) throws OrtException {
      if (values instanceof FloatBuffer floats) {
        return OnnxTensor.createTensor(environment, floats, shape);
      } else if (values instanceof DoubleBuffer doubles) {
        return OnnxTensor.createTensor(environment, doubles, shape);
      } else if (values instanceof IntBuffer ints) {
        return OnnxTensor.createTensor(environment, ints, shape);
      }
      return OnnxTensor.createTensor(environment, (LongBuffer) values, shape);
    }

    private ModelException failure(OrtException cause) {
      return new ModelException("Model %s failed: %s".formatted(name, cause.getMessage()), cause);
    }
  }
}
