// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

/** One counter of {@link Fates} in a checkpoint. A Flink POJO. */
public class FateCount {
  /** Topic of the records. */
  public String topic;

  /** Label of the fate. */
  public String fate;

  /** How many; below 0 where another subtask counted what this one took back. */
  public long count;

  static FateCount of(String topic, Fate fate, long count) {
    FateCount counted = new FateCount();
    counted.topic = topic;
    counted.fate = fate.label();
    counted.count = count;
    return counted;
  }
}
