// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The models that are open in this process, each once however many use it: the first to ask opens
 * it, while the others wait; the last to let go closes it. Thread-safe.
 */
public final class SharedModels {
  private static final SharedModels OF_THIS_JOB = new SharedModels();

  /** Guarded by itself. */
  private final Map<Object, Shared> open = new HashMap<>();

  SharedModels() {}

  /** The models of this job in this process: there is one for each class loader of user code. */
  public static SharedModels ofThisJob() {
    return OF_THIS_JOB;
  }

  /** Opens a model when nobody has it open. */
  public interface Opener {

    /** Called without a lock of {@link SharedModels}, so that others are not held up. */
    Model open() throws ModelException;

    /** Called after the model was closed, or could not be opened. */
    default void closed() {}
  }

  /** A model, and how many use it. */
  private static final class Shared {
    final CompletableFuture<Model> model = new CompletableFuture<>();
    final Opener opener;

    /** Guarded by {@link #open}. */
    int users;

    Shared(Opener opener) {
      this.opener = opener;
    }
  }

  /**
   * Gives a model to use, opened when this is the first to ask.
   *
   * @param key tells models apart
   * @param opener is used when nobody has the model open
   * @throws ModelException when it cannot be opened, or this thread is interrupted while another
   *     opens it; who waited for it is told the same, and the next to ask tries again
   */
  public Lease acquire(Object key, Opener opener) throws ModelException {
    Shared shared;
    boolean first;
    synchronized (open) {
      first = !open.containsKey(key);
      shared = open.computeIfAbsent(key, absent -> new Shared(opener));
      shared.users++;
    }
    if (first) {
      open(key, shared);
    }
    try {
      return new Lease(key, shared, shared.model.get());
    } catch (InterruptedException e) {
      var unused =
          shared.model.whenComplete(
              (model, failure) -> {
                if (model != null) {
                  release(key, shared);
                }
              });
      Thread.currentThread().interrupt();
      throw new ModelException("Interrupted while model %s was opened.".formatted(key), e);
    } catch (ExecutionException e) {
      throw new ModelException(e.getCause().getMessage(), e.getCause());
    }
  }

  /** How many models are open or being opened. */
  public int size() {
    synchronized (open) {
      return open.size();
    }
  }

  private void open(Object key, Shared shared) {
    try {
      shared.model.complete(shared.opener.open());
    } catch (ModelException | RuntimeException | Error e) {
      synchronized (open) {
        open.remove(key, shared);
      }
      try {
        shared.opener.closed();
      } finally {
        shared.model.completeExceptionally(e);
      }
    }
  }

  private void release(Object key, Shared shared) {
    synchronized (open) {
      shared.users--;
      if (shared.users > 0) {
        return;
      }
      open.remove(key, shared);
    }
    try {
      shared.model.join().close();
    } finally {
      shared.opener.closed();
    }
  }

  /** The right to use a model until it is closed. Thread-safe. */
  public final class Lease implements AutoCloseable {
    private final Object key;
    private final Shared shared;
    private final Model model;

    /** Guarded by this. */
    private boolean closed;

    private Lease(Object key, Shared shared, Model model) {
      this.key = key;
      this.shared = shared;
      this.model = model;
    }

    /** The model; not to be used, nor closed, once this is closed. */
    public Model model() {
      return model;
    }

    /** Lets the model go; does nothing when called again. */
    @Override
    public void close() {
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
      }
      release(key, shared);
    }
  }
}
