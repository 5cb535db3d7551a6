// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/**
 * How the Crayfish benchmark (EDBT 2024) asks an ONNX model in its operator, rebuilt: a record is a
 * list of objects, copied into an array of arrays, from that into a new tensor, run alone in the
 * task's own thread, and the outputs become a list again. Better than there, tensors are closed and
 * one thread is used. Its asynchronous function runs the model before it returns, so a map function
 * does the same for less.
 *
 * @param <I> a record
 * @param <O> an answer
 */
final class CrayfishScoring<I, O> extends RichMapFunction<I, O> {
  private static final long serialVersionUID = 1;

  private final byte[] onnx;
  private final Reader<I> reader;
  private final Writer<I, O> writer;

  private transient OrtEnvironment environment;
  private transient OrtSession session;

  /** Makes a record a list of objects. */
  @FunctionalInterface
  interface Reader<I> extends Serializable {
    List<Float> read(I record) throws Exception;
  }

  /** Makes an answer of a list of objects. */
  @FunctionalInterface
  interface Writer<I, O> extends Serializable {
    O write(I record, List<Float> outputs) throws Exception;
  }

  /**
   * @param onnx a model of {@link Networks#SIGNATURE}
   */
  CrayfishScoring(byte[] onnx, Reader<I> reader, Writer<I, O> writer) {
    this.onnx = onnx;
    this.reader = reader;
    this.writer = writer;
  }

  @Override
  public void open(OpenContext context) throws OrtException {
    environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      session = environment.createSession(onnx, options);
    }
  }

  @Override
  public O map(I record) throws Exception {
    return writer.write(record, score(reader.read(record)));
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }

  private List<Float> score(List<Float> record) throws OrtException {
    float[][] numbers = new float[1][record.size()];
    for (int i = 0; i < record.size(); i++) {
      numbers[0][i] = record.get(i);
    }
    try (OnnxTensor input = OnnxTensor.createTensor(environment, numbers);
        OrtSession.Result result = session.run(Map.of("x", input))) {
      float[][] outputs = (float[][]) result.get(0).getValue();
      List<Float> answer = new ArrayList<>(outputs[0].length);
      for (float output : outputs[0]) {
        answer.add(output);
      }
      return answer;
    }
  }
}
