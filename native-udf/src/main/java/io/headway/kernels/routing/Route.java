// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.routing;

/**
 * A way along directed edges, from an offset on the first to an offset on the last.
 *
 * @param edges consecutive edges; the first is the one it starts on, the last the one it ends on; a
 *     route within one edge has one, a route that comes back to its first edge from behind has it
 *     at both ends
 * @param distanceM metres driven: the first and the last edge count in part
 * @param seconds travel time, partial edges in proportion to their length
 */
public record Route(int[] edges, double distanceM, double seconds) {}
