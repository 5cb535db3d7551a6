// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.roads;

import io.headway.functions.memory.NativeMemory;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches a road network through Flink's file systems, checks it and maps it once a TaskManager,
 * whatever the number of subtasks. A network is let go, and the copy of a remote one deleted, when
 * Flink has released the class loaders of all jobs that use it. Thread-safe.
 */
public final class RoadNetworks {
  private static final Logger LOG = LoggerFactory.getLogger(RoadNetworks.class);
  private static final Map<Version, Shared> OPEN = new HashMap<>();

  private RoadNetworks() {}

  /** One state of one file. */
  private record Version(String uri, long length, long modifiedMs) {}

  /** A mapped network, the copy to delete in the end (or null), and who uses it. */
  private record Shared(RoadMap map, Path copy, Set<ClassLoader> users) {}

  /**
   * The network at an address, opened when this is the first to ask.
   *
   * @param uri where the {@code *.roads} file is, by any of Flink's file systems
   * @param expectedId the identity that it must have, or null for any
   * @param runtime of the function that asks
   * @throws IOException when it cannot be fetched, is no road network, is damaged, or is another
   *     one
   * @throws IllegalStateException when it does not fit into the TaskManager's budget of native
   *     memory
   */
  public static RoadMap acquire(String uri, String expectedId, RuntimeContext runtime)
      throws IOException {
    return acquire(
        uri,
        expectedId,
        runtime.getUserCodeClassLoader(),
        runtime::registerUserCodeClassLoaderReleaseHookIfAbsent,
        NativeMemory.taskManager(runtime));
  }

  /**
   * How much native memory a network takes once it is mapped.
   *
   * @param uri where the {@code *.roads} file is, by any of Flink's file systems
   * @return its name in the budget of native memory, and bytes
   * @throws IOException when it cannot be reached from here
   */
  public static Map<String, Long> nativeMemory(String uri) throws IOException {
    Version version = versionOf(uri);
    return Map.of(need(version), version.length);
  }

  static RoadMap acquire(
      String uri,
      String expectedId,
      ClassLoader user,
      BiConsumer<String, Runnable> onRelease,
      ReadableConfig taskManager)
      throws IOException {
    synchronized (OPEN) {
      Version version = versionOf(uri);
      Shared shared = OPEN.get(version);
      if (shared == null) {
        reserve(version, taskManager);
        try {
          shared = open(version, expectedId);
        } catch (IOException | RuntimeException e) {
          NativeMemory.ofThisJob().release(need(version));
          throw e;
        }
        OPEN.put(version, shared);
      } else {
        checkId(shared.map.network(), uri, expectedId);
      }
      if (shared.users.add(user)) {
        onRelease.accept("road network " + version, () -> release(version, user));
      }
      return shared.map;
    }
  }

  private static void reserve(Version version, ReadableConfig taskManager) {
    try {
      NativeMemory.ofThisJob().reserve(need(version), version.length, taskManager);
    } catch (IllegalStateException e) {
      if (OPEN.keySet().stream().noneMatch(open -> open.uri.equals(version.uri))) {
        throw e;
      }
      throw new IllegalStateException(
          "%s The file at %s was replaced while it was in use, so both are needed; never overwrite a road file: put the old one back, give the new one a new name and submit the job anew."
              .formatted(e.getMessage(), version.uri),
          e);
    }
  }

  /** The copies of remote networks that are in use. */
  static Set<Path> copies() {
    synchronized (OPEN) {
      return OPEN.values().stream()
          .map(Shared::copy)
          .filter(Objects::nonNull)
          .collect(Collectors.toSet());
    }
  }

  private static String need(Version version) {
    return "road network %s of %s".formatted(version.uri, Instant.ofEpochMilli(version.modifiedMs));
  }

  private static Version versionOf(String uri) throws IOException {
    org.apache.flink.core.fs.Path path = new org.apache.flink.core.fs.Path(uri);
    try {
      FileStatus status = path.getFileSystem().getFileStatus(path);
      return new Version(uri, status.getLen(), status.getModificationTime());
    } catch (IOException | RuntimeException e) {
      throw new IOException(
          "The road network "
              + uri
              + " cannot be reached, so no vehicle can be matched to a road; check the address and"
              + " that Flink has the plugin for its file system.",
          e);
    }
  }

  private static Shared open(Version version, String expectedId) throws IOException {
    URI uri = new org.apache.flink.core.fs.Path(version.uri).toUri();
    boolean local = uri.getScheme() == null || uri.getScheme().equals("file");
    Path copy = local ? null : fetch(version);
    try {
      RoadNetwork network = RoadNetwork.open(local ? Path.of(uri.getPath()) : copy);
      checkId(network, version.uri, expectedId);
      RoadMap map = new RoadMap(network, new RoadIndex(network));
      LOG.info(
          "Road network {} is open: id {}, {} nodes, {} edges.",
          version.uri,
          network.id(),
          network.nodeCount(),
          network.edgeCount());
      return new Shared(map, copy, Collections.newSetFromMap(new IdentityHashMap<>()));
    } catch (IOException | RuntimeException e) {
      delete(copy);
      throw e;
    }
  }

  private static Path fetch(Version version) throws IOException {
    Path copy = Files.createTempFile("headway-", ".roads");
    org.apache.flink.core.fs.Path path = new org.apache.flink.core.fs.Path(version.uri);
    FileSystem files = path.getFileSystem();
    try (InputStream in = files.open(path)) {
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return copy;
    } catch (IOException | RuntimeException e) {
      delete(copy);
      throw e;
    }
  }

  private static void checkId(RoadNetwork network, String uri, String expectedId)
      throws IOException {
    if (expectedId != null && !expectedId.equals(network.id())) {
      throw new IOException(
          "The road network "
              + uri
              + " has the id "
              + network.id()
              + " and not "
              + expectedId
              + ", so edges would be mistaken; give the file or the id that belongs to it.");
    }
  }

  private static void release(Version version, ClassLoader user) {
    synchronized (OPEN) {
      Shared shared = OPEN.get(version);
      if (shared != null && shared.users.remove(user) && shared.users.isEmpty()) {
        OPEN.remove(version);
        NativeMemory.ofThisJob().release(need(version));
        delete(shared.copy);
        LOG.info("Road network {} is let go.", version.uri);
      }
    }
  }

  private static void delete(Path copy) {
    if (copy != null) {
      try {
        Files.deleteIfExists(copy);
      } catch (IOException e) {
        LOG.warn("The copy {} of a road network cannot be deleted and takes space.", copy, e);
      }
    }
  }
}
