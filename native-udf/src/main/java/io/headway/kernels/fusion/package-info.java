// SPDX-License-Identifier: Apache-2.0
/** Fusion of positions, speeds and headings into one estimate of a vehicle's motion. */
package io.headway.kernels.fusion;
