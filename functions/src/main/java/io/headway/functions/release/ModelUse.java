// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.schemas.ModelRelease;
import java.io.Serializable;
import java.util.List;

/**
 * Which model a job uses.
 *
 * @param name of the model; releases of others are not the job's
 * @param intraOpThreads how many threads one run of it may use, positive
 * @param released what had been released when the job was submitted, so that it is known before the
 *     first request; later words on the same versions win
 */
public record ModelUse(String name, int intraOpThreads, List<ModelRelease> released)
    implements Serializable {

  /** Copies the list. */
  public ModelUse {
    released = List.copyOf(released);
  }
}
