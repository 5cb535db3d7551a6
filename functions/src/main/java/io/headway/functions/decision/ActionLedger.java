// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.AppliedBound;
import io.headway.schemas.Bounds;
import io.headway.schemas.DecisionKind;
import java.util.Arrays;

/**
 * What has been decided for one vehicle, as far as bounds ask for it. An action is a decision other
 * than KEEP and WAIT. A Flink POJO, the keyed state of {@link ApplyBounds}; times are event times
 * in milliseconds since the epoch.
 */
public class ActionLedger {
  /** Most actions that are remembered; a larger {@code actions_per_vehicle_hour} acts as this. */
  public static final int ACTIONS_MAX = 256;

  private static final long HOUR_MS = 3_600_000;

  /** Highest sequence that was decided. */
  public long newestSequence = Long.MIN_VALUE;

  /** When this ledger may be forgotten. */
  public long forgetAtMs = Long.MIN_VALUE;

  /** When the timer that looks after {@link #forgetAtMs} fires. */
  public long timerMs = Long.MIN_VALUE;

  /** When actions were decided, in the order of their decision. */
  public long[] actionTimesMs = {};

  /** Their kinds, by name, in step with {@link #actionTimesMs}. */
  public String[] actionKinds = {};

  /** Ids whose decisions are kept, oldest first. */
  public String[] recentIds = {};

  /** How long an action matters under these bounds: for the hour's budget and the cool-down. */
  static long memoryMs(Bounds bounds) {
    return Math.max(HOUR_MS, 1000L * bounds.getCooldownS());
  }

  static boolean isAction(DecisionKind kind) {
    return kind != DecisionKind.KEEP && kind != DecisionKind.WAIT;
  }

  /**
   * The bound that, as its counter stands, forbids an action of a kind at a moment; null when none
   * does or the kind is no action. For the hour's budget the value counts the action asked for; for
   * the cool-down it is the seconds that have passed.
   */
  AppliedBound forbidding(Bounds bounds, DecisionKind kind, long atMs) {
    if (!isAction(kind)) {
      return null;
    }
    int limit = Math.min(bounds.getActionsPerVehicleHour(), ACTIONS_MAX);
    int inHour = 0;
    long lastMs = Long.MIN_VALUE;
    for (int i = 0; i < actionTimesMs.length; i++) {
      if (actionTimesMs[i] > atMs - HOUR_MS) {
        inHour++;
      }
      if (actionKinds[i].equals(kind.name())) {
        lastMs = Math.max(lastMs, actionTimesMs[i]);
      }
    }
    if (inHour >= limit) {
      return new AppliedBound("actions_per_vehicle_hour", (double) limit, inHour + 1.0, kind);
    }
    long cooldownMs = 1000L * bounds.getCooldownS();
    if (lastMs != Long.MIN_VALUE && atMs - lastMs < cooldownMs) {
      return new AppliedBound(
          "cooldown_s", (double) bounds.getCooldownS(), (atMs - lastMs) / 1000.0, kind);
    }
    return null;
  }

  /** Counts a decision if it is an action, and forgets actions that matter no more. */
  public void count(DecisionKind kind, long atMs, Bounds bounds) {
    long oldestMs = atMs - memoryMs(bounds);
    int kept = 0;
    for (int i = 0; i < actionTimesMs.length; i++) {
      if (actionTimesMs[i] > oldestMs) {
        actionTimesMs[kept] = actionTimesMs[i];
        actionKinds[kept++] = actionKinds[i];
      }
    }
    int added = isAction(kind) ? 1 : 0;
    int first = Math.max(0, kept + added - ACTIONS_MAX);
    actionTimesMs = Arrays.copyOfRange(actionTimesMs, first, kept + added);
    actionKinds = Arrays.copyOfRange(actionKinds, first, kept + added);
    if (added == 1) {
      actionTimesMs[kept - first] = atMs;
      actionKinds[kept - first] = kind.name();
    }
  }
}
