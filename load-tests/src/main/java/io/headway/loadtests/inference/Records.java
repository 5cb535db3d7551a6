// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Made-up records of 784 numbers, which are asked about again and again. Immutable. */
final class Records {
  static final int FEATURES = 784;
  static final int CLASSES = 10;

  private static final int COUNT = 1_024;
  private static final float[][] RECORDS = make();
  private static final List<List<Float>> BOXED = box();

  private Records() {}

  /** The numbers of a record; not to be changed. */
  static float[] numbers(long id) {
    return RECORDS[(int) (id % COUNT)];
  }

  /** The same as objects. */
  static List<Float> boxed(long id) {
    return BOXED.get((int) (id % COUNT));
  }

  private static float[][] make() {
    Random random = new Random(1);
    float[][] records = new float[COUNT][FEATURES];
    for (float[] record : records) {
      for (int i = 0; i < record.length; i++) {
        record[i] = random.nextFloat();
      }
    }
    return records;
  }

  private static List<List<Float>> box() {
    List<List<Float>> records = new ArrayList<>();
    for (float[] record : RECORDS) {
      List<Float> boxed = new ArrayList<>(record.length);
      for (float number : record) {
        boxed.add(number);
      }
      records.add(boxed);
    }
    return records;
  }
}
