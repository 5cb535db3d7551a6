// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A disk so small that it can be filled: a tmpfs in a mount namespace of its own, for which Linux
 * wants no privileges where users may make namespaces. Processes see it that were started through
 * {@link #through}; where it is mounted others see an empty folder. It is gone when this process
 * ends. Not thread-safe.
 */
final class SmallDisk implements AutoCloseable {
  private static final String READY = "ready";
  private static final int PIECE_BYTES = 64 * 1024;

  /** Mounts, says so, and holds the namespace until its input ends. */
  private static final String SCRIPT =
      "mount -t tmpfs -o size=%dm,mode=0700 headway \"$0\" && echo " + READY + " && exec cat";

  private final Process holder;
  private final Path folder;

  private SmallDisk(Process holder, Path folder) {
    this.holder = holder;
    this.folder = folder;
  }

  /**
   * Makes one.
   *
   * @param folder where it is mounted; made when it is missing
   * @throws IOException if it cannot be made here; the message says why
   */
  static SmallDisk mount(Path folder, int sizeMiB) throws IOException {
    Files.createDirectories(folder);
    List<String> command =
        List.of(
            "unshare",
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            SCRIPT.formatted(sizeMiB),
            folder.toString());
    Process holder;
    try {
      holder = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IOException(cannot("there is no command 'unshare' (" + e.getMessage() + ")"), e);
    }
    String said =
        new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
    if (!READY.equals(said)) {
      holder.destroyForcibly();
      throw new IOException(cannot("the system refuses it (" + said + ")"));
    }
    return new SmallDisk(holder, folder);
  }

  private static String cannot(String why) {
    return "A small disk cannot be made here, for "
        + why
        + "; it needs Linux where users may make mount namespaces, such as a container with the"
        + " capability SYS_ADMIN.";
  }

  /** Why none can be made here, or null when one can. */
  static String obstacle() throws IOException {
    Path folder = Files.createTempDirectory("headway-disk-");
    try (SmallDisk disk = mount(folder, 1)) {
      disk.fill();
      return null;
    } catch (IOException e) {
      return e.getMessage();
    } finally {
      Files.delete(folder);
    }
  }

  /** Where processes that are started through it see it. */
  Path folder() {
    return folder;
  }

  /** A command that becomes the one that follows it, which then sees the disk. */
  List<String> through() {
    return List.of(
        "nsenter",
        "--target",
        Long.toString(holder.pid()),
        "--user",
        "--mount",
        "--preserve-credentials");
  }

  /** Writes until nothing fits any more. What others delete afterwards is free again. */
  void fill() throws IOException {
    byte[] piece = new byte[PIECE_BYTES];
    try (OutputStream out =
        Files.newOutputStream(ballast(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (true) {
        out.write(piece);
      }
    } catch (IOException e) {
      if (!holder.isAlive() || Files.size(ballast()) == 0) {
        throw e;
      }
    }
  }

  /** Makes room again. */
  void clear() throws IOException {
    Files.delete(ballast());
  }

  private Path ballast() {
    return Path.of("/proc", Long.toString(holder.pid()), "root")
        .resolve(Path.of("/").relativize(folder.toAbsolutePath()).resolve("ballast").toString());
  }

  @Override
  public void close() throws IOException {
    holder.getOutputStream().close();
    holder.destroy();
  }
}
