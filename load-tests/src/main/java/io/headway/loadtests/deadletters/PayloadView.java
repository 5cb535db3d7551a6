// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.functions.ingest.ConfluentFormat;
import io.headway.functions.ingest.ConfluentReader;
import io.headway.functions.ingest.InputType;
import io.headway.functions.registry.SchemaRegistry;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.avro.specific.SpecificRecordBase;

/** Bytes of records as people can read them; nothing in them can steer a terminal. */
final class PayloadView {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int HEX_LINE_BYTES = 16;
  private static final int MAX_HEX_BYTES = 512;
  private static final int MAX_JSON_CHARACTERS = 20_000;

  private PayloadView() {}

  /**
   * The record as JSON, as the job reads it, when the bytes are whole and of a known schema of the
   * topic, otherwise their beginning in hex and text. Before it stands which schema of a registry
   * the bytes name, if they do.
   *
   * @param registry for bytes in Confluent's format; null when there is none
   */
  static String of(Letter letter, SchemaRegistry registry) {
    byte[] payload = letter.payload();
    String hex = hex(payload, letter.content().getPayloadLength());
    String topic = letter.content().getTopic();
    if (!ConfluentFormat.isIn(payload)) {
      String json = letter.isWhole() ? json(() -> InputType.ofTopic(topic).decode(payload)) : null;
      return json != null ? json : hex;
    }
    String format = "Confluent's format, schema id " + ConfluentFormat.schemaId(payload);
    if (!letter.isWhole()) {
      return format + ":\n" + hex;
    }
    if (registry == null) {
      return format + "; --registry-url would have it read:\n" + hex;
    }
    String json = json(() -> confluent(topic, registry).read(payload));
    return json != null
        ? format + ", as the job reads it:\n" + json
        : format + ", with which it cannot be read now:\n" + hex;
  }

  private static ConfluentReader<?> confluent(String topic, SchemaRegistry registry) {
    return new ConfluentReader<>(InputType.ofTopic(topic), registry::schema);
  }

  private static String json(Callable<SpecificRecordBase> record) {
    String text;
    try {
      text = record.call().toString();
    } catch (Exception e) {
      return null; // The letter's detail says what is wrong with the bytes.
    }
    try {
      text = JSON.readTree(text).toPrettyString();
    } catch (JsonProcessingException e) {
      // What is no number in JSON (NaN) stays as Avro writes it.
    }
    return text.length() <= MAX_JSON_CHARACTERS
        ? lines(text)
        : lines(text.substring(0, MAX_JSON_CHARACTERS)) + "\n... and so on";
  }

  private static String lines(String text) {
    return String.join("\n", text.lines().map(PayloadView::printable).toList());
  }

  /** The beginning of the bytes, sixteen a line, with their printable ASCII beside. */
  static String hex(byte[] bytes, int wholeLength) {
    StringBuilder view = new StringBuilder();
    int shown = Math.min(bytes.length, MAX_HEX_BYTES);
    for (int from = 0; from < shown; from += HEX_LINE_BYTES) {
      StringBuilder hex = new StringBuilder();
      StringBuilder text = new StringBuilder();
      for (int i = from; i < Math.min(from + HEX_LINE_BYTES, shown); i++) {
        hex.append(String.format(Locale.ROOT, "%02x ", bytes[i]));
        text.append(bytes[i] >= 0x20 && bytes[i] < 0x7F ? (char) bytes[i] : '.');
      }
      view.append(String.format(Locale.ROOT, "%06x  %-48s %s%n", from, hex, text));
    }
    if (shown < wholeLength) {
      view.append(String.format(Locale.ROOT, "... %,d of %,d bytes shown%n", shown, wholeLength));
    }
    return view.toString().stripTrailing();
  }

  /** A key as text; {@code none} for null. */
  static String key(byte[] key) {
    return key == null ? "none" : printable(new String(key, StandardCharsets.UTF_8));
  }

  /** The text with a dot for every control character. */
  static String printable(String text) {
    StringBuilder printable = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c ->
                printable.appendCodePoint(
                    Character.isISOControl(c) || Character.getType(c) == Character.FORMAT
                        ? '.'
                        : c));
    return printable.toString();
  }
}
