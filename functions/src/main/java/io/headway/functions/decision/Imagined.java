// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.functions.release.ComparedRequest;
import io.headway.schemas.Appraisal;

/** What comes of imagining: exactly one field is set. A Flink POJO. */
public class Imagined {
  /** The costs of a request's candidates, or null. */
  public Appraisal appraisal;

  /** How a canary or shadow did on an earlier request, or null. */
  public ComparedRequest compared;

  /** For Flink. */
  public Imagined() {}

  static Imagined of(Appraisal appraisal) {
    Imagined imagined = new Imagined();
    imagined.appraisal = appraisal;
    return imagined;
  }

  static Imagined of(ComparedRequest compared) {
    Imagined imagined = new Imagined();
    imagined.compared = compared;
    return imagined;
  }
}
