// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.SharedModels;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.util.concurrent.ExecutorThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The releases of a model whose files are open in this process, so that a request which is sent to
 * one of them need not wait. A version that is released is opened beside those in use; until it is
 * open, and when it cannot be opened or does not come for a minute, the newest other version of its
 * role goes on. What nobody is sent to any more is let go. Used by one thread; files are fetched by
 * another.
 */
public final class LoadedReleases implements AutoCloseable {
  /** How long after a failure a file is fetched again, and how long one is waited for, ms. */
  static final long RETRY_MS = 60_000;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final List<ModelRole> ROLES =
      List.of(ModelRole.STABLE, ModelRole.CANARY, ModelRole.SHADOW);

  private static final Logger LOG = LoggerFactory.getLogger(LoadedReleases.class);

  private final String name;
  private final Opener opener;
  private final ExecutorService files;
  private final LongSupplier clockMs;
  private final Map<String, ModelRelease> newest = new HashMap<>();
  private final Map<ModelReference, Held> held = new HashMap<>();
  private volatile int notOpen;
  private boolean settled = true;
  private Releases ready = Releases.of(List.of());

  /** Opens a model, or shares the one that is open. */
  @FunctionalInterface
  interface Opener {
    SharedModels.Lease open(ModelReference reference) throws ModelException;
  }

  /** A file that is being opened, is open, or could not be. */
  private static final class Held {
    final CompletableFuture<SharedModels.Lease> lease;
    final long askedMs;
    long failedMs;

    Held(CompletableFuture<SharedModels.Lease> lease, long askedMs) {
      this.lease = lease;
      this.askedMs = askedMs;
    }

    boolean isOpen() {
      return lease.isDone() && !lease.isCompletedExceptionally();
    }
  }

  /**
   * @param name of the model; releases of others are left alone
   * @param files fetches and opens; closed with this
   * @param clockMs tells when to try a file again
   */
  LoadedReleases(String name, Opener opener, ExecutorService files, LongSupplier clockMs) {
    this.name = name;
    this.opener = opener;
    this.files = files;
    this.clockMs = clockMs;
  }

  /**
   * Those of a subtask.
   *
   * @param taskManager its configuration, which says what native memory there is
   */
  public static LoadedReleases of(ModelUse use, ReadableConfig taskManager) {
    return new LoadedReleases(
        use.name(),
        reference -> use.open(reference, taskManager),
        Executors.newCachedThreadPool(new ExecutorThreadFactory("model-files")),
        System::currentTimeMillis);
  }

  /** Takes note of releases, of each version the last word, and begins to open what is not. */
  public void note(Iterable<ModelRelease> releases) {
    for (ModelRelease release : releases) {
      if (release.getName().equals(name)) {
        newest.merge(
            release.getModel(),
            release,
            (before, now) -> Releases.supersedes(now, before) ? now : before);
      }
    }
    settle();
  }

  /** Waits until a stable version is open or none can be, for half a minute at most. */
  public void await() {
    long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
    for (Held file = pending(); file != null; file = pending()) {
      try {
        file.lease
            .handle((open, failure) -> failure)
            .get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException | ExecutionException e) {
        LOG.warn("Requests do not wait any longer for a model's file.", e);
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      settle();
    }
  }

  private Held pending() {
    return ready.stable().isPresent()
        ? null
        : newest.values().stream()
            .filter(release -> release.getRole() == ModelRole.STABLE)
            .map(release -> held.get(Releases.reference(release)))
            .filter(file -> file != null && !file.lease.isDone())
            .findAny()
            .orElse(null);
  }

  /** How many versions are released whose files are not open here. */
  public int notOpen() {
    return notOpen;
  }

  /** What requests can be sent to now. */
  public Releases ready() {
    if (!settled) {
      settle();
    }
    return ready;
  }

  @Override
  public void close() {
    letGo(held);
    files.shutdown();
  }

  private void settle() {
    settled = true;
    Map<ModelReference, Held> wanted = new HashMap<>();
    List<ModelRelease> usable = new ArrayList<>();
    for (ModelRole role : ROLES) {
      settle(role, wanted, usable);
    }
    held.keySet().removeAll(wanted.keySet());
    letGo(held);
    held.putAll(wanted);
    notOpen = (int) held.values().stream().filter(file -> !file.isOpen()).count();
    ready = Releases.of(usable);
  }

  /** From the newest version of a role down to the first that is open. */
  private void settle(ModelRole role, Map<ModelReference, Held> wanted, List<ModelRelease> usable) {
    boolean opening = false;
    for (ModelRelease release : Releases.newestFirst(newest.values(), role)) {
      ModelReference reference = Releases.reference(release);
      Held file = held.get(reference);
      if (file == null || isToBeTriedAgain(reference, file)) {
        if (opening) {
          continue;
        }
        file =
            new Held(
                CompletableFuture.supplyAsync(() -> open(reference), files), clockMs.getAsLong());
      }
      wanted.put(reference, file);
      if (file.isOpen()) {
        usable.add(release);
        return;
      }
      settled = false;
      // One that does not come is not waited for: the version before is opened too.
      opening |= !file.lease.isDone() && clockMs.getAsLong() - file.askedMs < RETRY_MS;
    }
  }

  private boolean isToBeTriedAgain(ModelReference reference, Held file) {
    if (!file.lease.isCompletedExceptionally()) {
      return false;
    }
    long nowMs = clockMs.getAsLong();
    if (file.failedMs == 0) {
      file.failedMs = nowMs;
      LOG.error(
          "Model {} cannot be opened in this process, so requests go on to the version before it; it is tried again every {} s.",
          reference,
          RETRY_MS / 1000,
          file.lease.handle((lease, failure) -> failure).join());
    }
    return nowMs - file.failedMs >= RETRY_MS;
  }

  private SharedModels.Lease open(ModelReference reference) {
    try {
      return opener.open(reference);
    } catch (ModelException e) {
      throw new CompletionException(e);
    }
  }

  private static void letGo(Map<ModelReference, Held> files) {
    for (Held file : files.values()) {
      var unused =
          file.lease.whenComplete(
              (lease, failure) -> {
                if (lease != null) {
                  lease.close();
                }
              });
    }
    files.clear();
  }
}
