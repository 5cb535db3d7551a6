// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A Java program in a process of its own, which can be killed and paused as machines do it to
 * programs. What it says goes to a file. It dies with this process. Not thread-safe.
 */
public final class ChildProcess implements AutoCloseable {
  private static final Path PROC = Path.of("/proc");

  /** Linux counts in hundredths of a second (sysconf(_SC_CLK_TCK)). */
  private static final double TICKS_PER_S = 100;

  private static final int LAST_LINES = 20;
  private static final long TERM_S = 20;

  private final String name;
  private final Process process;
  private final Path log;
  private final Thread reaper;

  private ChildProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
    reaper = new Thread(process::destroyForcibly, "reap-" + name);
    Runtime.getRuntime().addShutdownHook(reaper);
  }

  /**
   * Starts a Java program with this process's Java.
   *
   * @param name what it is called in errors
   * @param log where what it says is appended
   * @param jvmOptions options of the JVM
   * @param classPath entries of the class path
   */
  public static ChildProcess java(
      String name,
      Path log,
      List<String> jvmOptions,
      List<String> classPath,
      String mainClass,
      List<String> arguments)
      throws IOException {
    return java(name, List.of(), log, jvmOptions, classPath, mainClass, arguments);
  }

  /**
   * The same through a command that becomes what follows it, such as {@code nsenter}.
   *
   * @param through the command with its arguments; empty for none
   */
  public static ChildProcess java(
      String name,
      List<String> through,
      Path log,
      List<String> jvmOptions,
      List<String> classPath,
      String mainClass,
      List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(through);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.add("-cp");
    command.add(String.join(File.pathSeparator, classPath));
    command.add(mainClass);
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    return new ChildProcess(name, process, log);
  }

  /** What it is called. */
  public String name() {
    return name;
  }

  /** The operating system's number of the process. */
  public long pid() {
    return process.pid();
  }

  /** Whether it is there, running or paused. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** What the process reads as its standard input. */
  public OutputStream input() {
    return process.getOutputStream();
  }

  /** How long it was on a processor since it began, in seconds; 0 when that cannot be told. */
  public double cpuS() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
  }

  /**
   * How long threads of it, by name, were on a processor since they began, in seconds; 0 where the
   * system does not tell. Threads that have ended do not count.
   */
  public double cpuS(Pattern threads) throws IOException {
    Path tasks = PROC.resolve(Long.toString(pid())).resolve("task");
    if (!Files.isDirectory(tasks)) {
      return 0;
    }
    long ticks = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(tasks)) {
      for (Path thread : all) {
        ticks += ticks(thread.resolve("stat"), threads);
      }
    }
    return ticks / TICKS_PER_S;
  }

  /** How much memory it has now, in MiB; NaN where the system does not tell. */
  public double residentMiB() throws IOException {
    return residentMiB(pid());
  }

  /** The same of any process. */
  public static double residentMiB(long pid) throws IOException {
    Path status = PROC.resolve(Long.toString(pid)).resolve("status");
    if (!Files.isReadable(status)) {
      return Double.NaN;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("VmRSS:")) {
        return Double.parseDouble(line.replaceAll("\\D", "")) / 1024;
      }
    }
    return Double.NaN;
  }

  /** Ends it at once and without warning, as a power cut does (SIGKILL), and waits until it has. */
  public void kill() throws IOException {
    process.destroyForcibly();
    awaitEnd();
    Runtime.getRuntime().removeShutdownHook(reaper);
  }

  /** Stops it in its tracks, its connections open (SIGSTOP). */
  public void pause() throws IOException {
    signal("STOP");
  }

  /** Lets it go on (SIGCONT). */
  public void resume() throws IOException {
    signal("CONT");
  }

  /** Asks it to end, and kills it when it does not. */
  @Override
  public void close() throws IOException {
    try {
      if (process.isAlive()) {
        signal("CONT");
        process.destroy();
        if (!process.waitFor(TERM_S, TimeUnit.SECONDS)) {
          kill();
        }
      }
      Runtime.getRuntime().removeShutdownHook(reaper);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** The last lines that it said, for an error. */
  public String lastWords() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    } catch (IOException e) {
      return log + " cannot be read: " + e.getMessage();
    }
  }

  private static long ticks(Path stat, Pattern threads) throws IOException {
    try {
      // proc(5): name in brackets, then the state; times in user and kernel mode are the 12th and
      // 13th from there.
      String line = Files.readString(stat);
      String thread = line.substring(line.indexOf('(') + 1, line.lastIndexOf(')'));
      String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
      return threads.matcher(thread).matches()
          ? Long.parseLong(fields[11]) + Long.parseLong(fields[12])
          : 0;
    } catch (NoSuchFileException e) {
      return 0; // The thread has ended.
    }
  }

  private void signal(String signal) throws IOException {
    Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).start();
    try {
      if (kill.waitFor() != 0) {
        throw new IOException("SIG" + signal + " could not be sent to the " + name + ".");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the " + name + " was sent a signal.", e);
    }
  }

  private void awaitEnd() throws IOException {
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the " + name + " ended.", e);
    }
  }
}
