// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.roads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.functions.memory.NativeMemory;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoadNetworksTest {
  @TempDir private Path directory;
  private Path town;
  private final Job first = new Job();
  private final Job second = new Job();

  /** What other tests of this process have not let go. */
  private final long othersBytes = NativeMemory.ofThisJob().reservedBytes();

  /** A job's class loader, with the hooks that Flink runs when it lets go of it. */
  private static final class Job {
    private final ClassLoader loader = new URLClassLoader(new URL[0]);
    private final Map<String, Runnable> hooks = new HashMap<>();
    private final Configuration taskManager = new Configuration();

    RoadMap acquire(String uri, String id) throws IOException {
      return RoadNetworks.acquire(uri, id, loader, hooks::putIfAbsent, taskManager);
    }

    void end() {
      hooks.values().forEach(Runnable::run);
      hooks.clear();
    }
  }

  @BeforeEach
  void write() throws IOException {
    town = GridTown.write(directory);
  }

  @AfterEach
  void end() {
    first.end();
    second.end();
  }

  @Test
  void allSubtasksOfATaskManagerShareOneMapping() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<RoadMap>> maps = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        maps.add(threads.submit(() -> first.acquire(local(), null)));
      }
      for (Future<RoadMap> map : maps) {
        assertThat(map.get()).isSameAs(maps.get(0).get());
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(first.hooks).hasSize(1);
  }

  @Test
  void aNetworkStaysUntilTheLastJobHasLetGo() throws Exception {
    RoadMap map = first.acquire(local(), null);
    assertThat(second.acquire(local(), null)).isSameAs(map);

    first.end();
    assertThat(second.acquire(local(), null)).isSameAs(map);
    second.end();
    assertThat(second.acquire(local(), null)).isNotSameAs(map);
  }

  @Test
  void aRemoteNetworkIsCopiedAndTheCopyDeletedInTheEnd() throws Exception {
    RoadMap map = first.acquire("remote://" + town, null);

    assertThat(map.network().edgeCount()).isEqualTo(120);
    Set<Path> copies = RoadNetworks.copies();
    assertThat(copies).hasSize(1).allMatch(Files::exists);
    first.end();
    assertThat(copies).noneMatch(Files::exists);
  }

  @Test
  void aNewFileAtTheSameAddressIsANewNetwork() throws Exception {
    RoadMap before = first.acquire(local(), null);
    Files.delete(town);
    GridTown.write(directory, "town.roads", 12);
    Files.setLastModifiedTime(town, FileTime.fromMillis(1_000));

    RoadMap after = second.acquire(local(), null);

    assertThat(after.network().id()).isNotEqualTo(before.network().id());
  }

  @Test
  void anotherNetworkThanTheExpectedOneIsRefused() throws Exception {
    assertThatThrownBy(() -> first.acquire(local(), "00ff"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("and not 00ff")
        .hasMessageContaining("give the file or the id");

    String id = first.acquire(local(), null).network().id();
    assertThat(first.acquire(local(), id).network().id()).isEqualTo(id);
    assertThatThrownBy(() -> first.acquire(local(), "00ff")).isInstanceOf(IOException.class);
  }

  @Test
  void aFileThatIsMissingOrDamagedIsRefusedAndLeavesNoCopy() throws Exception {
    assertThatThrownBy(() -> first.acquire("file:///nowhere/town.roads", null))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("file:///nowhere/town.roads")
        .hasMessageContaining("check the address");

    byte[] bytes = Files.readAllBytes(town);
    bytes[bytes.length / 2] ^= 1;
    Path damaged = Files.write(directory.resolve("damaged.roads"), bytes);
    assertThatThrownBy(() -> first.acquire("remote://" + damaged, null))
        .isInstanceOf(IOException.class);
    assertThat(RoadNetworks.copies()).isEmpty();
    assertThat(first.hooks).isEmpty();
  }

  @Test
  void aNetworkThatDoesNotFitIntoTheBudgetOfNativeMemoryIsRefusedBeforeItIsMapped()
      throws Exception {
    long bytes = Files.size(town);
    first.taskManager.set(
        TaskManagerOptions.TASK_OFF_HEAP_MEMORY, new MemorySize(othersBytes + bytes - 1));

    assertThatThrownBy(() -> first.acquire("remote://" + town, null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("taskmanager.memory.task.off-heap.size is ")
        .hasMessageContaining("road network remote://" + town);
    assertThat(RoadNetworks.copies()).isEmpty();
    assertThat(first.hooks).isEmpty();

    first.taskManager.set(
        TaskManagerOptions.TASK_OFF_HEAP_MEMORY, new MemorySize(othersBytes + bytes));
    first.acquire(local(), null);
    assertThat(reservedBytes()).isEqualTo(bytes);
    first.end();
    assertThat(reservedBytes()).isZero();
  }

  @Test
  void aFileThatWasReplacedAndDoesNotFitBesideTheOldOneIsSaid() throws Exception {
    first.acquire(local(), null);
    Path other = GridTown.write(directory, "other.roads", 12);
    Files.move(other, town, StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(town, FileTime.fromMillis(1_000));
    second.taskManager.set(
        TaskManagerOptions.TASK_OFF_HEAP_MEMORY, new MemorySize(othersBytes + Files.size(town)));

    assertThatThrownBy(() -> second.acquire(local(), null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("taskmanager.memory.task.off-heap.size is ")
        .hasMessageContaining("The file at " + local() + " was replaced while it was in use")
        .hasMessageContaining("give the new one a new name and submit the job anew");
  }

  @Test
  void twoStatesOfOneFileAreTwoNeeds() throws Exception {
    long before = Files.size(town);
    first.acquire(local(), null);
    GridTown.write(directory, "town.roads", 12);
    Files.setLastModifiedTime(town, FileTime.fromMillis(1_000));
    long after = Files.size(town);

    second.acquire(local(), null);

    assertThat(reservedBytes()).isEqualTo(before + after);
    first.end();
    assertThat(reservedBytes()).isEqualTo(after);
  }

  @Test
  void whatCannotBeOpenedNeedsNothing() throws Exception {
    Path empty = Files.write(directory.resolve("empty.roads"), new byte[100]);

    assertThatThrownBy(() -> first.acquire(empty.toUri().toString(), null))
        .isInstanceOf(IOException.class);
    assertThat(reservedBytes()).isZero();
  }

  private long reservedBytes() {
    return NativeMemory.ofThisJob().reservedBytes() - othersBytes;
  }

  private String local() {
    return town.toUri().toString();
  }
}
