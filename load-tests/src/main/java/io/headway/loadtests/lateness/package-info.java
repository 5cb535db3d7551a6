// SPDX-License-Identifier: Apache-2.0

/**
 * The data that models of lateness are trained and judged on, from what stands on the job's own
 * topics.
 */
package io.headway.loadtests.lateness;
