// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import io.headway.schemas.DeadLetterCause;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** Options that say which letters are meant. */
final class FilterOptions {
  private static final Pattern AGO = Pattern.compile("(\\d{1,6})([smhd])");

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description = "Letters of inputs of this topic; may be given several times.")
  Set<String> topics = new LinkedHashSet<>();

  @Option(
      names = "--cause",
      paramLabel = "CAUSE",
      description = "Letters of this cause, of ${COMPLETION-CANDIDATES}; several times.")
  Set<DeadLetterCause> causes = EnumSet.noneOf(DeadLetterCause.class);

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = "Letters of inputs with this key, such as a vehicle's id.")
  String key;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Letters written since 2026-03-03T08:00:00Z, or since 90s, 15m, 2h or 3d ago.")
  String since;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "Letters written before this time, in the same forms.")
  String until;

  boolean isEmpty() {
    return topics.isEmpty() && causes.isEmpty() && key == null && since == null && until == null;
  }

  LetterFilter at(Instant now) throws CannotDo {
    return new LetterFilter(
        topics,
        causes,
        key,
        since == null ? 0 : time("--since", since, now),
        until == null ? Long.MAX_VALUE : time("--until", until, now));
  }

  private static long time(String option, String text, Instant now) throws CannotDo {
    Matcher ago = AGO.matcher(text);
    if (ago.matches()) {
      long count = Long.parseLong(ago.group(1));
      Duration duration =
          switch (ago.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
          };
      return now.minus(duration).toEpochMilli();
    }
    try {
      return Instant.parse(text).toEpochMilli();
    } catch (DateTimeParseException | ArithmeticException e) {
      throw new CannotDo(
          option
              + " is '"
              + text
              + "', which is no time; give one such as 2026-03-03T08:00:00Z, or 15m for a quarter"
              + " of an hour ago.");
    }
  }
}
