// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.models;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.ingest.Fault;
import io.headway.functions.ingest.InputType;
import io.headway.functions.release.BundledModels;
import io.headway.loadtests.deadletters.CannotDo;
import io.headway.loadtests.kafka.Connection;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import io.headway.schemas.ReleaseLimits;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./headway models}: which version of a model a running job asks. */
@Command(
    name = "models",
    description = "Say which version of a model the running jobs ask; they follow at once.",
    footer = {
      "",
      "Exit code 0 when done, 1 when something failed, 2 when it cannot be done as asked."
    })
public final class ModelsCommand implements Runnable {
  private final Clock clock;

  @Spec CommandSpec spec;

  /** Made by the command line. */
  public ModelsCommand() {
    this(Clock.systemUTC());
  }

  ModelsCommand(Clock clock) {
    this.clock = clock;
  }

  private interface Task {
    void run(ReleaseTopic topic) throws IOException, CannotDo, InterruptedException;
  }

  /** What a version can be released as. */
  enum Role {
    STABLE,
    CANARY,
    SHADOW
  }

  /** Where the file is. */
  static final class Location {
    @Option(
        names = "--file",
        paramLabel = "FILE",
        required = true,
        description =
            "The ONNX file, at the same path for every TaskManager; its SHA-256 is taken.")
    Path file;

    @ArgGroup(exclusive = false)
    Remote remote;
  }

  /** A file that the jobs can read and this command need not. */
  static final class Remote {
    @Option(
        names = "--uri",
        paramLabel = "URI",
        required = true,
        description =
            "Or where the jobs find it by Flink's file systems, such as s3://models/a.onnx,")
    String uri;

    @Option(
        names = "--sha256",
        paramLabel = "HEX",
        required = true,
        description = "with the file's SHA-256, as sha256sum prints it.")
    String sha256;
  }

  /** Limits of a canary or shadow. */
  static final class Limits {
    @Option(
        names = "--min-requests",
        paramLabel = "N",
        defaultValue = "200",
        description = "Requests to compare before it is judged; default ${DEFAULT-VALUE}.")
    int minRequests;

    @Option(
        names = "--max-divergence-rate",
        paramLabel = "RATE",
        defaultValue = "0.1",
        description =
            "Share of requests on which it may lead to another decision than the stable version; default ${DEFAULT-VALUE}.")
    double maxDivergenceRate;

    @Option(
        names = "--max-error-rate",
        paramLabel = "RATE",
        defaultValue = "0.01",
        description = "Share of requests that it may leave unanswered; default ${DEFAULT-VALUE}.")
    double maxErrorRate;

    @Option(
        names = "--max-latency-ratio",
        paramLabel = "X",
        defaultValue = "3",
        description =
            "Mean time to its answer, as a multiple of the stable version's; default ${DEFAULT-VALUE}.")
    double maxLatencyRatio;

    @Option(
        names = "--max-outside-rate",
        paramLabel = "RATE",
        defaultValue = "0.4",
        description =
            "Share of vehicles that may come outside the middle 80 %% of its scenarios; it holds for a stable version too; default ${DEFAULT-VALUE}.")
    double maxOutsideRate;

