// SPDX-License-Identifier: Apache-2.0
/** Road networks, fetched and mapped once a TaskManager. */
package io.headway.functions.roads;
