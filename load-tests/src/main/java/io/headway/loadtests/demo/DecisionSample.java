// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import io.headway.schemas.Decision;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A sample of decisions: those whose ids have the smallest hashes. Which ones it holds depends on
 * the ids alone, and of two decisions with one id the last one stays. Thread-safe.
 */
final class DecisionSample {
  private final int size;
  private final TreeMap<UUID, Decision> smallest = new TreeMap<>();

  DecisionSample(int size) {
    this.size = size;
  }

  synchronized void add(Decision decision) {
    // The id is a hash of the trigger already.
    smallest.put(UUID.fromString(decision.getDecisionId()), decision);
    if (smallest.size() > size) {
      smallest.pollLastEntry();
    }
  }

  synchronized List<Decision> decisionsByTime() {
    return smallest.values().stream().sorted(Comparator.comparing(Decision::getDecidedAt)).toList();
  }
}
