// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.roads;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The {@code *.roads} file, format version 1. All numbers are little-endian, {@code i32}, {@code
 * i64} two's complement, {@code f32} IEEE 754.
 *
 * <pre>
 * header, 168 bytes
 *    0  8 bytes    magic, ASCII "HWYROADS"
 *    8  i32        format version, 1
 *   12  i32        header size in bytes, 168
 *   16  i64        file size in bytes, at most 2^31 - 1
 *   24  i32        N, number of nodes
 *   28  i32        E, number of directed edges
 *   32  i32        P, number of inner geometry points
 *   36  i32        number of sections, 12
 *   40  i64 x 12   byte offset of each section from the start of the file
 *  136  32 bytes   SHA-256 of bytes [0, 136) followed by bytes [168, file size)
 *
 * sections, in this order, each begins at the next multiple of 8 after the one before; the
 * padding is zero
 *   0  nodes       N     x (i32 lat, i32 lon), in 1e-7 degrees
 *   1  first out   N + 1 x i32   out edges of n are [first(n), first(n + 1)); first(N) = E
 *   2  from        E     x i32   node; ascending
 *   3  to          E     x i32   node
 *   4  length      E     x f32   metres, &gt; 0
 *   5  free speed  E     x f32   metres per second, &gt; 0
 *   6  class       E     x u8    0 motorway, 1 trunk, 2 primary, 3 secondary, 4 tertiary,
 *                                 5 residential, 6 service
 *   7  reverse     E     x i32   the edge of the other direction with the mirrored geometry, or -1
 *   8  first point E + 1 x i32   inner points of e are [first(e), first(e + 1)); first(E) = P
 *   9  points      P     x (i32 lat, i32 lon), in 1e-7 degrees, without the edge's two end nodes
 *  10  first in    N + 1 x i32   in edges of n are entries [first(n), first(n + 1)) of section 11
 *  11  in edges    E     x i32   edge; by to-node, then ascending
 * </pre>
 *
 * The network's id is the hexadecimal form of the first 16 bytes of the SHA-256.
 */
final class RoadFileLayout {
  static final byte[] MAGIC = {'H', 'W', 'Y', 'R', 'O', 'A', 'D', 'S'};
  static final int VERSION = 1;

  static final int VERSION_AT = 8;
  static final int HEADER_BYTES_AT = 12;
  static final int FILE_BYTES_AT = 16;
  static final int NODES_AT = 24;
  static final int EDGES_AT = 28;
  static final int POINTS_AT = 32;
  static final int SECTION_COUNT_AT = 36;
  static final int SECTION_OFFSETS_AT = 40;
  static final int SECTIONS = 12;
  static final int SHA256_AT = SECTION_OFFSETS_AT + 8 * SECTIONS;
  static final int SHA256_BYTES = 32;
  static final int HEADER_BYTES = SHA256_AT + SHA256_BYTES;
  static final int ID_BYTES = 16;

  static final int NODE = 0;
  static final int FIRST_OUT = 1;
  static final int FROM = 2;
  static final int TO = 3;
  static final int LENGTH = 4;
  static final int FREE_SPEED = 5;
  static final int CLASS = 6;
  static final int REVERSE = 7;
  static final int FIRST_POINT = 8;
  static final int POINT = 9;
  static final int FIRST_IN = 10;
  static final int IN_EDGE = 11;

  private static final double UNITS_PER_DEG = 1e7;

  private RoadFileLayout() {}

  /** Sizes of the sections in bytes, without padding. */
  static long[] sectionBytes(long nodes, long edges, long points) {
    return new long[] {
      8 * nodes,
      4 * (nodes + 1),
      4 * edges,
      4 * edges,
      4 * edges,
      4 * edges,
      edges,
      4 * edges,
      4 * (edges + 1),
      8 * points,
      4 * (nodes + 1),
      4 * edges
    };
  }

  /** Offsets of the sections, and after them the size of the file. */
  static long[] sectionOffsets(long[] sectionBytes) {
    long[] offsets = new long[SECTIONS + 1];
    offsets[0] = HEADER_BYTES;
    for (int i = 0; i < SECTIONS; i++) {
      offsets[i + 1] = (offsets[i] + sectionBytes[i] + 7) & ~7L;
    }
    return offsets;
  }

  /** SHA-256 of the content of a whole file: everything but the hash itself. */
  static byte[] sha256(ByteBuffer file) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
    digest.update(file.slice(0, SHA256_AT));
    digest.update(file.slice(HEADER_BYTES, file.capacity() - HEADER_BYTES));
    return digest.digest();
  }

  static int toUnits(double deg) {
    return (int) Math.round(deg * UNITS_PER_DEG);
  }

  static double toDeg(int units) {
    return units / UNITS_PER_DEG;
  }
}
