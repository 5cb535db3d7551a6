// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.results.Figure;
import io.headway.loadtests.results.Results;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./headway chaos}: breaks a cluster under load and says what became of the job. */
@Command(
    name = "chaos",
    description =
        "Kill and pause the processes of a cluster under load, and see whether anything is lost.")
public final class ChaosCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Option(
      names = "--fault",
      paramLabel = "FAULT",
      converter = FaultConverter.class,
      description =
          "What to do, any number of times; all of them if nothing is said: taskmanager-killed, taskmanager-paused, jobmanager-killed, broker-killed, broker-stalled, disk-full, poison-burst.")
  List<Fault> faults = List.of();

  @Option(
      names = "--vehicles",
      paramLabel = "N",
      defaultValue = "200",
      description = "Vehicles of the simulated city; default ${DEFAULT-VALUE}.")
  int vehicles;

  @Option(
      names = "--jar",
      paramLabel = "FILE",
      defaultValue = "jobs/target/headway-jobs.jar",
      description = "The job as it is submitted; default ${DEFAULT-VALUE}.")
  Path jar;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "Write faults.json and faults.md to this folder.")
  Path results;

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Option of the job or of Flink, as for 'flink run'.")
  Map<String, String> options = new TreeMap<>();

  @Override
  public Integer call() throws IOException {
    if (!Files.isReadable(jar)) {
      throw new ParameterException(
          spec.commandLine(),
          "--jar " + jar + " cannot be read; build it with './mvnw package -DskipTests'.");
    }
    PrintWriter out = spec.commandLine().getOut();
    List<Figure> figures = new ArrayList<>();
    boolean holds = true;
    String obstacle = SmallDisk.obstacle();
    if (obstacle != null && faults.contains(Fault.DISK_FULL)) {
      throw new ParameterException(
          spec.commandLine(), "--fault " + Fault.DISK_FULL + " cannot be made. " + obstacle);
    }
    for (Fault fault : faults.isEmpty() ? List.of(Fault.values()) : faults) {
      if (fault == Fault.DISK_FULL && obstacle != null) {
        out.println(fault + " is left out. " + obstacle);
        continue;
      }
      ChaosRun.Outcome outcome = run(fault);
      say(out, outcome);
      figures.addAll(figures(outcome));
      holds &= outcome.holds();
    }
    if (results != null) {
      new Results(results, Clock.systemUTC())
          .write(
              "faults",
              "./headway " + String.join(" ", spec.commandLine().getParseResult().originalArgs()),
              "What becomes of the job when its cluster breaks",
              figures,
              "Processes of their own for broker, ZooKeeper, JobManager and three TaskManagers (two needed), all on this machine; %d vehicles, clock ×10, a checkpoint every 3 s, heartbeats every 2 s with 10 s of patience. One run each. Times count from the fault; a paused TaskManager comes back after 20 s, a killed broker after 5 s, a stalled one after 15 s, a full disk has room again after 15 s; the checkpoint is the first that began after that.\n"
                  .formatted(vehicles));
    }
    return holds ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  private ChaosRun.Outcome run(Fault fault) throws IOException {
    Path folder = Files.createTempDirectory("headway-chaos-");
    ChaosRun.Outcome outcome;
    try {
      outcome =
          new ChaosRun(
                  folder, jar, vehicles, Duration.ofSeconds(25), Duration.ofSeconds(15), options)
              .run(List.of(fault));
    } catch (IOException e) {
      throw new IOException(e.getMessage() + " What the processes said is in " + folder + ".", e);
    }
    Folders.delete(folder);
    return outcome;
  }

  private static void say(PrintWriter out, ChaosRun.Outcome outcome) {
    ChaosRun.Recovery recovery = outcome.recoveries().get(0);
    out.printf(
        Locale.ROOT,
        "%-20s seen after %s, all tasks back after %s, first new decision after %s, checkpoint after %s (%d failed), %d restarts%n",
        recovery.fault(),
        seconds(recovery.detectedS()),
        seconds(recovery.restoredS()),
        seconds(recovery.decidedS()),
        seconds(recovery.checkpointedS()),
        recovery.checkpointsFailed(),
        recovery.restarts());
    out.printf(
        Locale.ROOT,
        "%-20s %,d records in, %d unexplained; %,d decisions, %d repeated, %d lost, numbers without one %s, replaced %s%n",
        "",
        outcome.recordsIn(),
        outcome.unexplained(),
        outcome.decisions(),
        outcome.timeline().repeated(),
        outcome.lost(),
        outcome.timeline().missing(),
        outcome.timeline().replaced());
    out.flush();
  }

  private static String seconds(double seconds) {
    return Double.isNaN(seconds) ? "never" : String.format(Locale.ROOT, "%.1f s", seconds);
  }

  private static List<Figure> figures(ChaosRun.Outcome outcome) {
    ChaosRun.Recovery recovery = outcome.recoveries().get(0);
    String of = recovery.fault().name().toLowerCase(Locale.ROOT) + "_";
    Timeline timeline = outcome.timeline();
    int replaced = timeline.replaced().values().stream().mapToInt(Integer::intValue).sum();
    return List.of(
        Figure.of(of + "detected", recovery.detectedS(), "s"),
        Figure.of(of + "all_tasks_back", recovery.restoredS(), "s"),
        Figure.of(of + "first_new_decision", recovery.decidedS(), "s"),
        Figure.of(of + "checkpoint_complete", recovery.checkpointedS(), "s"),
        count(of + "checkpoints_failed", recovery.checkpointsFailed()),
        recovery.fault() == Fault.DISK_FULL
            ? none(of + "restarts", recovery.restarts())
            : count(of + "restarts", recovery.restarts()),
        count(of + "records_in", outcome.recordsIn()),
        none(of + "unexplained_records", outcome.unexplained()),
        count(of + "decisions", outcome.decisions()),
        count(of + "repeated_decisions", timeline.repeated()),
        none(of + "lost_decisions", outcome.lost()),
        count(of + "replaced_decisions", replaced));
  }

  private static Figure count(String name, long count) {
    return Figure.of(name, (double) count, "");
  }

  private static Figure none(String name, long count) {
    return new Figure(name, (double) count, "", null, null, "0", count == 0);
  }

  /** Reads taskmanager-killed. */
  static final class FaultConverter implements CommandLine.ITypeConverter<Fault> {
    @Override
    public Fault convert(String text) {
      for (Fault fault : Fault.values()) {
        if (fault.toString().equals(text)) {
          return fault;
        }
      }
      throw new CommandLine.TypeConversionException(
          "'" + text + "' is no fault; choose of " + List.of(Fault.values()));
    }
  }
}
