// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests;

import io.headway.loadtests.bench.BenchCommand;
import io.headway.loadtests.bench.EvaluateCommand;
import io.headway.loadtests.chaos.ChaosCommand;
import io.headway.loadtests.deadletters.DeadLettersCommand;
import io.headway.loadtests.demo.DemoCommand;
import io.headway.loadtests.feeder.DecisionsCommand;
import io.headway.loadtests.feeder.FeedCommand;
import io.headway.loadtests.kafka.TopicsCommand;
import io.headway.loadtests.lateness.DatasetCommand;
import io.headway.loadtests.models.ModelsCommand;
import io.headway.loadtests.roads.RoadsCommand;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code ./headway}: the commands of the project. */
@Command(
    name = "headway",
    description = "Stream jobs that keep every vehicle's plan right.",
    subcommands = {
      DemoCommand.class,
      RoadsCommand.class,
      BenchCommand.class,
      EvaluateCommand.class,
      DatasetCommand.class,
      ChaosCommand.class,
      DeadLettersCommand.class,
      ModelsCommand.class,
      TopicsCommand.class,
      FeedCommand.class,
      DecisionsCommand.class
    })
public final class Headway implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Headway.class);

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  boolean help;

  private Headway() {}

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }

  /** Runs a command and exits with its code: 0 done, 1 failed, 2 cannot be done as asked. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Headway());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setParameterExceptionHandler(
        (wrong, arguments) -> {
          CommandLine command = wrong.getCommandLine();
          command.getErr().println(wrong.getMessage());
          command
              .getErr()
              .println(
                  "'./" + command.getCommandSpec().qualifiedName() + " --help' shows the options.");
          return CommandLine.ExitCode.USAGE;
        });
    commandLine.setExecutionExceptionHandler(
        (failure, command, arguments) -> {
          LOG.error("The command failed.", failure);
          command
              .getErr()
              .println(failure.getMessage() == null ? failure.toString() : failure.getMessage());
          command.getErr().println("The log says more: " + System.getProperty("headway.log"));
          return CommandLine.ExitCode.SOFTWARE;
        });
    return commandLine;
  }
}
