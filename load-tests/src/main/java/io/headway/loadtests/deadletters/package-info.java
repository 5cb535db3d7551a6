// SPDX-License-Identifier: Apache-2.0
/** Dead letters: why records failed, and sending them back after a fix. */
package io.headway.loadtests.deadletters;
