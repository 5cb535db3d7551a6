// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.release.Releases.Route;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReleasesTest {
  private static final List<String> KEYS =
      IntStream.range(0, 10_000).mapToObj(i -> "van-" + i).toList();

  @Test
  void withoutAReleaseOnlyTheBaselineAnswers() {
    assertThat(Releases.of(List.of()).route("van-1"))
        .isEqualTo(new Route(Optional.empty(), Optional.empty()));
  }

  @Test
  void theHighestStableVersionAnswers() {
    ModelRelease newer = release(4, ModelRole.STABLE, 1);
    Releases releases =
        Releases.of(
            List.of(release(3, ModelRole.STABLE, 1), newer, release(5, ModelRole.RETIRED, 1)));
    assertThat(KEYS)
        .allSatisfy(
            key ->
                assertThat(releases.route(key))
                    .isEqualTo(new Route(Optional.of(newer), Optional.empty())));
  }

  @Test
  void aCanaryAnswersForItsShareOfTheKeysAndIsComparedWithTheStableVersion() {
    ModelRelease stable = release(3, ModelRole.STABLE, 1);
    ModelRelease canary = release(4, ModelRole.CANARY, 0.2);
    Releases releases = Releases.of(List.of(stable, canary));
    Route toCanary = new Route(Optional.of(canary), Optional.of(stable));
    Route toStable = new Route(Optional.of(stable), Optional.empty());
    assertThat(KEYS).allSatisfy(key -> assertThat(releases.route(key)).isIn(toCanary, toStable));
    assertThat(share(releases, toCanary)).isCloseTo(0.2, within(0.02));
  }

  @Test
  void aShadowIsAskedForItsShareOfTheKeysAndDoesNotAnswer() {
    ModelRelease stable = release(3, ModelRole.STABLE, 1);
    ModelRelease shadow = release(4, ModelRole.SHADOW, 0.5);
    Releases releases = Releases.of(List.of(stable, shadow));
    assertThat(KEYS).allSatisfy(key -> assertThat(releases.route(key).answers()).contains(stable));
    assertThat(share(releases, new Route(Optional.of(stable), Optional.of(shadow))))
        .isCloseTo(0.5, within(0.02));
  }

  @Test
  void aKeyStaysOnItsSideWhenTheShareGrows() {
    ModelRelease stable = release(3, ModelRole.STABLE, 1);
    Releases few = Releases.of(List.of(stable, release(4, ModelRole.CANARY, 0.1)));
    Releases many = Releases.of(List.of(stable, release(4, ModelRole.CANARY, 0.6)));
    assertThat(KEYS)
        .filteredOn(key -> few.route(key).answers().orElseThrow().getVersion() == 4)
        .isNotEmpty()
        .allSatisfy(
            key -> assertThat(many.route(key).answers().orElseThrow().getVersion()).isEqualTo(4));
  }

  @Test
  void anotherCanaryTakesOtherKeys() {
    ModelRelease stable = release(3, ModelRole.STABLE, 1);
    Releases four = Releases.of(List.of(stable, release(4, ModelRole.CANARY, 0.1)));
    Releases five = Releases.of(List.of(stable, release(5, ModelRole.CANARY, 0.1)));
    long both =
        KEYS.stream()
            .filter(key -> four.route(key).compared().isPresent())
            .filter(key -> five.route(key).compared().isPresent())
            .count();
    assertThat(both / (double) KEYS.size()).isCloseTo(0.01, within(0.01));
  }

  @Test
  void aCanaryBesideNothingIsNotAsked() {
    ModelRelease canary = release(1, ModelRole.CANARY, 1);
    ModelRelease shadow = release(2, ModelRole.SHADOW, 1);
    assertThat(Releases.of(List.of(canary, shadow)).route("van-1"))
        .isEqualTo(new Route(Optional.empty(), Optional.empty()));
  }

  @Test
  void theHighestRevisionOfAVersionHoldsAndOfTwoAlikeTheOneThatRetiresIt() {
    ModelRelease canary = release(4, ModelRole.CANARY, 0.1);
    ModelRelease retired = release(4, ModelRole.RETIRED, 0.1);
    assertThat(Releases.supersedes(retired, canary)).isTrue();
    assertThat(Releases.supersedes(canary, retired)).isFalse();
    canary.setRevision(2);
    assertThat(Releases.supersedes(canary, retired)).isTrue();
    assertThat(Releases.supersedes(retired, canary)).isFalse();
    assertThat(Releases.supersedes(canary, canary)).isFalse();
  }

  private static double share(Releases releases, Route route) {
    return KEYS.stream().filter(key -> releases.route(key).equals(route)).count()
        / (double) KEYS.size();
  }

  static ModelRelease release(int version, ModelRole role, double share) {
    return ModelRelease.newBuilder()
        .setModel("lateness:" + version)
        .setName("lateness")
        .setVersion(version)
        .setRevision(1)
        .setUri("file:///models/lateness-" + version + ".onnx")
        .setSha256("0".repeat(64))
        .setRole(role)
        .setShare(share)
        .setReleasedAt(Instant.EPOCH)
        .build();
  }
}
