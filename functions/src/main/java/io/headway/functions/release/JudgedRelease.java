// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.schemas.ModelRelease;

/** A canary or shadow, and how it did so far. A Flink POJO. */
public class JudgedRelease {
  /** The release, of which the limits hold. */
  public ModelRelease release;

  /** How it did since it was released, or the stable version changed. */
  public Comparison comparison;

  /** How it did since it was last judged. */
  public Comparison window;

  /** Whether it was retired; its record may not have come back yet. */
  public boolean retired;

  /** For Flink. */
  public JudgedRelease() {}

  JudgedRelease(ModelRelease release) {
    this.release = release;
    comparison = new Comparison();
    window = new Comparison();
  }
}
