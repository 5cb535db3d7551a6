// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.inference.stream.ModelFiles;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;

/**
 * The usual way to ask a model in Flink, at its best: an asynchronous function that hands each
 * record to one thread, which runs it alone, on the same session, with buffers that are used again.
 */
final class OneByOne extends RichAsyncFunction<Long, float[]> {
  private static final long serialVersionUID = 1;

  private final ModelReference reference;
  private final ModelSignature signature;

  private transient SharedModels.Lease lease;
  private transient Model.Runner runner;
  private transient ExecutorService thread;

  OneByOne(ModelReference reference, ModelSignature signature) {
    this.reference = reference;
    this.signature = signature;
  }

  @Override
  public void open(OpenContext context) throws ModelException {
    lease = ModelFiles.acquire(reference, 1, new Configuration());
    runner = lease.model().runner(signature, 1);
    thread = Executors.newSingleThreadExecutor();
  }

  @Override
  public void asyncInvoke(Long id, ResultFuture<float[]> result) {
    thread.execute(() -> result.complete(List.of(answer(id))));
  }

  @Override
  public void close() {
    thread.shutdown();
    runner.close();
    lease.close();
  }

  private float[] answer(long id) {
    InferenceJob.encode(id, runner.batch().input(0));
    try {
      runner.run(1);
    } catch (ModelException e) {
      throw new IllegalStateException(e);
    }
    return InferenceJob.decode(id, runner.batch().output(0));
  }
}
