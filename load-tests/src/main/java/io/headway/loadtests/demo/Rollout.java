// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.release.BundledModels;
import io.headway.loadtests.deadletters.CannotDo;
import io.headway.loadtests.models.ReleaseTopic;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import io.headway.schemas.ReleaseLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Releases versions of the job's model while the demo runs, of which the first answers from the
 * start: a canary that is promoted when it did well, a shadow that is plainly wrong, which the job
 * retires by itself, and a file that is broken. Steps are taken at shares of the demo's length. One
 * thread.
 */
final class Rollout {
  /** Of a demo without end. */
  private static final long LENGTH_MS_MAX = 300_000;

  private static final double CANARY_AT = 0.2;
  private static final double SHADOW_AT = 0.5;
  private static final double BROKEN_AT = 0.7;

  private static final int MIN_REQUESTS = 100;
  private static final String NAME = BundledModels.SCENARIO;
  private static final String NEXT_VERSION =
      "/io/headway/functions/models/scenario/scenario-2.onnx";
  private static final String WRONG_MODEL = "/models/scenario-pessimist.onnx";

  private final ReleaseTopic topic;
  private final Path folder;
  private final Clock clock;
  private final double lengthMs;
  private final List<Event> events = new ArrayList<>();
  private int step;
  private boolean canaryIsOver;
  private boolean shadowIsOver;
  private boolean brokenIsOver;

  /** Something that was done or seen. */
  record Event(double atS, String model, String what) {}

  /**
   * @param folder where the files are put
   * @param lengthMs of the demo, {@link Long#MAX_VALUE} for no end
   */
  Rollout(ReleaseTopic topic, Path folder, Clock clock, long lengthMs) {
    this.topic = topic;
    this.folder = folder;
    this.clock = clock;
    this.lengthMs = Math.min(lengthMs, LENGTH_MS_MAX);
    tell(0, 1, "comes with the job, and answers from the start");
  }

  /** Does what is due, and looks what became of what was done. */
  void observe(DemoState state) throws IOException, InterruptedException, CannotDo {
    double atS = state.elapsedMs() / 1000.0;
    double share = state.elapsedMs() / lengthMs;
    if (step == 0 && share >= CANARY_AT) {
      step++;
      release(atS, 2, resource(NEXT_VERSION), ModelRole.CANARY, 0.5);
    } else if (step == 1 && share >= SHADOW_AT) {
      step++;
      release(atS, 3, resource(WRONG_MODEL), ModelRole.SHADOW, 1);
    } else if (step == 2 && share >= BROKEN_AT) {
      step++;
      releaseBroken(atS);
    }
    if (step > 0 && !(canaryIsOver && shadowIsOver)) {
      follow(atS, state);
    }
    if (step > 2 && !brokenIsOver) {
      long letters =
          state.decisions().deadLetters().getOrDefault(DeadLetterCause.UNUSABLE_MODEL, 0L);
      if (letters > 0) {
        brokenIsOver = true;
        tell(atS, 4, "refused: its record is a dead letter, and nothing else changed");
      }
    }
  }

  /** Everything that was done or seen, in its order. */
  List<Event> events() {
    return List.copyOf(events);
  }

  /** What has not come about, a sentence each. */
  List<String> failures() {
    List<String> failures = new ArrayList<>();
    if (!canaryIsOver) {
      failures.add("The canary was neither promoted nor retired; let the demo run longer.");
    }
    if (!shadowIsOver) {
      failures.add("The shadow that is wrong was not retired; let the demo run longer.");
    }
    if (!brokenIsOver) {
      failures.add("The broken file was not refused; let the demo run longer.");
    }
    return failures;
  }

  /** The events, a line each. */
  List<String> lines() {
    return events.stream()
        .map(
            event ->
                String.format(
                    Locale.ROOT, "%5.0f s  %-10s  %s", event.atS, event.model, event.what))
        .toList();
  }

