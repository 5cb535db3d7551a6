// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

/**
 * A stretch of a road.
 *
 * @param edge directed edge
 * @param fromM where it begins, metres from the start of the edge
 * @param toM where it ends; before {@code fromM} where noise seems to drive backwards
 */
public record Stretch(int edge, double fromM, double toM) {}
