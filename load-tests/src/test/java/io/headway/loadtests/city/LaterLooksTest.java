// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.kernels.routing.Router;
import io.headway.schemas.Bounds;
import io.headway.schemas.DecisionKind;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A vehicle under way, at usual speeds in time everywhere. */
class LaterLooksTest {
  private static final Action KEEP = new Action(DecisionKind.KEEP, List.of(), List.of());
  private static final Action WAIT = new Action(DecisionKind.WAIT, List.of(), List.of());

  private final CityParameters parameters = Cities.certain();
  private final City city = new City(parameters, Cities.network());
  private final Moments.Detour moment = new Moments(parameters).detour();
  private final Vehicle vehicle =
      new Hindsight(parameters, Cities.network(), new ActionLog(), Moments.BOUNDS)
          .at(moment.vehicle(), moment.ms());
  private final float[] edgeS = Router.freeSeconds(Cities.network());

  @Test
  void itLooksWhenTheJobDoesAndWhenAWaitIsOver() {
    LaterLooks looks = looks(100_000);
    looks.begin(KEEP, 1_000);
    assertThat(looks.nextMs()).isEqualTo(101_000);
    assertThat(looks.nextMs()).isEqualTo(401_000);

    looks.begin(WAIT, moment.ms());
    assertThat(looks.nextMs()).isEqualTo(moment.ms() + 120_000.0);
    assertThat(looks.look(vehicle, moment.ms() + 120_000.0)).isNull();
    assertThat(looks.nextMs()).isEqualTo(moment.ms() + 400_000.0);

    looks = looks(200_000);
    looks.begin(WAIT, moment.ms());
    assertThat(looks.nextMs()).isEqualTo(moment.ms() + 120_000.0);
    assertThat(looks.look(vehicle, moment.ms() + 120_000.0)).isNull();
    assertThat(looks.nextMs()).isEqualTo(moment.ms() + 200_000.0);
  }

  @Test
  void itActsOnWhatTheJobTakesTheRoadsToBe() {
    assertThat(look()).isNull();
    for (int edge = 0; edge < edgeS.length; edge++) {
      edgeS[edge] = 5 * edgeS[edge];
    }
    assertThat(look()).isNotNull();
  }

  @Test
  void onClosedRoadsItExpectsACrawl() {
    int[] way = vehicle.way();
    for (int i = vehicle.at(); i < way.length; i++) {
      edgeS[way[i]] = Float.POSITIVE_INFINITY;
    }
    Action closed = look();
    assertThat(closed).isNotNull();
    for (int i = vehicle.at(); i < way.length; i++) {
      edgeS[way[i]] = Cities.network().edgeLengthM(way[i]) / 0.5f;
    }
    assertThat(look()).isEqualTo(closed);
  }

  private Action look() {
    LaterLooks looks = looks(LaterLooks.INTERVAL_MS);
    looks.begin(KEEP, moment.ms());
    return looks.look(vehicle, (double) moment.ms());
  }

  private LaterLooks looks(double firstLookMs) {
    return new LaterLooks(
        Bounds.newBuilder().setWaitS(120).build(), city, edgeS, firstLookMs, List.of());
  }
}
