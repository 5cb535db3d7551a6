// SPDX-License-Identifier: Apache-2.0
/** How soon a road event becomes new decisions for the vehicles that it touches. */
package io.headway.loadtests.adaptivity;
