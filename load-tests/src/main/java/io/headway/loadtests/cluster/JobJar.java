// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option that says which job is submitted: a mixin of commands that start a cluster. */
public final class JobJar {
  @Spec(Spec.Target.MIXEE)
  CommandSpec command;

  @Option(
      names = "--jar",
      paramLabel = "FILE",
      defaultValue = "jobs/target/headway-jobs.jar",
      description = "The job as it is submitted; default ${DEFAULT-VALUE}.")
  Path jar;

  /**
   * Refuses early.
   *
   * @throws ParameterException when the jar cannot be read
   */
  public void check() {
    if (!Files.isReadable(jar)) {
      throw new ParameterException(
          command.commandLine(),
          "--jar "
              + jar
              + " cannot be read, so there is no job to submit; build it with './mvnw package -DskipTests'.");
    }
  }

  /** The jar. */
  public Path path() {
    return jar;
  }
}
