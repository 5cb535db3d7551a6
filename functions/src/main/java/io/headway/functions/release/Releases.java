// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.functions.inference.ModelReference;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import io.headway.schemas.ModelVersion;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.flink.util.MathUtils;

/**
 * The versions of one model that are in use: of those in one role, the highest. Immutable.
 *
 * @param stable answers, when it is there
 * @param canary answers for a share of the keys, when it is there and a stable version is, with
 *     which it is compared: nobody would notice that one alone goes wrong
 * @param shadow is asked for a share of the keys and does not answer, when it is there and a stable
 *     version is
 */
public record Releases(
    Optional<ModelRelease> stable, Optional<ModelRelease> canary, Optional<ModelRelease> shadow) {

  /**
   * Who is asked on behalf of a key.
   *
   * @param answers the version that answers; empty when only the baseline does
   * @param compared another version that is asked the same, so that a canary or shadow is compared
   *     with the stable version; empty when none is
   */
  public record Route(Optional<ModelRelease> answers, Optional<ModelRelease> compared) {}

  /**
   * @param all the last word on every version of one model
   */
  public static Releases of(Collection<ModelRelease> all) {
    return new Releases(
        newest(all, ModelRole.STABLE),
        newest(all, ModelRole.CANARY),
        newest(all, ModelRole.SHADOW));
  }

  /** The file that is released. */
  static ModelReference reference(ModelRelease release) {
    return new ModelReference(
        release.getName(), release.getVersion(), release.getUri(), release.getSha256());
  }

  /** How a request uses what is released. */
  public static ModelVersion version(ModelRelease release) {
    return new ModelVersion(
        release.getName(),
        release.getVersion(),
        release.getRevision(),
        release.getRole(),
        release.getUri(),
        release.getSha256());
  }

  /** The file that a request means. */
  public static ModelReference reference(ModelVersion version) {
    return new ModelReference(
        version.getName(), version.getVersion(), version.getUri(), version.getSha256());
  }

  /** Whether one record on a version is the later word than another on the same version. */
  public static boolean supersedes(ModelRelease release, ModelRelease held) {
    if (release.getRevision() != held.getRevision()) {
      return release.getRevision() > held.getRevision();
    }
    // Two wrote at once: what is taken back stays so until somebody says otherwise knowing of it.
    return release.getRole() == ModelRole.RETIRED && held.getRole() != ModelRole.RETIRED;
  }

  /**
   * Who is asked on behalf of a key: always the same while the releases are, and independent of the
   * process and of other keys.
   */
  public Route route(String key) {
    if (stable.isPresent() && canary.isPresent() && takes(canary.get(), key)) {
      return new Route(canary, stable);
    }
    if (stable.isPresent() && shadow.isPresent() && takes(shadow.get(), key)) {
      return new Route(stable, shadow);
    }
    return new Route(stable, Optional.empty());
  }

  /** The versions in a role, the highest first. */
  static List<ModelRelease> newestFirst(Collection<ModelRelease> all, ModelRole role) {
    return all.stream()
        .filter(release -> release.getRole() == role)
        .sorted(Comparator.comparingInt(ModelRelease::getVersion).reversed())
        .toList();
  }

  private static Optional<ModelRelease> newest(Collection<ModelRelease> all, ModelRole role) {
    return newestFirst(all, role).stream().findFirst();
  }

  private static boolean takes(ModelRelease release, String key) {
    int hash = MathUtils.murmurHash(31 * release.getModel().hashCode() + key.hashCode());
    return hash < release.getShare() * Integer.MAX_VALUE;
  }
}
