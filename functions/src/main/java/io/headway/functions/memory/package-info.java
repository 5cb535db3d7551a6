// SPDX-License-Identifier: Apache-2.0
/** The budget of native memory. */
package io.headway.functions.memory;
