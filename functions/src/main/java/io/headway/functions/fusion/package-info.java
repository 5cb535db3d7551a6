// SPDX-License-Identifier: Apache-2.0
/** Telemetry put in order, filtered and matched to the road. */
package io.headway.functions.fusion;
