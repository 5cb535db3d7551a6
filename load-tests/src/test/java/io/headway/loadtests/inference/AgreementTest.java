// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AgreementTest {

  @ParameterizedTest
  @EnumSource(Format.class)
  void batchesAnswerWhatCrayfishsWayAnswers(Format format, @TempDir Path folder) throws Exception {
    assertThat(Agreement.largestDifference(Networks.file(Networks.FFNN, folder), format))
        .isLessThan(1e-5f);
  }
}