    ReleaseLimits limits() {
      return new ReleaseLimits(
          minRequests, maxDivergenceRate, maxErrorRate, maxLatencyRatio, maxOutsideRate);
    }
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getErr());
  }

  @Command(name = "list", description = "Show the last word on every version.")
  int list(
      @Mixin Connection connection,
      @Option(names = "--json", description = "For machines: one JSON array.") boolean json)
      throws IOException, InterruptedException {
    return on(
        connection,
        topic -> {
          List<ModelRelease> releases = releases(topic);
          if (json) {
            out().println(json(releases));
          } else {
            releases.forEach(release -> out().println(line(release)));
          }
        });
  }

  @Command(
      name = "release",
      sortOptions = false,
      description = "Release a version, or give one that is released another role or limits.")
  int release(
      @Mixin Connection connection,
      @Parameters(paramLabel = "NAME:VERSION", description = "The version, such as scenario:2.")
          String model,
      @ArgGroup(multiplicity = "1") Location location,
      @Option(
              names = "--role",
              paramLabel = "ROLE",
              defaultValue = "CANARY",
              description =
                  "stable: it answers; canary: it answers for a share of the keys and is compared; shadow: it is only compared; default canary.")
          Role role,
      @Option(
              names = "--share",
              paramLabel = "SHARE",
              defaultValue = "0.1",
              description = "Share of the keys of a canary or shadow; default ${DEFAULT-VALUE}.")
          double share,
      @Mixin Limits limits,
      @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for people.")
          String reason)
      throws IOException, InterruptedException {
    return on(
        connection,
        topic -> {
          ModelReference file = reference(model, location);
          ModelRelease release =
              ModelRelease.newBuilder()
                  .setModel(model)
                  .setName(file.name())
                  .setVersion(file.version())
                  .setRevision(0)
                  .setUri(file.uri())
                  .setSha256(file.sha256())
                  .setRole(ModelRole.valueOf(role.name()))
                  .setShare(share)
                  .setLimits(limits.limits())
                  .setReason(reason)
                  .setReleasedAt(clock.instant())
                  .build();
          check(release);
          ModelRelease before = find(releases(topic), model).orElse(null);
          if (before != null && !before.getSha256().equals(file.sha256())) {
            throw new CannotDo(
                "%s was released with another file (SHA-256 %s), and decisions name it; release the new file as a new version."
                    .formatted(model, before.getSha256()));
          }
          if (before != null) {
            release.setRevision(before.getRevision() + 1);
          }
          write(topic, release);
        });
  }

  @Command(
      name = "promote",
      description = "Let a version answer for all keys; of stable versions the highest does.")
  int promote(
      @Mixin Connection connection,
      @Parameters(paramLabel = "NAME:VERSION", description = "The version.") String model,
      @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for people.")
          String reason)
      throws IOException, InterruptedException {
    return on(connection, topic -> change(topic, model, ModelRole.STABLE, reason));
  }

  @Command(
      name = "retire",
      description = "Take a version back; the highest stable version that is left answers.")
  int retire(
      @Mixin Connection connection,
      @Parameters(paramLabel = "NAME:VERSION", description = "The version.") String model,
      @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for people.")
          String reason)
      throws IOException, InterruptedException {
    return on(connection, topic -> change(topic, model, ModelRole.RETIRED, reason));
  }

  /** Those on the topic, and the one that comes with the job where none overtakes it. */
  private static List<ModelRelease> releases(ReleaseTopic topic)
      throws IOException, CannotDo, InterruptedException {
    List<ModelRelease> releases = new ArrayList<>(topic.read());
    ModelRelease bundled = BundledModels.scenario();
    if (find(releases, bundled.getModel()).isEmpty()) {
      releases.add(bundled);
    }
    return releases;
  }

  private void change(ReleaseTopic topic, String model, ModelRole role, String reason)
      throws IOException, CannotDo, InterruptedException {
    ModelRelease before =
        find(releases(topic), model)
            .orElseThrow(
                () ->
                    new CannotDo(
                        "%s is not released; './headway models list' shows what is."
                            .formatted(model)));
    if (before.getRole() == role) {
      throw new CannotDo("%s is %s already.".formatted(model, text(role)));
    }
    if (role == ModelRole.STABLE && before.getRole() == ModelRole.RETIRED) {
      throw new CannotDo(
          "%s is retired (%s); release it again if it shall answer all the same."
              .formatted(model, before.getReason()));
    }
    write(
        topic,
        ModelRelease.newBuilder(before)
            .setRole(role)
            .setRevision(before.getRevision() + 1)
            .setReason(reason)
            .setReleasedAt(clock.instant())
            .build());
  }

  private void write(ReleaseTopic topic, ModelRelease release)
      throws IOException, CannotDo, InterruptedException {
    check(release);
    topic.write(release);
    out().println(line(release));
  }

  private static void check(ModelRelease release) throws CannotDo {
    Fault fault = InputType.MODEL_RELEASES.faultOf(release);
    if (fault != null) {
      throw new CannotDo("The jobs would refuse this release: " + fault.detail());
    }
  }

  private static ModelReference reference(String model, Location location)
      throws IOException, CannotDo {
    String[] parts = model.split(":", -1);
    try {
      if (parts.length != 2) {
        throw new IllegalArgumentException("it is not NAME:VERSION.");
      }
      int version = Integer.parseInt(parts[1]);
      if (location.file != null && !Files.isReadable(location.file)) {
        throw new CannotDo(
            "--file %s cannot be read; name the ONNX file.".formatted(location.file));
      }
      return location.file == null
          ? new ModelReference(parts[0], version, location.remote.uri, location.remote.sha256)
          : ModelReference.of(
              parts[0],
              version,
              location.file.toAbsolutePath().toUri().toString(),
              Files.readAllBytes(location.file));
    } catch (IllegalArgumentException e) {
      throw new CannotDo("'%s' cannot be released: %s".formatted(model, e.getMessage()));
    }
  }

  private static Optional<ModelRelease> find(List<ModelRelease> releases, String model) {
    return releases.stream().filter(release -> release.getModel().equals(model)).findAny();
  }

  private static String line(ModelRelease release) {
    boolean isCompared =
        release.getRole() == ModelRole.CANARY || release.getRole() == ModelRole.SHADOW;
    return String.format(
            Locale.ROOT,
            "%-20s %-8s %s  %s  %s  %s",
            release.getModel(),
            text(release.getRole()),
            isCompared
                ? String.format(Locale.ROOT, "%5.1f %%", 100 * release.getShare())
                : "       ",
            release.getReleasedAt(),
            release.getUri(),
            release.getReason() == null ? "" : release.getReason())
        .stripTrailing();
  }

  private static String text(ModelRole role) {
    return role.name().toLowerCase(Locale.ROOT);
  }

  private static String json(List<ModelRelease> releases) {
    ArrayNode all = new ObjectMapper().createArrayNode();
    for (ModelRelease release : releases) {
      ObjectNode one = all.addObject();
      one.put("model", release.getModel());
      one.put("role", release.getRole().name());
      one.put("share", release.getShare());
      one.put("revision", release.getRevision());
      one.put("uri", release.getUri());
      one.put("sha256", release.getSha256());
      one.put("released_at", release.getReleasedAt().toString());
      one.put("reason", release.getReason());
    }
    return all.toPrettyString();
  }

  private int on(Connection connection, Task task) throws IOException, InterruptedException {
    try {
      task.run(new ReleaseTopic(connection.kafka()));
      out().flush();
      return CommandLine.ExitCode.OK;
    } catch (CannotDo e) {
      spec.commandLine().getErr().println(e.getMessage());
      return CommandLine.ExitCode.USAGE;
    } catch (KafkaException e) {
      throw new IOException("Kafka: " + e.getMessage(), e);
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
