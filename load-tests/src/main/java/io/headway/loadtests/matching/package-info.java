// SPDX-License-Identifier: Apache-2.0

/** How well the map matcher finds routes that are known, beside another matcher. */
package io.headway.loadtests.matching;
