// SPDX-License-Identifier: Apache-2.0
/** What the inference engine does inside Flink, measured beside the usual ways to ask a model. */
package io.headway.loadtests.inference;
