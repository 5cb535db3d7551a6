// SPDX-License-Identifier: Apache-2.0
/** The road network: its file, the view of it in memory, and the search of roads near a place. */
package io.headway.kernels.roads;
