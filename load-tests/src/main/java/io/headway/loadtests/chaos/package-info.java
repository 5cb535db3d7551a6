// SPDX-License-Identifier: Apache-2.0
/**
 * Breaks a running job's cluster and broker on purpose, and tells from outside what became of it.
 */
package io.headway.loadtests.chaos;
