// SPDX-License-Identifier: Apache-2.0

/** Commands that measure: {@code ./headway bench} and {@code ./headway evaluate}. */
package io.headway.loadtests.bench;
