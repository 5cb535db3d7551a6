// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import io.headway.schemas.Decision;
import io.headway.schemas.TriggerKind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Decisions in the order of their topic, and what a consumer has to make of them: of equal ids the
 * last record holds. The job numbers its requests by vehicle without gaps, so a number that is
 * missing is a decision that was lost. A vehicle's first number is the time of its request in
 * milliseconds, so one that begins anew, for a failure took its first requests back, leaves no gap.
 * By then the clock has gone on for as long as the recovery took, which is ten times as fast here:
 * later than {@value #BEGINS_ANEW_MS} ms after its first beginning, a minute of recovery, it would
 * have lost more than those. An id whose number another id has taken was decided before a failure
 * and, on the state that was restored, not decided again. Not thread-safe.
 */
final class Timeline {
  private static final long BEGINS_ANEW_MS = 600_000;

  private final Map<String, TreeMap<Long, LinkedHashMap<String, TriggerKind>>> byVehicle =
      new HashMap<>();
  private final Map<String, Set<Long>> firsts = new HashMap<>();
  private long records;
  private long repeated;
  private long sameNumber;

  /** Takes the next record of a vehicle's partition. */
  void add(Decision decision) {
    records++;
    LinkedHashMap<String, TriggerKind> ids =
        byVehicle
            .computeIfAbsent(decision.getVehicleId(), vehicle -> new TreeMap<>())
            .computeIfAbsent(decision.getSequence(), sequence -> new LinkedHashMap<>());
    sameNumber += ids.isEmpty() ? 0 : 1;
    repeated += ids.remove(decision.getDecisionId()) == null ? 0 : 1;
    ids.put(decision.getDecisionId(), decision.getTrigger().getKind());
    if (decision.getSequence() == decision.getDecidedAt().toEpochMilli()) {
      firsts
          .computeIfAbsent(decision.getVehicleId(), vehicle -> new HashSet<>())
          .add(decision.getSequence());
    }
  }

  /** Records taken. */
  long records() {
    return records;
  }

  /** Records whose vehicle, number and id had been seen. */
  long repeated() {
    return repeated;
  }

  /** Records whose vehicle and number had been seen, with whatever id. */
  long sameNumber() {
    return sameNumber;
  }

  /** Numbers between a vehicle's first and last that no record has, as vehicle and number. */
  List<String> missing() {
    List<String> missing = new ArrayList<>();
    byVehicle.forEach(
        (vehicle, numbers) -> {
          Set<Long> begins = firsts.getOrDefault(vehicle, Set.of());
          long next = numbers.firstKey();
          long lastBeginning = next + BEGINS_ANEW_MS;
          for (long number : numbers.keySet()) {
            boolean begin = begins.contains(number) && number <= lastBeginning;
            while (next < number && !begin) {
              missing.add(vehicle + " " + next++);
            }
            next = number + 1;
          }
        });
    return missing;
  }

  /** Decisions that were not made again after a failure, by what had brought them about. */
  Map<TriggerKind, Integer> replaced() {
    Map<TriggerKind, Integer> replaced = new EnumMap<>(TriggerKind.class);
    for (TreeMap<Long, LinkedHashMap<String, TriggerKind>> numbers : byVehicle.values()) {
      Set<String> holding = new HashSet<>();
      Map<String, TriggerKind> all = new HashMap<>();
      for (LinkedHashMap<String, TriggerKind> ids : numbers.values()) {
        holding.add(List.copyOf(ids.keySet()).get(ids.size() - 1));
        all.putAll(ids);
      }
      all.keySet().removeAll(holding);
      all.values().forEach(kind -> replaced.merge(kind, 1, Integer::sum));
    }
    return replaced;
  }
}
