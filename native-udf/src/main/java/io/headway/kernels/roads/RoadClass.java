// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.roads;

/** Importance of a road, most important first. */
public enum RoadClass {
  MOTORWAY(0),
  TRUNK(1),
  PRIMARY(2),
  SECONDARY(3),
  TERTIARY(4),
  RESIDENTIAL(5),
  SERVICE(6);

  private final byte code;

  RoadClass(int code) {
    this.code = (byte) code;
  }

  /** Number of the class in the {@code *.roads} file: never changed, new classes are appended. */
  byte code() {
    return code;
  }
}
