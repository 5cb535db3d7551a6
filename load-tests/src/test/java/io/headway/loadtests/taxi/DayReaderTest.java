// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DayReaderTest {
  private static final String HEADER = DayReader.HEADER + "\n";

  @TempDir Path folder;

  @Test
  void readsRowsAsTheyStand() throws IOException {
    try (DayReader reader =
        reader(HEADER + "1211241600,ajthof,37.78523,-122.40643,0\r\n\n1211241600,b,-0.5,7,1")) {
      assertThat(reader.next())
          .isEqualTo(new Fix("ajthof", 1_211_241_600_000L, 37.78523, -122.40643, false));
      assertThat(reader.next()).isEqualTo(new Fix("b", 1_211_241_600_000L, -0.5, 7, true));
      assertThat(reader.next()).isNull();
      assertThat(reader.next()).isNull();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1,a,2,3 | has 4 fields instead of 5",
        "1,a,2,3,1,0 | has more than 5 fields",
        "x,a,2,3,1 | has no number in field 1",
        "1.5,a,2,3,1 | has no number in field 1",
        "1,a,,3,1 | has no number in field 3",
        "1,a,2,1.2.3,1 | has no number in field 4",
        "1,a,2,-,1 | has no number in field 4",
        "1,a,2,1234567890123456,1 | has no number in field 4",
        "1,a,2,3,yes | has an 'occupied' that is neither 0 nor 1",
        "1,,2,3,1 | has a cab name of 0 bytes",
      })
  void refusesARowThatIsNotOfTheFormAndSaysWhere(String row, String why) throws IOException {
    try (DayReader reader = reader(HEADER + "1,a,2,3,1\n" + row + "\n")) {
      assertThat(reader.next()).isNotNull();
      assertThatThrownBy(reader::next)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Line 3 of ")
          .hasMessageContaining("2008-05-17.csv.gz")
          .hasMessageContaining(why)
          .hasMessageContaining(row);
    }
  }

  @Test
  void refusesRowsThatAreNotSorted() throws IOException {
    try (DayReader reader = reader(HEADER + "2,a,2,3,1\n1,b,2,3,1\n")) {
      reader.next();
      assertThatThrownBy(reader::next).hasMessageContaining("earlier than the row before it");
    }
  }

  @Test
  void refusesARowWithoutEndBeforeItFillsTheMemory() throws IOException {
    try (DayReader reader = reader(HEADER + "1".repeat(100_000))) {
      assertThatThrownBy(reader::next).hasMessageContaining("longer than 256 bytes");
    }
  }

  @Test
  void refusesAnotherHeader() {
    assertThatThrownBy(() -> reader("time,cab\n1,a\n"))
        .hasMessageContaining("must begin with the header 'unix_s,cab,lat,lon,occupied'");
  }

  @Test
  void refusesAFileThatIsNotCompressed() throws IOException {
    Path file = Files.writeString(folder.resolve("2008-05-17.csv.gz"), HEADER);
    assertThatThrownBy(() -> new DayReader(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("2008-05-17.csv.gz");
  }

  @Test
  void refusesAFileThatBreaksOff() throws IOException {
    Path whole = DayFolder.write(folder.resolve("whole.gz"), HEADER + "1,a,2,3,1\n".repeat(2000));
    byte[] bytes = Files.readAllBytes(whole);
    Path half = folder.resolve("2008-05-17.csv.gz");
    Files.write(half, Arrays.copyOf(bytes, bytes.length - 12));
    try (DayReader reader = new DayReader(half)) {
      assertThatThrownBy(() -> readAll(reader))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("2008-05-17.csv.gz");
    }
  }

  private static List<Fix> readAll(DayReader reader) throws IOException {
    List<Fix> fixes = new ArrayList<>();
    for (Fix fix = reader.next(); fix != null; fix = reader.next()) {
      fixes.add(fix);
    }
    return fixes;
  }

  private DayReader reader(String text) throws IOException {
    return new DayReader(DayFolder.write(folder.resolve("2008-05-17.csv.gz"), text));
  }
}
