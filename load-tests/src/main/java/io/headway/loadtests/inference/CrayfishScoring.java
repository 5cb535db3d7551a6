// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
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
 */
final class CrayfishScoring extends RichMapFunction<Long, List<Float>> {
  private static final long serialVersionUID = 1;

  private final byte[] onnx;

  private transient OrtEnvironment environment;
  private transient OrtSession session;

  CrayfishScoring(byte[] onnx) {
    this.onnx = onnx;
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
  public List<Float> map(Long id) throws OrtException {
    List<Float> record = Records.boxed(id);
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

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
