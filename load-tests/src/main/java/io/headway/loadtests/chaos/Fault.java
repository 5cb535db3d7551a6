// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import java.io.IOException;
import java.util.Locale;

/** What can go wrong. Each is done to processes from outside, as machines do it. */
enum Fault {
  /** SIGKILL of a TaskManager that runs tasks. A spare one is there. */
  TASKMANAGER_KILLED(0) {
    @Override
    void inflict(Rig rig) throws IOException {
      rig.busyTaskManager().kill();
    }
  },
  /** SIGSTOP of a TaskManager that runs tasks for longer than its heartbeat may be missing. */
  TASKMANAGER_PAUSED(20) {
    @Override
    void inflict(Rig rig) throws IOException {
      rig.pause(rig.busyTaskManager());
    }

    @Override
    void mend(Rig rig) throws IOException {
      rig.resume();
    }
  },
  /** SIGKILL of the JobManager; another is started, as a supervisor does it. */
  JOBMANAGER_KILLED(0) {
    @Override
    void inflict(Rig rig) throws IOException {
      rig.cluster().jobManager().kill();
      rig.cluster().startJobManager();
    }
  },
  /** SIGKILL of the broker, and a start on the same data. */
  BROKER_KILLED(5) {
    @Override
    void inflict(Rig rig) throws IOException {
      rig.broker().process().kill();
    }

    @Override
    void mend(Rig rig) throws IOException {
      rig.broker().start();
    }
  },
  /** SIGSTOP of the broker: connections stay open, and nobody answers. */
  BROKER_STALLED(15) {
    @Override
    void inflict(Rig rig) throws IOException {
      rig.pause(rig.broker().process());
    }

    @Override
    void mend(Rig rig) throws IOException {
      rig.resume();
    }
  },
  /** No room under the checkpoint directory: checkpoints fail, and the job goes on without. */
  DISK_FULL(15) {
    @Override
    void inflict(Rig rig) throws IOException {
      rig.checkpointDisk().fill();
    }

    @Override
    void keepUp(Rig rig) throws IOException {
      // What a failed checkpoint leaves and Flink deletes is room again.
      rig.checkpointDisk().fill();
    }

    @Override
    void mend(Rig rig) throws IOException {
      rig.checkpointDisk().clear();
    }
  },
  /** Thousands of records at once that no one can read. */
  POISON_BURST(0) {
    @Override
    void inflict(Rig rig) {
      rig.sendPoison();
    }
  };

  private final int lastsS;

  Fault(int lastsS) {
    this.lastsS = lastsS;
  }

  /** Seconds until it is mended; 0 when there is nothing to mend. */
  int lastsS() {
    return lastsS;
  }

  /** Whether tasks are lost by it, so that the job starts again. */
  boolean stopsTasks() {
    return switch (this) {
      case TASKMANAGER_KILLED, TASKMANAGER_PAUSED, JOBMANAGER_KILLED -> true;
      case BROKER_KILLED, BROKER_STALLED, DISK_FULL, POISON_BURST -> false;
    };
  }

  abstract void inflict(Rig rig) throws IOException;

  /** Is called again and again while it lasts. */
  void keepUp(Rig rig) throws IOException {}

  void mend(Rig rig) throws IOException {}

  /** As people write it: taskmanager-killed. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