  void json(ObjectNode json) {
    ArrayNode all = json.putArray("rollout");
    for (Event event : events) {
      all.addObject().put("at_s", event.atS).put("model", event.model).put("what", event.what);
    }
  }

  private void follow(double atS, DemoState state)
      throws IOException, InterruptedException, CannotDo {
    if (!canaryIsOver) {
      Map<String, Double> canary = state.job().comparisons().getOrDefault(NAME + "-2", Map.of());
      ModelRelease release = held(2);
      if (release.getRole() == ModelRole.RETIRED) {
        canaryIsOver = true;
        tell(atS, 2, release.getReason());
      } else if (canary.getOrDefault("requests", 0.0) >= 2 * MIN_REQUESTS) {
        canaryIsOver = true;
        tell(atS, 2, "compared with the stable version: " + compared(canary));
        topic.write(
            ModelRelease.newBuilder(release)
                .setRole(ModelRole.STABLE)
                .setRevision(release.getRevision() + 1)
                .setReleasedAt(clock.instant())
                .setReason("Promoted: inside its limits.")
                .build());
        tell(atS, 2, "promoted: it answers for all keys");
      }
    }
    if (step > 1 && !shadowIsOver) {
      ModelRelease release = held(3);
      if (release.getRole() == ModelRole.RETIRED) {
        shadowIsOver = true;
        tell(atS, 3, release.getReason());
      }
    }
  }

  private static String compared(Map<String, Double> figures) {
    double requests = figures.get("requests");
    return String.format(
        Locale.ROOT,
        "%,.0f requests, %.1f %% of them decided otherwise, %.0f not answered, %.1f ms against %.1f",
        requests,
        100 * figures.getOrDefault("diverged", 0.0) / requests,
        figures.getOrDefault("unanswered", 0.0),
        figures.getOrDefault("candidate-ms", Double.NaN),
        figures.getOrDefault("stable-ms", Double.NaN));
  }

  private ModelRelease held(int version) throws IOException, CannotDo {
    return topic.read().stream()
        .filter(release -> release.getName().equals(NAME) && release.getVersion() == version)
        .findAny()
        .orElseThrow();
  }

  private void releaseBroken(double atS) throws IOException, InterruptedException {
    byte[] whole = resource(NEXT_VERSION);
    byte[] broken = whole.clone();
    broken[broken.length / 2] ^= 1;
    Path file = Files.write(folder.resolve(NAME + "-4.onnx"), broken);
    write(ModelReference.of(NAME, 4, file.toUri().toString(), whole), ModelRole.CANARY, 0.5);
    tell(atS, 4, "released as canary; one bit of its file is wrong");
  }

  private void release(double atS, int version, byte[] onnx, ModelRole role, double share)
      throws IOException, InterruptedException {
    Path file = Files.write(folder.resolve("%s-%d.onnx".formatted(NAME, version)), onnx);
    write(ModelReference.of(NAME, version, file.toUri().toString(), onnx), role, share);
    tell(
        atS,
        version,
        "released as %s%s"
            .formatted(
                role.name().toLowerCase(Locale.ROOT),
                String.format(Locale.ROOT, " for %.0f %% of the vehicles", 100 * share)));
  }

  private void write(ModelReference reference, ModelRole role, double share)
      throws IOException, InterruptedException {
    topic.write(
        ModelRelease.newBuilder()
            .setModel(reference.toString())
            .setName(reference.name())
            .setVersion(reference.version())
            .setRevision(0)
            .setUri(reference.uri())
            .setSha256(reference.sha256())
            .setRole(role)
            .setShare(share)
            .setLimits(new ReleaseLimits(MIN_REQUESTS, 0.15, 0.05, 5.0, 0.4))
            .setReleasedAt(clock.instant())
            .build());
  }

  private void tell(double atS, int version, String what) {
    events.add(new Event(atS, NAME + ":" + version, what));
  }

  private static byte[] resource(String name) {
    try (InputStream in = Rollout.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
