// SPDX-License-Identifier: Apache-2.0
/**
 * Replays recorded fleets, with arrivals promised from earlier days, and judges decisions by what
 * was recorded. {@link io.headway.loadtests.taxi.TaxiFeed} is the way in.
 */
package io.headway.loadtests.taxi;
