// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.schemas.ModelRelease;

/** The last word on a version, and where it stands. A Flink POJO. */
public class HeldRelease {
  /** The release. */
  public ModelRelease release;

  /** Its offset in the topic, which has one partition. */
  public long offset;

  /** For Flink. */
  public HeldRelease() {}

  HeldRelease(ModelRelease release, long offset) {
    this.release = release;
    this.offset = offset;
  }
}
