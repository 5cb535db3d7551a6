// SPDX-License-Identifier: Apache-2.0

/** How results of benchmarks and evaluations are written. */
package io.headway.loadtests.results;
