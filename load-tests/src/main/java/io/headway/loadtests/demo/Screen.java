// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import java.io.PrintStream;
import java.util.List;

/** Draws a panel over itself on a terminal. One thread. */
final class Screen {
  private static final String CLEAR_LINE = "\u001b[2K";
  private static final String CLEAR_BELOW = "\u001b[J";

  private final PrintStream out;
  private final int rows;
  private int drawn;

  /**
   * Makes a screen.
   *
   * @param rows height of the terminal; a panel is cut to it
   */
  Screen(PrintStream out, int rows) {
    this.out = out;
    this.rows = rows;
  }

  /** Draws the panel in the place of the last one. */
  void draw(List<String> panel) {
    StringBuilder text = new StringBuilder();
    if (drawn > 0) {
      text.append("\u001b[").append(drawn).append('A');
    }
    List<String> shown = panel.subList(0, Math.min(panel.size(), Math.max(1, rows - 1)));
    for (String line : shown) {
      text.append(CLEAR_LINE).append(line).append('\n');
    }
    text.append(CLEAR_BELOW);
    drawn = shown.size();
    out.print(text);
    out.flush();
  }
}
