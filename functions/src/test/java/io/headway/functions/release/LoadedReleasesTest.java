// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.SharedModels;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoadedReleasesTest {
  private final Set<Integer> open = ConcurrentHashMap.newKeySet();
  private final Set<Integer> broken = ConcurrentHashMap.newKeySet();
  private final List<Integer> fetched = new ArrayList<>();
  private final AtomicLong nowMs = new AtomicLong(1);
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private final ExecutorService files = Executors.newSingleThreadExecutor();
  private final LoadedReleases releases =
      new LoadedReleases("lateness", this::fetch, files, nowMs::get);

  @AfterEach
  void everythingIsLetGoAtTheEnd() throws Exception {
    gate.countDown();
    releases.close();
    files.shutdown();
    assertThat(files.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    assertThat(open).isEmpty();
  }

  @Test
  void aReleaseIsUsedOnceItsFileIsOpenAndTheOneBeforeUntilThen() throws Exception {
    note(release(1, ModelRole.STABLE));
    settle();
    assertThat(stable()).isEqualTo(1);

    gate = new CountDownLatch(1);
    note(release(2, ModelRole.STABLE));
    assertThat(stable()).isEqualTo(1);

    gate.countDown();
    settle();
    assertThat(stable()).isEqualTo(2);
    assertThat(open).containsExactly(2);
  }

  @Test
  void aFileThatCannotBeOpenedLeavesTheVersionBeforeInUseAndIsTriedAgain() throws Exception {
    broken.add(2);
    note(release(1, ModelRole.STABLE));
    note(release(2, ModelRole.STABLE));
    settle();
    assertThat(stable()).isEqualTo(1);

    broken.clear();
    nowMs.addAndGet(LoadedReleases.RETRY_MS - 1);
    assertThat(stable()).isEqualTo(1);
    nowMs.addAndGet(1);
    releases.ready();
    settle();
    assertThat(stable()).isEqualTo(2);
    assertThat(fetched).containsExactly(1, 2, 2);
  }

  @Test
  void atTheStartOnlyTheNewestOfARoleIsFetched() throws Exception {
    releases.note(
        List.of(
            release(1, ModelRole.STABLE),
            release(2, ModelRole.STABLE),
            release(3, ModelRole.CANARY),
            release(4, ModelRole.SHADOW),
            release(5, ModelRole.RETIRED)));
    settle();
    assertThat(fetched).containsExactlyInAnyOrder(2, 3, 4);
    assertThat(open).containsExactlyInAnyOrder(2, 3, 4);
  }

  @Test
  void aFileThatDoesNotComeLetsTheVersionBeforeAnswer() throws Exception {
    gate = new CountDownLatch(1);
    releases.note(List.of(release(1, ModelRole.STABLE), release(2, ModelRole.STABLE)));
    assertThat(releases.notOpen()).isEqualTo(1);
    nowMs.addAndGet(LoadedReleases.RETRY_MS);
    releases.ready();
    assertThat(releases.notOpen()).isEqualTo(2);
    gate.countDown();
  }

  @Test
  void onlyAStableVersionIsWaitedFor() throws Exception {
    note(release(1, ModelRole.STABLE));
    settle();
    gate = new CountDownLatch(1);
    note(release(2, ModelRole.SHADOW));
    releases.await();
    assertThat(releases.ready().shadow()).isEmpty();
  }

  @Test
  void aRetiredVersionIsLetGoAndTheOneBeforeIsFetchedAgain() throws Exception {
    note(release(1, ModelRole.STABLE));
    note(release(2, ModelRole.STABLE));
    settle();
    note(retired(2));
    settle();
    assertThat(stable()).isEqualTo(1);
    assertThat(open).containsExactly(1);
  }

  @Test
  void anOlderWordOnAVersionDoesNotBringItBack() throws Exception {
    note(release(1, ModelRole.STABLE));
    note(release(2, ModelRole.CANARY));
    note(retired(2));
    note(release(2, ModelRole.CANARY));
    settle();
    assertThat(releases.ready().canary()).isEmpty();
  }

  @Test
  void otherModelsAreLeftAlone() throws Exception {
    ModelRelease other = release(1, ModelRole.STABLE);
    other.setName("weather");
    note(other);
    assertThat(releases.ready().stable()).isEmpty();
    assertThat(fetched).isEmpty();
  }

  @Test
  void whatIsBeingFetchedAtTheEndIsLetGo() throws Exception {
    gate = new CountDownLatch(1);
    note(release(1, ModelRole.STABLE));
    releases.close();
  }

  private void note(ModelRelease release) {
    releases.note(List.of(release));
  }

  /** Until nothing is being fetched any more. */
  private void settle() throws Exception {
    do {
      files.submit(() -> {}).get();
      releases.ready();
    } while (releases.notOpen() > broken.size());
  }

  private int stable() {
    return releases.ready().stable().orElseThrow().getVersion();
  }

  private static ModelRelease release(int version, ModelRole role) {
    return ReleasesTest.release(version, role, 0.5);
  }

  private static ModelRelease retired(int version) {
    ModelRelease release = release(version, ModelRole.RETIRED);
    release.setRevision(2);
    return release;
  }

  private SharedModels.Lease fetch(ModelReference reference) throws ModelException {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    fetched.add(reference.version());
    if (broken.contains(reference.version())) {
      throw new ModelException("no such file", null);
    }
    return SharedModels.ofThisJob()
        .acquire(List.of(this, reference), () -> new Stub(reference.version()));
  }

  /** A model that is only opened and closed. */
  private final class Stub implements Model {
    private final int version;

    Stub(int version) {
      this.version = version;
      open.add(version);
    }

    @Override
    public ModelSignature signature() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Runner runner(ModelSignature used, int capacity) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      open.remove(version);
    }
  }
}
