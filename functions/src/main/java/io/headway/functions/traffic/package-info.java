// SPDX-License-Identifier: Apache-2.0
/** What vehicles and road events say of the roads, as numbered weights. */
package io.headway.functions.traffic;
