// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Day files read one after the other, as a chain of moments that several lanes walk at their own
 * pace. It is read as far as the foremost lane has come, and forgotten behind the last one. Not
 * thread-safe.
 */
final class Recording implements Closeable {

  /** A place in the chain. */
  static final class Node {
    private final TripCutter.Moment moment;
    private Node next;

    private Node(TripCutter.Moment moment) {
      this.moment = moment;
    }

    /** What happened there; null at the beginning, before the first moment. */
    TripCutter.Moment moment() {
      return moment;
    }
  }

  private final Deque<Path> unread;
  private final TripCutter cutter = new TripCutter(this::append);
  private Node last = new Node(null);
  private DayReader reader;
  private boolean ended;

  Recording(List<Path> days) {
    unread = new ArrayDeque<>(days);
  }

  /** The end of what was read so far: before anything was read, the beginning of the chain. */
  Node here() {
    return last;
  }

  /**
   * The place after that one.
   *
   * @return null when the recording has ended
   */
  Node after(Node node) throws IOException {
    while (node.next == null && !ended) {
      read();
    }
    return node.next;
  }

  /** How many occupied stretches were read so far, by their fate. */
  Map<StretchFate, Long> fates() {
    return cutter.fates();
  }

  private void read() throws IOException {
    if (reader == null) {
      if (unread.isEmpty()) {
        cutter.end();
        ended = true;
        return;
      }
      reader = new DayReader(unread.poll());
    }
    Fix fix = reader.next();
    if (fix == null) {
      close();
    } else {
      cutter.accept(fix);
    }
  }

  private void append(TripCutter.Moment moment) {
    Node node = new Node(moment);
    last.next = node;
    last = node;
  }

  @Override
  public void close() throws IOException {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }
}
