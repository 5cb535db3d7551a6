// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.functions.ingest.InputType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Bytes of records as people can read them; nothing in them can steer a terminal. */
final class PayloadView {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int HEX_LINE_BYTES = 16;
  private static final int MAX_HEX_BYTES = 512;
  private static final int MAX_JSON_CHARACTERS = 20_000;

  private PayloadView() {}

  /**
   * The record as JSON when the bytes are whole and of a known schema of the topic, otherwise their
   * beginning in hex and text.
   */
  static String of(Letter letter) {
    byte[] payload = letter.payload();
    if (letter.isWhole()) {
      String json = json(letter.content().getTopic(), payload);
      if (json != null) {
        return json;
      }
    }
    return hex(payload, letter.content().getPayloadLength());
  }

  private static String json(String topic, byte[] payload) {
    String text;
    try {
      text = InputType.ofTopic(topic).decode(payload).toString();
    } catch (IOException | RuntimeException e) {
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
