// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.loadtests.cluster.JobStats;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.TriggerKind;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LiveViewTest {

  @Test
  void showsRatesDecisionsAndReasonsWithinTheWidth() {
    LiveView view = new LiveView(72, true);
    view.observe(state(0, 0));
    DemoState state = state(4_000, 8_000);
    view.observe(state);

    List<String> panel = view.panel(state);

    String text = String.join("\n", panel).replaceAll("\u001b\\[[0-9]*m", "");
    assertThat(text)
        .contains("00:04")
        .contains("2,000 records/s")
        .containsPattern("REROUTE +1 ")
        .containsPattern("V7 +REROUTE +Reason 7\\.");
    assertThat(text.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(72));
  }

  @Test
  void withoutColourThereAreNoEscapes() {
    LiveView view = new LiveView(100, false);
    DemoState state = state(4_000, 8_000);

    assertThat(String.join("", view.panel(state))).doesNotContain("\u001b");
    assertThat(view.line(state)).doesNotContain("\u001b").contains("REROUTE 1");
  }

  @Test
  void aPanelIsDrawnOverTheLastOneAndCutToTheScreen() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Screen screen = new Screen(new PrintStream(bytes, true, StandardCharsets.UTF_8), 3);

    screen.draw(List.of("a", "b", "c"));
    screen.draw(List.of("d"));

    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo("\u001b[2Ka\n\u001b[2Kb\n\u001b[J\u001b[2A\u001b[2Kd\n\u001b[J");
  }

  private static DemoState state(long elapsedMs, long sent) {
    DecisionTally tally = new DecisionTally(() -> 0);
    if (sent > 0) {
      tally.add(Decisions.of(7, DecisionKind.REROUTE, TriggerKind.ROAD_EVENT, 1L), 41);
    }
    return new DemoState(
        "feeding", elapsedMs, Map.of("telemetry", sent), 0, 0, JobStats.NONE, tally.counts());
  }
}
