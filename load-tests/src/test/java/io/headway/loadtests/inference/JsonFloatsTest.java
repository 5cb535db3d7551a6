// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFloatsTest {

  @Property
  void everyFloatIsReadAsItWasWritten(@ForAll int bits) {
    float value = Float.intBitsToFloat(bits);
    if (Float.isFinite(value)) {
      assertThat(one(Float.toString(value))).isEqualTo(value);
    }
  }

  @Property
  void everyNumberIsReadAsTheFloatNextToIt(
      @ForAll long digits, @ForAll @IntRange(min = -60, max = 60) int exponent) {
    for (String number :
        new String[] {
          digits + "e" + exponent, BigDecimal.valueOf(digits, 30 + exponent / 2).toPlainString()
        }) {
      assertThat(one(number)).isEqualTo(Float.parseFloat(number));
    }
  }

  @Property(tries = 10_000)
  void digitsBehindAPointAreReadWhateverTheirNumber(
      @ForAll @IntRange(min = 0, max = 9) int whole,
      @ForAll @NumericChars @StringLength(min = 1, max = 20) String digits) {
    String number = whole + "." + digits;
    assertThat(one(number)).isEqualTo(Float.parseFloat(number));
  }

  /** Numbers that a double takes for halfway between two floats. */
  @Property
  void whatLiesNextToHalfwayIsNotRoundedTwice(@ForAll int bits) {
    float value = Math.abs(Float.intBitsToFloat(bits));
    if (Float.isFinite(value) && value < Float.MAX_VALUE) {
      BigDecimal halfway =
          new BigDecimal(value)
              .add(new BigDecimal(Math.nextUp(value)))
              .divide(BigDecimal.valueOf(2));
      BigDecimal little = halfway.ulp();
      for (BigDecimal number :
          new BigDecimal[] {halfway, halfway.add(little), halfway.subtract(little)}) {
        assertThat(one(number.toString())).isEqualTo(Float.parseFloat(number.toString()));
      }
    }
  }

  @Test
  void halfwayWithFewDigitsIsRoundedOnce() {
    // 2^24 + 1 lies between two floats, and a little more is nearer to the upper one.
    assertThat(one("16777217")).isEqualTo(16_777_216f);
    assertThat(one("16777217.0000001")).isEqualTo(16_777_218f);
    assertThat(one("16777217.00000000000001")).isEqualTo(16_777_218f);
  }

  @Test
  void whatStandsAroundTheNumbersIsSkipped() {
    assertThat(read("{ \"data\" :\t[ 1 ,\n-0.5e1,\r2E+2 ] , \"more\": 7 }", 3))
        .containsExactly(1f, -5f, 200f);
    assertThat(read("{\"data\":[]}", 0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[1 2]",
        "[-]",
        "[1.]",
        "[1e]",
        "[0.1234567 8,0.123456789012345]",
        "[0.x23456789012345]",
        "[\"1\"]",
        "[[1]]"
      })
  void whatIsNoArrayOfNumbersIsRefused(String text) {
    assertThatThrownBy(() -> read(text, 9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("The record cannot be read");
  }

  /** With little behind it and with much, which are read in different ways. */
  private static float one(String number) {
    float last = read("[" + number + "]", 1)[0];
    float first = read("[" + number + ",123456789.123456789]", 2)[0];
    assertThat(first).as(number).isEqualTo(last);
    return first;
  }

  private static float[] read(String text, int count) {
    FloatBuffer numbers = FloatBuffer.allocate(count);
    JsonFloats.read(text.getBytes(StandardCharsets.US_ASCII), numbers);
    return numbers.array();
  }
}
