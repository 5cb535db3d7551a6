// SPDX-License-Identifier: Apache-2.0
/** The schema registry: by which number a record's bytes name the schema that they follow. */
package io.headway.functions.registry;
