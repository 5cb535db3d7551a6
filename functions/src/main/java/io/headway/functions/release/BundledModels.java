// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.stream.ModelFiles;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Objects;

/**
 * The models that come in the jar, so that a job decides by one before anybody released any. To a
 * job such a model is released as stable, by a record that every one on the topic overtakes.
 */
public final class BundledModels {
  /** Name of the model that draws scenarios. */
  public static final String SCENARIO = "scenario";

  private static final int SCENARIO_VERSION = 1;
  private static final String FOLDER = "/io/headway/functions/models/";

  /** Below those of the topic, which begin at 0. */
  private static final long REVISION = -1;

  private BundledModels() {}

  /** The release of {@link #SCENARIO}. */
  public static ModelRelease scenario() {
    ModelReference model = reference(SCENARIO, SCENARIO_VERSION);
    return ModelRelease.newBuilder()
        .setModel(model.toString())
        .setName(model.name())
        .setVersion(model.version())
        .setRevision(REVISION)
        .setUri(model.uri())
        .setSha256(model.sha256())
        .setRole(ModelRole.STABLE)
        .setReleasedAt(Instant.EPOCH)
        .setReason("It came with the job.")
        .build();
  }

  private static ModelReference reference(String name, int version) {
    String resource = FOLDER + name + "/" + name + "-" + version + ".onnx";
    try (InputStream in = BundledModels.class.getResourceAsStream(resource)) {
      byte[] onnx = Objects.requireNonNull(in, resource).readAllBytes();
      return ModelReference.of(name, version, ModelFiles.CLASSPATH + resource, onnx);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
