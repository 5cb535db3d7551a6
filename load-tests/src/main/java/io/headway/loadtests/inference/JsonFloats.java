// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads the first array of a JSON text, which has to hold numbers and nothing else, straight from
 * its bytes into a buffer: what a general parser does once more for every token is most of the cost
 * of a record of 784 numbers. One use.
 */
final class JsonFloats {
  /** Powers of ten that a double holds exactly. */
  private static final double[] POWERS = powers();

  /** Up to here a double holds every whole number. */
  private static final long EXACT_MAX = 1L << 53;

  /** A larger number does not fit when a digit is added. */
  private static final long DIGITS_MAX = (Long.MAX_VALUE - 9) / 10;

  /** Behind the point, one before it. */
  private static final int PLAIN_DIGITS_MAX = 14;

  /** A digit, a point, those digits, and what comes next. */
  private static final int PLAIN_BYTES = PLAIN_DIGITS_MAX + 3;

  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long EIGHT_ZEROS = 0x3030303030303030L;
  private static final long ABOVE_NINE = 0x7676767676767676L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long EVERY_FOURTH = 0x000000FF000000FFL;

  private static final int EXPONENT_MAX = 9_999;

  /** Bits of a double that a float does not have, and what they are halfway between two floats. */
  private static final long BELOW_FLOAT = (1L << 29) - 1;

  private static final long HALFWAY = 1L << 28;

  private final byte[] text;
  private int at;

  private JsonFloats(byte[] text) {
    this.text = text;
  }

  /**
   * @throws IllegalArgumentException when there is no such array
   */
  static void read(byte[] text, FloatBuffer into) {
    new JsonFloats(text).read(into);
  }

  private void read(FloatBuffer into) {
    while (peek() != '[') {
      if (peek() < 0) {
        throw wrong("there is no array");
      }
      at++;
    }
    at++;
    if (skipSpace() == ']') {
      return;
    }
    while (true) {
      into.put(plainNumber());
      int next = skipSpace();
      at++;
      if (next == ']') {
        return;
      } else if (next != ',') {
        throw wrong("a comma or the array's end is missing");
      }
      skipSpace();
    }
  }

  /**
   * Most numbers are like 0.1234567: the same as {@link #number}, the digits behind the point eight
   * at once.
   */
  private float plainNumber() {
    int i = at;
    if (i + PLAIN_BYTES > text.length || text[i + 1] != '.' || !isDigit(text[i])) {
      return number();
    }
    long eight = (long) EIGHT_BYTES.get(text, i + 2) ^ EIGHT_ZEROS;
    // The highest bit of the first byte that is no digit, and maybe of some after it.
    long others = ((eight + ABOVE_NINE) | eight) & HIGH_BITS;
    int count = Long.numberOfTrailingZeros(others) / Byte.SIZE;
    if (count == 0) {
      return number();
    }
    // As if there were zeros before them.
    long padded = eight << (Byte.SIZE * (Long.BYTES - count));
    long digits = (text[i] - '0') * (long) POWERS[count] + eightDigits(padded);
    i += 2 + count;
    for (int end = i + PLAIN_DIGITS_MAX - Long.BYTES; isDigit(text[i]); i++) {
      if (i == end || count < Long.BYTES) {
        return number();
      }
      digits = digits * 10 + text[i] - '0';
    }
    double value = digits / POWERS[i - at - 2];
    if ((text[i] != ',' && text[i] != ']') || !roundsToNearest(value)) {
      return number();
    }
    at = i;
    return (float) value;
  }

  private static boolean isDigit(byte character) {
    return character >= '0' && character <= '9';
  }

  /** Of the digits in the bytes, the first in the lowest: pairs, then fours, then all. */
  private static long eightDigits(long digits) {
    long pairs = digits * 10 + (digits >>> 8);
    return ((pairs & EVERY_FOURTH) * (100 + (1_000_000L << 32))
            + ((pairs >>> 16) & EVERY_FOURTH) * (1 + (10_000L << 32)))
        >>> 32;
  }

  /** The float that is nearest to the number. */
  private float number() {
    int start = at;
    boolean negative = peek() == '-';
    if (negative) {
      at++;
    }
    long digits = digits(0);
    int exponent = 0;
    if (peek() == '.') {
      int point = ++at;
      digits = digits(digits);
      exponent = point - at;
    }
    if ((peek() | 0x20) == 'e') {
      at++;
      exponent += exponent();
    }
    if (digits > EXACT_MAX || Math.abs(exponent) >= POWERS.length) {
      return parse(start);
    }
    double value = exponent < 0 ? digits / POWERS[-exponent] : digits * POWERS[exponent];
    return roundsToNearest(value) ? (float) (negative ? -value : value) : parse(start);
  }

  /**
   * Whether what is nearest to a number as a double is nearest to it as a float too: not when it
   * seems to lie halfway between two floats, nor where floats lie closer than they have bits for.
   */
  private static boolean roundsToNearest(double value) {
    return (Double.doubleToRawLongBits(value) & BELOW_FLOAT) != HALFWAY
        && (value >= Float.MIN_NORMAL || value == 0);
  }

  /** Appends digits, at least one; more than fit are as good as the largest number. */
  private long digits(long before) {
    long digits = before;
    int start = at;
    for (int digit = peek() - '0'; digit >= 0 && digit <= 9; digit = peek() - '0') {
      digits = digits > DIGITS_MAX ? Long.MAX_VALUE : digits * 10 + digit;
      at++;
    }
    if (at == start) {
      throw wrong("a digit is missing");
    }
    return digits;
  }

  private int exponent() {
    boolean negative = peek() == '-';
    if (negative || peek() == '+') {
      at++;
    }
    int exponent = (int) Math.min(EXPONENT_MAX, digits(0));
    return negative ? -exponent : exponent;
  }

  private float parse(int start) {
    return Float.parseFloat(new String(text, start, at - start, StandardCharsets.US_ASCII));
  }

  private int skipSpace() {
    while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') {
      at++;
    }
    return peek();
  }

  /** The byte that is next; negative at the end. */
  private int peek() {
    return at < text.length ? text[at] : -1;
  }

  private IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException(
        "The record cannot be read, for %s at byte %d of %d.".formatted(what, at, text.length));
  }

  private static double[] powers() {
    double[] powers = new double[23];
    powers[0] = 1;
    for (int i = 1; i < powers.length; i++) {
      powers[i] = 10 * powers[i - 1];
    }
    return powers;
  }
}
