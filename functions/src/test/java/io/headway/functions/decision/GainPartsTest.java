// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.schemas.CostParts;
import io.headway.schemas.StopLateness;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class GainPartsTest {
  @Test
  void theLargestComesFirstAndWhatCostsMoreIsNegative() {
    CostParts from = new CostParts(10.0, 2.0, 0.0, List.of(late(0, 1), late(3, 6)));
    CostParts to = new CostParts(11.0, 2.5, 0.3, List.of(late(3, 2), late(4, 0.25)));
    assertThat(GainParts.of(from, to))
        .containsExactly(
            new GainParts.Part(GainParts.What.LATENESS, 3, 4, 400),
            new GainParts.Part(GainParts.What.DRIVING, -1, -1.5, -150),
            new GainParts.Part(GainParts.What.LATENESS, 0, 1, 100),
            new GainParts.Part(GainParts.What.ACTIONS, -1, -0.3, -30),
            new GainParts.Part(GainParts.What.LATENESS, 4, -0.25, -25));
  }

  @Test
  void whatSavesNothingIsNoPart() {
    CostParts from = new CostParts(0.1 + 0.2, 0.0, 0.5, List.of(late(0, 1)));
    CostParts to = new CostParts(0.3, 0.0, 0.5, List.of(late(0, 1)));
    assertThat(GainParts.of(from, to)).isEmpty();
    assertThat(GainParts.of(from, new CostParts(0.3, 0.0, 0.0, List.of(late(0, 1)))))
        .containsExactly(new GainParts.Part(GainParts.What.ACTIONS, -1, 0.5, 50));
  }

  @Property(tries = 300)
  void centsAddUp(@ForAll long seed) {
    Random random = new Random(seed);
    CostParts from = parts(random);
    CostParts to = parts(random);
    List<GainParts.Part> gain = GainParts.of(from, to);
    double eur = gain.stream().mapToDouble(GainParts.Part::eur).sum();
    assertThat(eur).isCloseTo(sum(from) - sum(to), within(1e-9));
    assertThat(gain.stream().mapToLong(GainParts.Part::cents).sum())
        .isEqualTo(Math.round(100 * eur));
    assertThat(gain)
        .allSatisfy(part -> assertThat(part.cents() / 100.0).isCloseTo(part.eur(), within(0.05)));
  }

  private static CostParts parts(Random random) {
    return new CostParts(
        20 * random.nextDouble(),
        5 * random.nextDouble(),
        random.nextDouble(),
        List.of(late(0, 9 * random.nextDouble()), late(2, random.nextDouble())));
  }

  private static double sum(CostParts parts) {
    return parts.getHoursEur()
        + parts.getDistanceEur()
        + parts.getActionsEur()
        + parts.getStops().stream().mapToDouble(StopLateness::getEur).sum();
  }

  private static StopLateness late(int stop, double eur) {
    return new StopLateness(stop, eur, 0.5f, 3f);
  }
}
