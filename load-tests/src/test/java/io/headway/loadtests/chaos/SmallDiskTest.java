// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmallDiskTest {
  @TempDir Path folder;

  @Test
  void whoIsStartedThroughItMeetsAFullDiskUntilThereIsRoomAgain() throws Exception {
    String obstacle = SmallDisk.obstacle();
    assumeTrue(obstacle == null, obstacle);
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), 1)) {
      assertThat(write(disk, "a")).isEmpty();
      disk.fill();
      assertThat(write(disk, "b")).contains("No space left on device");
      disk.clear();
      assertThat(write(disk, "c")).isEmpty();
      // Nobody else sees it.
      assertThat(folder.resolve("disk")).isEmptyDirectory();
    }
  }

  /** Writes 100 KB in a process of its own; returns what that complained about. */
  private static String write(SmallDisk disk, String file)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(disk.through());
    command.addAll(
        List.of(
            "sh",
            "-c",
            "head -c 100000 /dev/zero > \"$0\"",
            disk.folder().resolve(file).toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }
}
