// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.functions.inference.AnswerDecoder;
import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.RequestEncoder;
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
final class OneByOne<I, O> extends RichAsyncFunction<I, O> {
  private static final long serialVersionUID = 1;

  private final ModelReference reference;
  private final RequestEncoder<I> encoder;
  private final AnswerDecoder<I, O> decoder;

  private transient SharedModels.Lease lease;
  private transient Model.Runner runner;
  private transient ExecutorService thread;

  /**
   * @param reference a model of {@link Networks#SIGNATURE}
   */
  OneByOne(ModelReference reference, RequestEncoder<I> encoder, AnswerDecoder<I, O> decoder) {
    this.reference = reference;
    this.encoder = encoder;
    this.decoder = decoder;
  }

  @Override
  public void open(OpenContext context) throws ModelException {
    lease = ModelFiles.acquire(reference, 1, new Configuration());
    runner = lease.model().runner(Networks.SIGNATURE, 1);
    thread = Executors.newSingleThreadExecutor();
  }

  @Override
  public void asyncInvoke(I request, ResultFuture<O> result) {
    thread.execute(() -> result.complete(List.of(answer(request))));
  }

  @Override
  public void close() {
    thread.shutdown();
    runner.close();
    lease.close();
  }

  private O answer(I request) {
    encoder.encode(request, runner.batch().input(0));
    try {
      runner.run(1);
    } catch (ModelException e) {
      throw new IllegalStateException(e);
    }
    return decoder.decode(request, runner.batch().output(0));
  }
}
