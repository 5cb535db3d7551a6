// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.schemas.DeadLetterCause;

/**
 * Why an input cannot be used.
 *
 * @param cause the kind of fault
 * @param detail the field, its value, the consequence and the remedy, for a person
 */
public record Fault(DeadLetterCause cause, String detail) {}
