// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Reads one day file, {@code unix_s,cab,lat,lon,occupied} sorted by time and compressed with gzip,
 * row by row. Not thread-safe.
 */
final class DayReader implements Closeable {
  static final String HEADER = "unix_s,cab,lat,lon,occupied";

  private static final int BLOCK_BYTES = 1 << 16;
  private static final int LINE_BYTES_MAX = 256;
  private static final int CAB_BYTES_MAX = 40;
  private static final int CABS_MAX = 100_000;
  private static final int FIELDS = 5;
  private static final int DECIMALS_MAX = 15;
  private static final double[] POWERS_OF_TEN = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15
  };

  private final Path file;
  private final InputStream in;
  private final byte[] block = new byte[BLOCK_BYTES];
  private int blockAt;
  private int blockEnd;

  private final byte[] line = new byte[LINE_BYTES_MAX];
  private final int[] fieldEnds = new int[FIELDS];
  private int lineBytes;
  private long lineNumber;
  private long lastS = Long.MIN_VALUE;
  private final Map<String, String> cabs = new HashMap<>();

  DayReader(Path file) throws IOException {
    this.file = file;
    InputStream raw = Files.newInputStream(file);
    try {
      in = decompressed(raw);
      if (!readLine() || !lineText().equals(HEADER)) {
        throw refused("must begin with the header '" + HEADER + "'");
      }
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }

  /**
   * The next row.
   *
   * @return null at the end of the file
   * @throws IOException when the row is not of the form, or earlier than the row before it
   */
  Fix next() throws IOException {
    do {
      if (!readLine()) {
        return null;
      }
    } while (lineBytes == 0);
    splitLine();
    long timeS = (long) number(0, false);
    if (timeS < lastS) {
      throw refused("is earlier than the row before it; sort the file by time");
    }
    lastS = timeS;
    boolean occupied = flag();
    return new Fix(cab(), timeS * 1000, number(2, true), number(3, true), occupied);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private InputStream decompressed(InputStream raw) throws IOException {
    try {
      return new GZIPInputStream(raw, BLOCK_BYTES);
    } catch (ZipException | EOFException e) {
      throw damaged(e);
    }
  }

  private boolean readLine() throws IOException {
    lineBytes = 0;
    lineNumber++;
    boolean any = false;
    while (true) {
      if (blockAt == blockEnd) {
        blockEnd = readBlock();
        blockAt = 0;
        if (blockEnd == 0) {
          return any;
        }
      }
      any = true;
      byte b = block[blockAt++];
      if (b == '\n') {
        return true;
      }
      if (b == '\r') {
        continue;
      }
      if (lineBytes == LINE_BYTES_MAX) {
        throw refused("is longer than " + LINE_BYTES_MAX + " bytes");
      }
      line[lineBytes++] = b;
    }
  }

  private int readBlock() throws IOException {
    try {
      return Math.max(0, in.read(block));
    } catch (ZipException | EOFException e) {
      throw damaged(e);
    }
  }

  private void splitLine() throws IOException {
    int field = 0;
    for (int i = 0; i < lineBytes; i++) {
      if (line[i] == ',') {
        if (field == FIELDS - 1) {
          throw refused("has more than " + FIELDS + " fields");
        }
        fieldEnds[field++] = i;
      }
    }
    if (field != FIELDS - 1) {
      throw refused("has " + (field + 1) + " fields instead of " + FIELDS);
    }
    fieldEnds[field] = lineBytes;
  }

  private int fieldStart(int field) {
    return field == 0 ? 0 : fieldEnds[field - 1] + 1;
  }

  private String cab() throws IOException {
    int start = fieldStart(1);
    int bytes = fieldEnds[1] - start;
    if (bytes == 0 || bytes > CAB_BYTES_MAX) {
      throw refused("has a cab name of " + bytes + " bytes; 1 to " + CAB_BYTES_MAX + " are taken");
    }
    String name = new String(line, start, bytes, StandardCharsets.UTF_8);
    String known = cabs.get(name);
    if (known != null) {
      return known;
    }
    if (cabs.size() == CABS_MAX) {
      throw refused("names more than " + CABS_MAX + " cabs in one day");
    }
    cabs.put(name, name);
    return name;
  }

  private boolean flag() throws IOException {
    int start = fieldStart(4);
    if (fieldEnds[4] - start != 1 || (line[start] != '0' && line[start] != '1')) {
      throw refused("has an 'occupied' that is neither 0 nor 1");
    }
    return line[start] == '1';
  }

  private double number(int field, boolean fraction) throws IOException {
    int at = fieldStart(field);
    int end = fieldEnds[field];
    boolean negative = at < end && line[at] == '-';
    if (negative) {
      at++;
    }
    long digits = 0;
    int count = 0;
    int decimals = -1;
    for (; at < end; at++) {
      int digit = line[at] - '0';
      if (line[at] == '.' && fraction && decimals < 0) {
        decimals = 0;
      } else if (digit >= 0 && digit <= 9 && count < DECIMALS_MAX) {
        digits = digits * 10 + digit;
        count++;
        decimals += decimals >= 0 ? 1 : 0;
      } else {
        throw refused("has no number in field " + (field + 1));
      }
    }
    if (count == 0) {
      throw refused("has no number in field " + (field + 1));
    }
    double value = digits / POWERS_OF_TEN[Math.max(0, decimals)];
    return negative ? -value : value;
  }

  private String lineText() {
    return new String(line, 0, lineBytes, StandardCharsets.UTF_8);
  }

  private IOException damaged(IOException cause) {
    return new IOException(
        "The file "
            + file
            + " is not whole gzip data ("
            + cause.getMessage()
            + "), so the recording cannot be replayed; fetch it again or compress it with gzip.",
        cause);
  }

  private IOException refused(String why) {
    return new IOException(
        "Line "
            + lineNumber
            + " of "
            + file
            + " "
            + why
            + ": '"
            + lineText()
            + "'. The recording cannot be replayed; each row must read "
            + HEADER
            + ".");
  }
}
