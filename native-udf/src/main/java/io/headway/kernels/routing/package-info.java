// SPDX-License-Identifier: Apache-2.0
/** Fastest routes and real alternatives on live travel times. */
package io.headway.kernels.routing;
