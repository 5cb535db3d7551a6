// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headway.schemas.DeadLetter;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;

/** Counts letters by topic and cause and keeps the newest, without their payloads. */
final class LetterList {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DETAIL_CHARACTERS = 160;
  private static final Comparator<Letter> OLDEST_FIRST =
      Comparator.comparingLong(Letter::writtenMs)
          .thenComparingInt(Letter::partition)
          .thenComparingLong(Letter::offset);

  private final int limit;
  private final Map<String, Map<String, Long>> counts = new TreeMap<>();
  private final PriorityQueue<Row> newest =
      new PriorityQueue<>(Comparator.comparing(Row::letter, OLDEST_FIRST));
  private long taken;

  private record Row(Letter letter, boolean whole) {}

  LetterList(int limit) {
    this.limit = limit;
  }

  void add(Letter letter) {
    taken++;
    counts
        .computeIfAbsent(letter.content().getTopic(), topic -> new TreeMap<>())
        .merge(letter.cause().name(), 1L, Long::sum);
    if (limit == 0) {
      return;
    }
    boolean whole = letter.isWhole();
    letter.content().setPayload(ByteBuffer.allocate(0));
    newest.add(new Row(letter, whole));
    if (newest.size() > limit) {
      newest.remove();
    }
  }

  private List<Row> newestFirst() {
    List<Row> rows = new ArrayList<>(newest);
    rows.sort(Comparator.comparing(Row::letter, OLDEST_FIRST).reversed());
    return rows;
  }

  /** For people. */
  String text(long foreign) {
    StringBuilder text = new StringBuilder();
    line(text, "%,d dead letter%s", taken, taken == 1 ? "" : "s");
    counts.forEach(
        (topic, causes) ->
            causes.forEach(
                (cause, count) ->
                    line(text, "  %-14s %-16s %,9d", PayloadView.printable(topic), cause, count)));
    if (foreign > 0) {
      line(
          text,
          "%,d record%s of %s cannot be read as dead letters.",
          foreign,
          foreign == 1 ? "" : "s",
          Letters.TOPIC);
    }
    if (!newest.isEmpty()) {
      line(text, "%nThe newest (letter, written at, input, cause, key: detail):");
    }
    for (Row row : newestFirst()) {
      Letter letter = row.letter;
      String detail = PayloadView.printable(letter.content().getDetail());
      line(
          text,
          "  %-8s %s  %s  %s  %s: %s",
          letter.address(),
          Instant.ofEpochMilli(letter.writtenMs()),
          letter.input(),
          letter.cause(),
          PayloadView.key(letter.key()),
          detail.length() <= DETAIL_CHARACTERS
              ? detail
              : detail.substring(0, DETAIL_CHARACTERS) + "...");
    }
    return text.toString().stripTrailing();
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  /** For machines, on one line. */
  String json(long foreign) {
    ObjectNode json = JSON.createObjectNode();
    json.put("dead_letters", taken).put("not_dead_letters", foreign);
    var countsJson = json.putArray("counts");
    counts.forEach(
        (topic, causes) ->
            causes.forEach(
                (cause, count) ->
                    countsJson
                        .addObject()
                        .put("topic", topic)
                        .put("cause", cause)
                        .put("count", count)));
    var lettersJson = json.putArray("newest");
    for (Row row : newestFirst()) {
      DeadLetter content = row.letter.content();
      lettersJson
          .addObject()
          .put("letter", row.letter.address())
          .put("written_at", Instant.ofEpochMilli(row.letter.writtenMs()).toString())
          .put("input", row.letter.input().toString())
          .put("cause", row.letter.cause().name())
          .put("key", row.letter.key() == null ? null : PayloadView.key(row.letter.key()))
          .put("detail", content.getDetail())
          .put("lateness_ms", content.getLatenessMs())
          .put("payload_length", content.getPayloadLength())
          .put("whole", row.whole);
    }
    return json.toString();
  }
}
