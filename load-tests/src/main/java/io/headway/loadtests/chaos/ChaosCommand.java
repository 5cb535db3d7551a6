// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.loadtests.chaos.ChaosRun.Recovery;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.cluster.JobJar;
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
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./headway chaos}: breaks a cluster under load and says what became of the job. */
@Command(
    name = "chaos",
    description =
        "Kill and pause the processes of a cluster under load, and see whether anything is lost. Needs the packaged job; disk-full needs Linux where users may make namespaces. Exits with 0 when all is as it should be, 1 when not, 2 when it cannot be done as asked.")
public final class ChaosCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

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
      names = "--runs",
      paramLabel = "N",
      defaultValue = "1",
      description = "Runs of each fault; from two on the figures have an interval.")
  int runs;

  @Mixin JobJar jobJar;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description =
          "Write faults.json and faults.md, or those of faults-exactly-once, to this folder.")
  Path results;

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Option of the job or of Flink, as for 'flink run'.")
  Map<String, String> options = new TreeMap<>();

  @Override
  public Integer call() throws IOException {
    if (runs < 1) {
      throw new ParameterException(spec.commandLine(), "--runs " + runs + " must be at least 1.");
    }
    if (results != null && !faults.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--results is for all faults together and would lose the others' figures; leave --fault out.");
    }
    jobJar.check();
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
      List<ChaosRun.Outcome> outcomes = new ArrayList<>();
      for (int run = 0; run < runs; run++) {
        ChaosRun.Outcome outcome = run(fault);
        say(out, outcome);
        outcomes.add(outcome);
        holds &= outcome.holds();
      }
      figures.addAll(figures(fault, outcomes));
    }
    if (results != null) {
      new Results(results, Clock.systemUTC())
          .write(
              exactlyOnce() ? "faults-exactly-once" : "faults",
              "./headway " + String.join(" ", spec.commandLine().getParseResult().originalArgs()),
              "What becomes of the job when its cluster breaks",
              figures,
              "Processes of their own for broker, ZooKeeper, JobManager and three TaskManagers (two needed), all on this machine; %d vehicles, clock ×10, a checkpoint every 3 s, heartbeats every 2 s with 10 s of patience. %d runs each, intervals are over runs, counts are of all. Times count from the fault, as Flink's REST API shows it, so the first new decision may come before all tasks are seen to be back; `detected` is when a task was seen to have stopped (– where none did); a paused TaskManager comes back after 20 s, a killed broker after 5 s, a stalled one after 15 s, a full disk has room again after 15 s; the checkpoint is the first that began after that.\n"
                  .formatted(vehicles, runs));
    }
    return holds ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  private boolean exactlyOnce() {
    return Configuration.fromMap(options).get(LogisticsOptions.DELIVERY_GUARANTEE)
        == DeliveryGuarantee.EXACTLY_ONCE;
  }

  private ChaosRun.Outcome run(Fault fault) throws IOException {
    Path folder = Files.createTempDirectory("headway-chaos-");
    ChaosRun.Outcome outcome;
    try {
      outcome =
          new ChaosRun(
                  folder,
                  jobJar.path(),
                  vehicles,
                  Duration.ofSeconds(25),
                  Duration.ofSeconds(15),
                  options)
              .run(List.of(fault));
    } catch (IOException e) {
      throw new IOException(e.getMessage() + " What the processes said is in " + folder + ".", e);
    }
    if (outcome.holds()) {
      Folders.delete(folder);
    } else {
      spec.commandLine()
          .getErr()
          .println("That is not as it should be; what the processes said is in " + folder + ".");
    }
    return outcome;
  }

  private static void say(PrintWriter out, ChaosRun.Outcome outcome) {
    Recovery recovery = outcome.recoveries().get(0);
    out.printf(
        Locale.ROOT,
        "%-20s seen after %s, all tasks back after %s, first new decision after %s, checkpoint after %s (%d failed), %d restarts, %d TaskManagers replaced %s%n",
        recovery.fault(),
        seconds(recovery.detectedS()),
        seconds(recovery.restoredS()),
        seconds(recovery.decidedS()),
        seconds(recovery.checkpointedS()),
        recovery.checkpointsFailed(),
        recovery.restarts(),
        recovery.taskManagersReplaced(),
        recovery.cause());
    out.printf(
        Locale.ROOT,
        "%-20s %,d records in, without a fate %s of %s; job %s; %,d decisions, %d repeated, %d under a number seen before, numbers without one %s, %,d shipments planned, without one %s, replaced %s%n",
        "",
        outcome.recordsIn(),
        outcome.unexplained(),
        outcome.stats().fatesOfAllTopics(),
        outcome.stats().state(),
        outcome.decisions(),
        outcome.timeline().repeated(),
        outcome.timeline().sameNumber(),
        outcome.timeline().missing(),
        outcome.planned(),
        outcome.unanswered(),
        outcome.timeline().replaced());
    out.flush();
  }

  private static String seconds(double seconds) {
    return Double.isNaN(seconds) ? "never" : String.format(Locale.ROOT, "%.1f s", seconds);
  }

  private List<Figure> figures(Fault fault, List<ChaosRun.Outcome> outcomes) {
    String of = fault.name().toLowerCase(Locale.ROOT) + "_";
    boolean exactlyOnce = exactlyOnce();
    long restarts = sum(outcomes, o -> o.recoveries().get(0).restarts());
    long sameNumber = sum(outcomes, o -> o.timeline().sameNumber());
    return List.of(
        seconds(of + "detected", outcomes, Recovery::detectedS),
        seconds(of + "all_tasks_back", outcomes, Recovery::restoredS),
        seconds(of + "first_new_decision", outcomes, Recovery::decidedS),
        seconds(of + "checkpoint_complete", outcomes, Recovery::checkpointedS),
        count(
            of + "checkpoints_failed",
            sum(outcomes, o -> o.recoveries().get(0).checkpointsFailed())),
        fault == Fault.DISK_FULL && !exactlyOnce
            ? none(of + "restarts", restarts)
            : count(of + "restarts", restarts),
        count(
            of + "taskmanagers_replaced",
            sum(outcomes, o -> o.recoveries().get(0).taskManagersReplaced())),
        count(of + "records_in", sum(outcomes, ChaosRun.Outcome::recordsIn)),
        none(
            of + "unexplained_records",
            sum(outcomes, o -> o.unexplained().values().stream().mapToLong(Math::abs).sum())),
        count(of + "late_records", sum(outcomes, o -> fate(o, "late"))),
        count(of + "dead_letters", sum(outcomes, o -> fate(o, "dead-letter"))),
        count(of + "decisions", sum(outcomes, ChaosRun.Outcome::decisions)),
        count(of + "repeated_decisions", sum(outcomes, o -> o.timeline().repeated())),
        exactlyOnce
            ? none(of + "numbers_seen_before", sameNumber)
            : count(of + "numbers_seen_before", sameNumber),
        none(of + "missing_numbers", sum(outcomes, o -> o.timeline().missing().size())),
        count(of + "planned_shipments", sum(outcomes, ChaosRun.Outcome::planned)),
        none(of + "unanswered_shipments", sum(outcomes, o -> o.unanswered().size())),
        count(
            of + "replaced_decisions",
            sum(
                outcomes,
                o -> o.timeline().replaced().values().stream().mapToInt(Integer::intValue).sum())));
  }

  private static Figure seconds(
      String name, List<ChaosRun.Outcome> outcomes, ToDoubleFunction<Recovery> time) {
    double[] times = outcomes.stream().map(o -> o.recoveries().get(0)).mapToDouble(time).toArray();
    return times.length > 1 ? Figure.mean(name, times, "s") : Figure.of(name, times[0], "s");
  }

  private static long sum(
      List<ChaosRun.Outcome> outcomes, ToLongFunction<ChaosRun.Outcome> number) {
    return outcomes.stream().mapToLong(number).sum();
  }

  private static long fate(ChaosRun.Outcome outcome, String fate) {
    return outcome.stats().fatesOfAllTopics().getOrDefault(fate, 0L);
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
