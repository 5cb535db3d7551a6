// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.CitySpeed;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.inference.FacesCommand;
import io.headway.loadtests.inference.FaultsCommand;
import io.headway.loadtests.inference.InferenceCommand;
import io.headway.loadtests.inference.KafkaInferenceCommand;
import io.headway.loadtests.inference.SwapsCommand;
import io.headway.loadtests.results.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./headway bench}: measures speeds and writes them to the results. */
@Command(
    name = "bench",
    description = "Measure how fast parts of the project are.",
    subcommands = {
      PipelineCommand.class,
      InferenceCommand.class,
      KafkaInferenceCommand.class,
      FacesCommand.class,
      FaultsCommand.class,
      SwapsCommand.class
    })
public final class BenchCommand implements Runnable {
  private static final int JUNCTIONS = 3_000;

  @Spec CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getErr());
  }

  @Command(
      name = "city",
      description = "Records a second that the simulated city makes, and branches of hindsight.")
  int city(
      @Option(
              names = "--results",
              defaultValue = "load-tests/results",
              description = "Folder to write to; default ${DEFAULT-VALUE}.")
          Path folder)
      throws IOException {
    Path roads = Files.createTempFile("city", ".roads");
    try {
      SyntheticNetwork.build(1, JUNCTIONS, roads);
      CityParameters parameters =
          CityParameters.defaults()
              .with(Knob.VEHICLES, 2_000)
              .with(Knob.FIX_INTERVAL_S, 1)
              .with(Knob.DURATION_H, 3);
      var figures = new CitySpeed(parameters, RoadNetwork.open(roads)).measure();
      new Results(folder, Clock.systemUTC())
          .write(
              "city",
              "./headway bench city",
              "How fast the simulated city is",
              figures,
              "2,000 vehicles, a fix a second, %,d junctions; Avro encoding included. A branch is one vehicle's remaining round under one candidate.\n"
                  .formatted(JUNCTIONS));
      spec.commandLine().getOut().println(Files.readString(folder.resolve("city.md")));
    } finally {
      Files.delete(roads);
    }
    return CommandLine.ExitCode.OK;
  }

  @Command(
      name = "state",
      description = "Bytes of state that the logistics job holds for each vehicle, by operator.")
  int state(
      @Option(
              names = "--few",
              defaultValue = "100",
              description = "Vehicles of the small fleet; default ${DEFAULT-VALUE}.")
          int few,
      @Option(
              names = "--many",
              defaultValue = "500",
              description = "Vehicles of the large fleet; default ${DEFAULT-VALUE}.")
          int many,
      @Option(
              names = "--rounds",
              defaultValue = "3",
              description = "Cities to measure in; default ${DEFAULT-VALUE}.")
          int rounds,
      @Option(
              names = "--results",
              defaultValue = "load-tests/results",
              description = "Folder to write to; default ${DEFAULT-VALUE}.")
          Path folder)
      throws IOException {
    if (few < 1 || many <= few || rounds < 2) {
      throw new ParameterException(
          spec.commandLine(),
          "--few is %d, --many is %d and --rounds is %d; a slope with an interval needs 1 <= few < many and at least 2 rounds."
              .formatted(few, many, rounds));
    }
    Path roads = Files.createTempFile("city", ".roads");
    try {
      SyntheticNetwork.build(1, JUNCTIONS, roads);
      StateReport report = new StateReport(few, many);
      StateSize job = new StateSize(roads, StateReport.FED);
      for (int round = 1; round <= rounds; round++) {
        report.add(job.measure(few, round), job.measure(many, round));
      }
      report.write(
          new Results(folder, Clock.systemUTC()),
          "./headway bench state --few %d --many %d --rounds %d".formatted(few, many, rounds));
      spec.commandLine().getOut().println(Files.readString(folder.resolve("state.md")));
    } finally {
      Files.delete(roads);
    }
    return CommandLine.ExitCode.OK;
  }
}
