// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.city.RecordedSpeeds;
import java.util.Locale;

/** Which cities policies are judged in. */
public enum CityKind {
  /** Cities as the project's models know them, of seeds that nothing else uses. */
  NEW_SEEDS("new seeds", "Cities as the simulator makes them by default."),
  /** Cities outside the usual range. */
  SHIFTED(
      "shifted parameters",
      "Cities outside the usual range: twice the incidents, heavier tails of the speed's noise (Student's t with 2 degrees of freedom for 4), half the correlation length and memory of the speed field."),
  /** Cities that none of the simulator's formulas for traffic make. */
  RECORDED(
      "recorded speeds",
      "Cities whose traffic goes as recorded taxis did: residuals of their speeds, resampled in blocks (RecordedTraffic). There are no incidents, breakdowns or paces of drivers; customers are as the simulator makes them.");

  private final String title;
  private final String says;

  CityKind(String title, String says) {
    this.title = title;
    this.says = says;
  }

  String title() {
    return title;
  }

  String says() {
    return says;
  }

  /** Its name in options and results. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * @param recorded speeds that a recorded city goes by; null for others
   */
  CityParameters city(long seed, int vehicles, double hours, RecordedSpeeds recorded) {
    CityParameters city =
        CityParameters.defaults()
            .withSeed(seed)
            .with(Knob.VEHICLES, vehicles)
            .with(Knob.DURATION_H, hours);
    return switch (this) {
      case NEW_SEEDS -> city;
      case SHIFTED -> city.shifted();
      case RECORDED -> city.withRecorded(recorded);
    };
  }
}
