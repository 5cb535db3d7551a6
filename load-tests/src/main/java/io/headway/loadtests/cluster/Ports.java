// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Free TCP ports of the loopback interface. */
public final class Ports {
  private static final int TRIES = 100;

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

  /** A free port that the operating system chooses. */
  public static int any() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
