// SPDX-License-Identifier: Apache-2.0
/**
 * Inputs and outputs: decoding, checks, watermarks, dead letters and what became of every record.
 */
package io.headway.functions.ingest;
