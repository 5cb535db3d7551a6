// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import io.headway.functions.registry.SchemaRegistry;
import io.headway.loadtests.deadletters.Replayer.Outcome;
import io.headway.loadtests.kafka.Connection;
import io.headway.schemas.DeadLetter;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./headway dead-letters}: see why records failed, and send them back after a fix. */
@Command(
    name = "dead-letters",
    description = "See why records could not be used, and send them back after a fix.",
    footer = {
      "",
      "Exit code 0 when done, 1 when something failed, 2 when it cannot be done as asked."
    })
public final class DeadLettersCommand implements Runnable {
  private static final Pattern LETTER = Pattern.compile("(\\d{1,9}):(\\d{1,18})");

  private final Clock clock;

  @Spec CommandSpec spec;

  /** Made by the command line. */
  public DeadLettersCommand() {
    this(Clock.systemUTC());
  }

  DeadLettersCommand(Clock clock) {
    this.clock = clock;
  }

  private interface Task {
    int run(Map<String, Object> kafka) throws IOException, CannotDo;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getErr());
  }

  @Command(name = "list", description = "Count dead letters by topic and cause; show the newest.")
  int list(
      @Mixin Connection connection,
      @Mixin RegistryOptions registry,
      @Mixin FilterOptions filter,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "20",
              description = "How many to show, at most 10000; default ${DEFAULT-VALUE}.")
          int limit,
      @Option(names = "--json", description = "For machines: one JSON object.") boolean json)
      throws IOException {
    return on(
        connection,
        kafka -> {
          if (limit < 0 || limit > 10_000) {
            throw new CannotDo("--limit is " + limit + "; give 0 to 10000.");
          }
          LetterList list = new LetterList(limit);
          try (Letters letters = new Letters(kafka, registry.registry())) {
            long foreign = letters.scan(filter.at(clock.instant()), list::add);
            out().println(json ? list.json(foreign) : list.text(foreign));
            hint(letters);
          }
          return CommandLine.ExitCode.OK;
        });
  }

  @Command(name = "show", description = "Show all of one dead letter.")
  int show(
      @Mixin Connection connection,
      @Mixin RegistryOptions registry,
      @Parameters(
              paramLabel = "PARTITION:OFFSET",
              description = "The letter, as 'list' names it: where it lies in dead-letters.")
          String address)
      throws IOException {
    return on(
        connection,
        kafka -> {
          SchemaRegistry schemas = registry.registry();
          try (Letters letters = new Letters(kafka, schemas)) {
            show(at(letters, address), schemas);
          }
          return CommandLine.ExitCode.OK;
        });
  }

  private void hint(Letters letters) {
    if (letters.wantsRegistry()) {
      err().println("Some are in Confluent's format; give --registry-url to have them read.");
    }
  }

  private void show(Letter letter, SchemaRegistry schemas) {
    DeadLetter content = letter.content();
    PrintWriter out = out();
    String refusal = Replayable.refusal(letter);
    field(out, "letter", letter.address());
    field(out, "written", Instant.ofEpochMilli(letter.writtenMs()).toString());
    field(out, "input", letter.input() + ", appended " + content.getAppendTime());
    field(out, "key", PayloadView.key(letter.key()));
    field(out, "cause", content.getCause().name());
    field(out, "detail", content.getDetail());
    if (content.getLatenessMs() != null) {
      field(out, "lateness", content.getLatenessMs() + " ms");
    }
    String length = String.format(Locale.ROOT, "%,d bytes", content.getPayloadLength());
    field(
        out,
        "length",
        letter.isWhole()
            ? length
            : length
                + String.format(
                    Locale.ROOT,
                    ", of which the letter holds %,d",
                    content.getPayload().remaining()));
    if (content.getPayloadSha256() != null) {
      field(out, "sha256", content.getPayloadSha256());
    }
    field(out, "replay", refusal == null ? "possible" : "no: " + refusal);
    out.println(PayloadView.of(letter, schemas));
  }

  private static void field(PrintWriter out, String name, String value) {
    out.printf(Locale.ROOT, "%-9s %s%n", name, PayloadView.printable(value));
  }

  @Command(
      name = "replay",
      description = "Send the inputs of dead letters to their topics once more, none twice.")
  int replay(
      @Mixin Connection connection,
      @Mixin RegistryOptions registry,
      @Mixin FilterOptions filter,
      @Parameters(
              paramLabel = "PARTITION:OFFSET",
              arity = "0..*",
              description = "Letters to replay, as 'list' names them; or give filters.")
          List<String> addresses,
      @Option(names = "--all", description = "All letters, when no filter is given.") boolean all,
      @Option(names = "--dry-run", description = "Say what would be sent and change nothing.")
          boolean dryRun,
      @Option(
              names = "--max-attempts",
              paramLabel = "N",
              defaultValue = "3",
              description = "Most times that one record is replayed; default ${DEFAULT-VALUE}.")
          int maxAttempts)
      throws IOException {
    List<String> named = addresses == null ? List.of() : addresses;
    return on(
        connection,
        kafka -> {
          if (maxAttempts < 1) {
            throw new CannotDo("--max-attempts is " + maxAttempts + "; give 1 or more.");
          }
          if (!named.isEmpty() && (all || !filter.isEmpty())) {
            throw new CannotDo("Give letters or filters, not both.");
          }
          if (named.isEmpty() && filter.isEmpty() && !all) {
            throw new CannotDo(
                "It is not said which letters to replay; name them, give filters, or --all.");
          }
          return replay(
              kafka, registry.registry(), filter.at(clock.instant()), named, dryRun, maxAttempts);
        });
  }

  private int replay(
      Map<String, Object> kafka,
      SchemaRegistry schemas,
      LetterFilter filter,
      List<String> named,
      boolean dryRun,
      int maxAttempts)
      throws IOException, CannotDo {
    Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
    PrintWriter out = out();
    try (Letters letters = new Letters(kafka, schemas)) {
      List<Letter> wanted = new ArrayList<>();
      for (String address : named) {
        wanted.add(at(letters, address));
      }
      try (Replayer replayer =
          new Replayer(
              kafka,
              dryRun,
              maxAttempts,
              clock,
              (letter, outcome, said) -> {
                counts.merge(outcome, 1L, Long::sum);
                out.printf(
                    Locale.ROOT,
                    "%-8s %s  %s  %s%n",
                    letter.address(),
                    PayloadView.printable(letter.input().toString()),
                    letter.cause(),
                    PayloadView.printable(said));
              })) {
        if (named.isEmpty()) {
          letters.scan(filter, replayer::replay);
          hint(letters);
        } else {
          for (Letter letter : wanted) {
            replayer.replay(letter);
          }
        }
        replayer.flush();
      }
    } finally {
      out.println(summary(counts));
      out.flush();
    }
    return exitCode(counts, !named.isEmpty());
  }

  private static String summary(Map<Outcome, Long> counts) {
    if (counts.isEmpty()) {
      return "No letter was handled.";
    }
    List<String> parts = new ArrayList<>();
    counts.forEach(
        (outcome, count) ->
            parts.add(count + " " + outcome.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
    return String.join(", ", parts);
  }

  /** What a filter sweeps in need not be replayable; what was named must be. */
  static int exitCode(Map<Outcome, Long> counts, boolean named) {
    if (counts.containsKey(Outcome.FAILED)) {
      return CommandLine.ExitCode.SOFTWARE;
    }
    boolean refused =
        counts.containsKey(Outcome.NOT_REPLAYABLE)
            || counts.containsKey(Outcome.TOO_MANY_ATTEMPTS)
            || counts.containsKey(Outcome.SOURCE_GONE);
    return named && refused ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.OK;
  }

  private static Letter at(Letters letters, String address) throws IOException, CannotDo {
    Matcher matcher = LETTER.matcher(address);
    if (!matcher.matches()) {
      throw new CannotDo(
          "'"
              + address
              + "' is no letter; give PARTITION:OFFSET as 'list' names it, such as 0:42.");
    }
    return letters.at(Integer.parseInt(matcher.group(1)), Long.parseLong(matcher.group(2)));
  }

  private int on(Connection connection, Task task) throws IOException {
    try {
      return task.run(connection.kafka());
    } catch (CannotDo e) {
      err().println(e.getMessage());
      return CommandLine.ExitCode.USAGE;
    } catch (TimeoutException e) {
      throw new IOException(
          "The brokers did not answer in time; are their addresses and the security settings right? ("
              + e.getMessage()
              + ")",
          e);
    } catch (AuthenticationException | AuthorizationException e) {
      throw new IOException("The brokers refuse this user: " + e.getMessage(), e);
    } catch (KafkaException e) {
      throw new IOException(
          "Kafka: "
              + e.getMessage()
              + (e.getCause() == null ? "" : " " + e.getCause().getMessage()),
          e);
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
