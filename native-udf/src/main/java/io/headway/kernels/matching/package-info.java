// SPDX-License-Identifier: Apache-2.0
/** Matching of positions to the roads that a vehicle drives. */
package io.headway.kernels.matching;
