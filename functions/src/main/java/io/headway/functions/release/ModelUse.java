// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.inference.stream.ModelFiles;
import io.headway.schemas.ModelRelease;
import java.io.Serializable;
import java.util.List;
import org.apache.flink.configuration.ReadableConfig;

/**
 * Which model a job uses.
 *
 * @param name of the model; releases of others are not the job's
 * @param signature the tensors that the job writes and reads
 * @param intraOpThreads how many threads one run of it may use, positive
 * @param released what had been released when the job was submitted, so that it is known before the
 *     first request; it counts only while nothing else is known
 */
public record ModelUse(
    String name, ModelSignature signature, int intraOpThreads, List<ModelRelease> released)
    implements Serializable {

  /** Copies the list. */
  public ModelUse {
    released = List.copyOf(released);
  }

  /**
   * Opens a version, or shares the one that is open, and sees that it fits and runs.
   *
   * @param taskManager its configuration, which says what native memory there is
   * @throws ModelException when it cannot be opened, has other tensors, or fails
   */
  SharedModels.Lease open(ModelReference version, ReadableConfig taskManager)
      throws ModelException {
    SharedModels.Lease lease = ModelFiles.acquire(version, intraOpThreads, taskManager);
    try (Model.Runner runner = lease.model().runner(signature, 1)) {
      runner.run(1);
      return lease;
    } catch (ModelException | RuntimeException | Error e) {
      lease.close();
      throw e;
    }
  }
}
