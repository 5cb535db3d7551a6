// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

/** What became of a leg of a plan that was to be kept. */
enum LegFate {
  /** It was driven as requested, and its time is known. */
  OBSERVED,
  /** The plan stands as requested, and the run ended first. */
  UNFINISHED,
  /** Before it was driven a stop up to its end was added, cancelled or moved. */
  PLAN_CHANGED,
  /** The vehicle had not set out on its round, and no topic says when it would. */
  NOT_SET_OUT,
  /** There was nothing to drive: the stop is where the vehicle is. */
  NOTHING_TO_DRIVE
}
