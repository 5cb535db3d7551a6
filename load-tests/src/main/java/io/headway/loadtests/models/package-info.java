// SPDX-License-Identifier: Apache-2.0
/** The command that releases models, and what stands on their topic. */
package io.headway.loadtests.models;
