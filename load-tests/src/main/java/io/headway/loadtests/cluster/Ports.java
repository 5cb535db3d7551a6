// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Free TCP ports of the loopback interface. */
public final class Ports {
  private static final int TRIES = 100;
  private static final int LOWEST = 12_000;
  private static final int HIGHEST = 32_000;
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private Ports() {}

  /** Whether nothing listens on the port at this moment. */
  public static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The first free port from {@code first} on.
   *
   * @throws IOException when the next hundred are all taken
   */
  public static int firstFree(int first) throws IOException {
    for (int port = first; port < first + TRIES; port++) {
      if (isFree(port)) {
        return port;
      }
    }
    throw new IOException(
        "Ports " + first + " to " + (first + TRIES - 1) + " are all in use; free one of them.");
  }

  /**
   * A free port, another at each call. It is below those that operating systems give to whoever
   * asks for any, so that none takes it before its process listens on it, or while that starts
   * again.
   */
  public static int any() throws IOException {
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      if (isFree(port) && GIVEN.add(port)) {
        return port;
      }
    }
    throw new IOException(
        TRIES + " ports from " + LOWEST + " to " + HIGHEST + " are all in use; free some of them.");
  }
}
