// SPDX-License-Identifier: Apache-2.0

/** Feeds a Kafka of one's own with a simulated city or a recorded fleet. */
package io.headway.loadtests.feeder;
