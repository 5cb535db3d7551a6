// SPDX-License-Identifier: Apache-2.0

/** Judges policies: which decide how well, in simulated cities, through the job's own operators. */
package io.headway.loadtests.decisions;
