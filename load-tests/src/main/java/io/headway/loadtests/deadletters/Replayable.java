// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

/** Tells the letters that sending their input again can mend from those that it cannot. */
final class Replayable {
  private Replayable() {}

  /** Why sending the letter's input again is of no use; null when it may be. */
  static String refusal(Letter letter) {
    if (letter.content().getPayloadLength() == 0) {
      return "the input was empty or a tombstone and would fail again; send the entity's last state"
          + " from its source.";
    }
    return switch (letter.cause()) {
      case LATE ->
          "late inputs are not replayable: event time has passed and would be later still; send"
              + " sooner, or allow more disorder for those to come.";
      case NO_PLAN ->
          "the fix was used already and only tells that the vehicle has no plan; send the"
              + " vehicle's shipments.";
      case NO_GEOMETRY ->
          "the event itself says no road and would fail again; its sender must send it with a"
              + " geometry.";
      case UNKNOWN ->
          "its cause is one that a newer version of the job knows; use the command of that"
              + " version.";
      case MALFORMED,
          UNKNOWN_SCHEMA,
          OVERSIZED,
          OUT_OF_RANGE,
          FUTURE,
          OFF_MAP,
          PLAN_FULL,
          UNUSABLE_MODEL ->
          null;
    };
  }
}
