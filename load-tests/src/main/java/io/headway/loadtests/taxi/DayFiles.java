// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The day files of a folder, {@code YYYY-MM-DD.csv.gz}, each named by its UTC day. Immutable. */
final class DayFiles {
  private static final String SUFFIX = ".csv.gz";

  private final Path folder;
  private final NavigableMap<LocalDate, Path> files;

  private DayFiles(Path folder, NavigableMap<LocalDate, Path> files) {
    this.folder = folder;
    this.files = files;
  }

  /**
   * @throws IOException when the folder cannot be read or has no day file
   */
  static DayFiles in(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException(
          "The data folder '"
              + folder
              + "' is not a folder, so nothing can be replayed; give the folder that holds the"
              + " recording's YYYY-MM-DD"
              + SUFFIX
              + " files.");
    }
    NavigableMap<LocalDate, Path> files = new TreeMap<>();
    try (Stream<Path> entries = Files.list(folder)) {
      entries.forEach(entry -> dayOf(entry).ifPresent(day -> files.put(day, entry)));
    }
    if (files.isEmpty()) {
      throw new IOException(
          "The data folder '"
              + folder
              + "' has no file named YYYY-MM-DD"
              + SUFFIX
              + ", so nothing can be replayed; give the folder that holds them.");
    }
    return new DayFiles(folder, files);
  }

  private static Optional<LocalDate> dayOf(Path file) {
    String name = file.getFileName().toString();
    if (!name.endsWith(SUFFIX)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          LocalDate.parse(
              name.substring(0, name.length() - SUFFIX.length()),
              DateTimeFormatter.ISO_LOCAL_DATE));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** What the folder has, for a sentence about what it lacks. */
  String described() {
    return "'" + folder + "' has " + files.firstKey() + " to " + files.lastKey() + " (UTC days)";
  }

  static String nameOf(LocalDate day) {
    return day + SUFFIX;
  }

  /** Every day, ascending. */
  List<LocalDate> days() {
    return List.copyOf(files.keySet());
  }

  boolean has(LocalDate day) {
    return files.containsKey(day);
  }

  /** The files of the first days, at most so many. */
  List<Path> first(int daysMax) {
    return files.values().stream().limit(daysMax).toList();
  }

  /** The files of the last days strictly before that day, oldest first, at most so many. */
  List<Path> before(LocalDate day, int daysMax) {
    List<Path> earlier = List.copyOf(files.headMap(day, false).values());
    return earlier.subList(Math.max(0, earlier.size() - daysMax), earlier.size());
  }

  /** The files of that day and of the days that follow it without a gap. */
  List<Path> from(LocalDate day) {
    List<Path> chain = new ArrayList<>();
    for (LocalDate next = day; files.containsKey(next); next = next.plusDays(1)) {
      chain.add(files.get(next));
    }
    return chain;
  }
}
