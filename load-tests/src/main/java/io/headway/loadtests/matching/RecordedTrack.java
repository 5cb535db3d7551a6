// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.matching;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * One track of the data set of Kubicka et al. (Dataset for testing and training of map-matching
 * algorithms, IEEE IV 2015): positions each second, the road network around them and the route that
 * was driven.
 *
 * @param id number of the track
 * @param fixes the positions, in order of time
 * @param route arcs of the true route in order
 * @param arcs the road network
 */
record RecordedTrack(String id, List<Fix> fixes, int[] route, ArcNetwork arcs) {

  /** These lie 135 m beside their true route in the median. */
  private static final Set<String> DISPLACED = Set.of("00000033", "00000054");

  /** A position and its event time. */
  record Fix(long timeMs, double latDeg, double lonDeg) {}

  /**
   * Finds the tracks that can be used.
   *
   * @param data the data set's folder
   * @throws IOException if there is none
   */
  static List<Path> find(Path data) throws IOException {
    Path tracks = data.resolve("tracks");
    if (!Files.isDirectory(tracks)) {
      throw new IOException(
          data
              + " has no folder 'tracks', so there is nothing to match; give the folder of the data"
              + " set of Kubicka et al. (2015), with tracks/00000000 and so on.");
    }
    try (Stream<Path> listed = Files.list(tracks)) {
      return listed
          .filter(folder -> !DISPLACED.contains(folder.getFileName().toString()))
          .sorted()
          .toList();
    }
  }

  /**
   * Reads a track.
   *
   * @param scratch a folder for its road network
   */
  static RecordedTrack read(Path folder, Path scratch) throws IOException {
    String id = folder.getFileName().toString();
    List<Fix> fixes =
        Arrays.stream(numbers(folder.resolve(id + ".track.gz")))
            .map(row -> new Fix(Math.round(1_000 * row[2]), row[1], row[0]))
            .toList();
    int[] route =
        Arrays.stream(numbers(folder.resolve(id + ".route.gz")))
            .mapToInt(row -> (int) row[0])
            .toArray();
    ArcNetwork arcs =
        ArcNetwork.of(
            numbers(folder.resolve(id + ".nodes.gz")),
            numbers(folder.resolve(id + ".arcs.gz")),
            scratch.resolve(id + ".roads"));
    return new RecordedTrack(id, fixes, route, arcs);
  }

  /** The track with at least so many seconds between fixes; the first and the last fix stay. */
  static List<Fix> thinned(List<Fix> fixes, int intervalS) {
    List<Fix> kept = new ArrayList<>();
    for (int i = 0; i < fixes.size(); i++) {
      Fix fix = fixes.get(i);
      boolean last = i == fixes.size() - 1;
      if (kept.isEmpty()
          || last
          || fix.timeMs() - kept.get(kept.size() - 1).timeMs() >= 1_000L * intervalS) {
        kept.add(fix);
      }
    }
    return kept;
  }

  private static double[][] numbers(Path file) throws IOException {
    List<double[]> rows = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.US_ASCII))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.isBlank()) {
          rows.add(
              Arrays.stream(line.trim().split("\\s+")).mapToDouble(Double::parseDouble).toArray());
        }
      }
    }
    return rows.toArray(double[][]::new);
  }
}
