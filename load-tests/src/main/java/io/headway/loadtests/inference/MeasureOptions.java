// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.loadtests.results.Figure;
import io.headway.loadtests.results.Results;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the commands that measure inference have in common. */
final class MeasureOptions {
  @Spec(Spec.Target.MIXEE)
  CommandSpec command;

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "How often each is measured, in turn; default ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--results",
      defaultValue = "load-tests/results",
      description = "Folder to write to; default ${DEFAULT-VALUE}.")
  private Path folder;

  /** How often each is measured. */
  int rounds() {
    return rounds;
  }

  /**
   * @throws ParameterException when there are too few rounds
   */
  void check() {
    if (rounds < 2) {
      throw wrong("--rounds is %d; an interval needs at least 2.".formatted(rounds));
    }
  }

  /** What to throw when an option is wrong. */
  ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  /** Says how far it is. */
  void say(String text, Object... values) {
    PrintWriter err = command.commandLine().getErr();
    err.printf(Locale.ROOT, text + "%n", values);
    err.flush();
  }

  /** Writes the result, under the command's own name, and shows it. */
  void write(String title, List<Figure> figures, String text) throws IOException {
    String name = command.name();
    List<String> typed = command.root().commandLine().getParseResult().originalArgs();
    new Results(folder, Clock.systemUTC())
        .write(name, "./headway " + String.join(" ", typed), title, figures, text);
    command.commandLine().getOut().println(Files.readString(folder.resolve(name + ".md")));
  }
}
