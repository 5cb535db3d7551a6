// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PreflightTest {
  private static final long GIB = 1L << 30;

  @Test
  void tooLittleHeapSaysHowMuchIsNeededAndHowToGiveIt() {
    assertThatCode(() -> Preflight.heap(GIB)).doesNotThrowAnyException();
    assertThatThrownBy(() -> Preflight.heap(GIB / 4))
        .isInstanceOf(StartProblem.class)
        .hasMessageContaining("256 MiB")
        .hasMessageContaining("HEADWAY_HEAP=1g");
  }

  @Test
  void tooLittleDiskSaysWhereAndWhatToDo() {
    assertThatCode(() -> Preflight.disk(Path.of("/tmp"), 2 * GIB)).doesNotThrowAnyException();
    assertThatThrownBy(() -> Preflight.disk(Path.of("/tmp"), GIB / 2))
        .isInstanceOf(StartProblem.class)
        .hasMessageContaining("512 MiB are free in /tmp")
        .hasMessageContaining("TMPDIR");
  }

  @Test
  void aPortThatWasAskedForAndIsTakenIsRefused() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> Preflight.restPorts(taken.getLocalPort()))
          .isInstanceOf(StartProblem.class)
          .hasMessageContaining("--port " + taken.getLocalPort() + " is in use");
    }
    assertThat(Preflight.restPorts(null)).startsWith("8081-");
  }

  @Test
  void aRoadsFileThatIsNotThereSaysHowToBuildOne() {
    assertThatThrownBy(() -> Preflight.file("--roads", Path.of("none.roads")))
        .isInstanceOf(StartProblem.class)
        .hasMessageContaining("./headway roads build");
  }
}
