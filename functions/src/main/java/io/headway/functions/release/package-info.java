// SPDX-License-Identifier: Apache-2.0
/** Which version of a model answers which request, and when one is taken back. */
package io.headway.functions.release;
