// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

/**
 * Why the demo cannot start on this machine or with these options: one sentence that says what is
 * wrong and what to do.
 */
final class StartProblem extends Exception {
  private static final long serialVersionUID = 1;

  StartProblem(String message) {
    super(message);
  }

  StartProblem(String message, Throwable cause) {
    super(message, cause);
  }
}
