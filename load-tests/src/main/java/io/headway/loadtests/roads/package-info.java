// SPDX-License-Identifier: Apache-2.0
/** Builds road networks from OpenStreetMap and shows what is in them. */
package io.headway.loadtests.roads;
