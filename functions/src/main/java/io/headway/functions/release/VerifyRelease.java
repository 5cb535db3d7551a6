// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.ingest.Fault;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.functions.memory.NativeMemory;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;
import org.apache.flink.util.concurrent.ExecutorThreadFactory;

/**
 * Opens what is released once, before anybody is told of it: a file that cannot be fetched, has
 * another SHA-256, is no model, has other tensors than the job's, or fails when it is run puts its
 * record at fault. Records of other models, and those that had been overtaken when the job was
 * submitted, pass as they are. The file is fetched and opened beside the task; Flink's timeout puts
 * a record at fault whose file does not come.
 */
public final class VerifyRelease
    extends RichAsyncFunction<Inbound<ModelRelease>, Inbound<ModelRelease>>
    implements ResultTypeQueryable<Inbound<ModelRelease>> {
  private static final long serialVersionUID = 1;

  private final ModelUse use;

  private transient ReadableConfig taskManager;
  private transient ExecutorService files;

  /** Verifies releases of the model that the job uses. */
  public VerifyRelease(ModelUse use) {
    this.use = use;
  }

  /** An asynchronous function is not shown the context itself, which knows the TaskManager. */
  @Override
  public void setRuntimeContext(RuntimeContext context) {
    taskManager = NativeMemory.taskManager(context);
    super.setRuntimeContext(context);
  }

  @Override
  public void open(OpenContext context) {
    files = Executors.newCachedThreadPool(new ExecutorThreadFactory("verify-release"));
  }

  @Override
  public void asyncInvoke(Inbound<ModelRelease> input, ResultFuture<Inbound<ModelRelease>> result) {
    if (!isToBeOpened(input)) {
      result.complete(List.of(input));
      return;
    }
    // An error too, of the native library say, is the release's: it must not end the process.
    var unused =
        CompletableFuture.supplyAsync(() -> verified(input), files)
            .exceptionally(failure -> unusable(input, failure.toString()))
            .thenAccept(verified -> result.complete(List.of(verified)));
  }

  @Override
  public void timeout(Inbound<ModelRelease> input, ResultFuture<Inbound<ModelRelease>> result) {
    result.complete(
        List.of(
            unusable(
                input,
                "Model %s could not be fetched from %s and opened in time, so the release is not followed; see that the file can be read there and release it again."
                    .formatted(input.value().getModel(), input.value().getUri()))));
  }

  @Override
  public void close() {
    if (files != null) {
      files.shutdownNow();
    }
  }

  @Override
  public TypeInformation<Inbound<ModelRelease>> getProducedType() {
    return InputType.MODEL_RELEASES.inbound();
  }

  private boolean isToBeOpened(Inbound<ModelRelease> input) {
    return input.isSound()
        && input.value().getRole() != ModelRole.RETIRED
        && input.value().getName().equals(use.name())
        && use.released().stream().noneMatch(later -> isOvertaken(input.value(), later));
  }

  /** Not compacted yet, a topic still holds what was said of a version before. */
  private static boolean isOvertaken(ModelRelease release, ModelRelease later) {
    return later.getModel().equals(release.getModel()) && Releases.supersedes(later, release);
  }

  private Inbound<ModelRelease> verified(Inbound<ModelRelease> input) {
    try (SharedModels.Lease lease = use.open(Releases.reference(input.value()), taskManager)) {
      return input;
    } catch (ModelException | RuntimeException e) {
      return unusable(input, e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  private static Inbound<ModelRelease> unusable(Inbound<ModelRelease> input, String why) {
    return Inbound.faulty(
        input.origin(),
        input.key(),
        input.payload(),
        new Fault(DeadLetterCause.UNUSABLE_MODEL, why));
  }
}
