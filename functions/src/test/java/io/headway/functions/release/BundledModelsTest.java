// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.functions.decision.DrawnTimes;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.inference.stream.ModelFiles;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

class BundledModelsTest {
  @Test
  void theModelOfScenariosIsReleasedAndItsFileIsInTheJar() throws Exception {
    ModelRelease release = BundledModels.scenario();
    assertThat(release.getModel()).isEqualTo("scenario:1");
    assertThat(release.getRole()).isEqualTo(ModelRole.STABLE);
    ModelReference reference = Releases.reference(release);
    byte[] onnx = ModelFiles.fetch(reference);
    reference.verify(onnx);
    assertThat(onnx).isEqualTo(Files.readAllBytes(Path.of("models/scenario/scenario-1.onnx")));
  }

  @Test
  void aTaskCanOpenItAndItRuns() throws Exception {
    ModelRelease release = BundledModels.scenario();
    ModelUse use = new ModelUse(release.getName(), DrawnTimes.SIGNATURE, 1, List.of(release));
    try (SharedModels.Lease lease = use.open(Releases.reference(release), new Configuration())) {
      assertThat(lease.model().toString()).isEqualTo("scenario:1");
    }
  }

  @Test
  void everyRecordOnTheTopicOvertakesIt() {
    ModelRelease first = ModelRelease.newBuilder(BundledModels.scenario()).setRevision(0).build();
    assertThat(Releases.supersedes(first, BundledModels.scenario())).isTrue();
  }

  @Test
  void aFileThatIsNotInTheJarIsNamed() {
    ModelReference none = new ModelReference("none", 1, "classpath:/none.onnx", "0".repeat(64));
    assertThatThrownBy(() -> ModelFiles.fetch(none))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("none:1")
        .hasMessageContaining("classpath:/none.onnx");
  }
}
