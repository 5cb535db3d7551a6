// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.io.PushingAsyncDataInput.DataOutput;
import org.apache.flink.streaming.runtime.operators.sink.SinkWriterOperatorFactory;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.StatusWatermarkValve;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.ThrowingConsumer;

/**
 * The operators of a topology, each in one of Flink's own test harnesses, joined as a chain is:
 * what one emits the next has processed before {@code collect} returns. Sources are fed from
 * outside; sinks are left out. Not thread-safe.
 */
final class SteppedTopology implements AutoCloseable {
  /** As Flink names them. */
  private static final String SOURCE = "Source: ";

  private static final int MAX_PARALLELISM = 1;

  private final Map<String, Node> byName = new HashMap<>();
  private final Map<Integer, Node> byId = new HashMap<>();

  /** An operator and where its output goes. */
  private static final class Node {
    final StreamNode of;
    final List<Edge> edges = new ArrayList<>();
    AbstractStreamOperatorTestHarness<Object> harness;
    Input[] inputs = {};
    Consumer<StreamRecord<Object>> watcher = record -> {};

    Node(StreamNode of) {
      this.of = of;
    }
  }

  /** One input of an operator, at which several edges may end. */
  private static final class Input implements DataOutput<Object> {
    final StatusWatermarkValve valve;
    final TypeSerializer<Object> serializer;
    ThrowingConsumer<StreamRecord<Object>, Exception> record;
    ThrowingConsumer<Watermark, Exception> watermark;
    ThrowingConsumer<WatermarkStatus, Exception> status;

    Input(int edges, TypeSerializer<Object> serializer) {
      valve = new StatusWatermarkValve(edges);
      this.serializer = serializer;
    }

    @Override
    public void emitRecord(StreamRecord<Object> element) throws Exception {
      // What an operator emitted it may change afterwards, and so may each who gets it.
      record.accept(element.copy(serializer.copy(element.getValue())));
    }

    @Override
    public void emitWatermark(Watermark mark) throws Exception {
      watermark.accept(mark);
    }

    @Override
    public void emitWatermarkStatus(WatermarkStatus newStatus) throws Exception {
      status.accept(newStatus);
    }

    @Override
    public void emitLatencyMarker(LatencyMarker marker) {}

    @Override
    public void emitRecordAttributes(RecordAttributes attributes) {}

    @Override
    public void emitWatermark(WatermarkEvent event) {}
  }

  private record Edge(OutputTag<?> tag, Input to, int channel) {}

  SteppedTopology(StreamGraph graph) {
    for (StreamNode of : graph.getStreamNodes()) {
      Node node = new Node(of);
      byId.put(of.getId(), node);
      byName.put(of.getOperatorName(), node);
    }
    byId.values().forEach(this::connect);
  }

  /** Puts a function in the place of an operator with one input. */
  <I, O> void replace(String name, Function<StreamRecord<I>, StreamRecord<O>> function) {
    Node node = node(name);
    Output<StreamRecord<Object>> output = output(node);
    Input input = node.inputs[0];
    node.harness = null;
    input.record = record -> output.collect(erased(function.apply(typed(record))));
    input.watermark = output::emitWatermark;
    input.status = output::emitWatermarkStatus;
  }

  /** Tells of every record that an operator emits, but for its side outputs. */
  <O> void watch(String name, Consumer<StreamRecord<O>> watcher) {
    node(name).watcher = record -> watcher.accept(typed(record));
  }

  /** Opens all operators. */
  void open() {
    try {
      for (Node node : byId.values()) {
        if (node.harness != null) {
          node.harness.open();
        }
      }
    } catch (Exception e) {
      throw new FlinkRuntimeException("An operator cannot be opened.", e);
    }
  }

  /** Lets a source emit a record. */
  void emit(String source, StreamRecord<?> record) {
    output(node(SOURCE + source)).collect(erased(record));
  }

  void watermark(String source, Watermark watermark) {
    output(node(SOURCE + source)).emitWatermark(watermark);
  }

  void status(String source, WatermarkStatus status) {
    output(node(SOURCE + source)).emitWatermarkStatus(status);
  }

  @Override
  public void close() throws Exception {
    for (Node node : byId.values()) {
      if (node.harness != null) {
        node.harness.close();
      }
    }
  }

  private Node node(String name) {
    Node node = byName.get(name);
    if (node == null) {
      throw new IllegalArgumentException(
          "There is no operator %s among %s.".formatted(name, byName.keySet()));
    }
    return node;
  }

  private void connect(Node node) {
    List<StreamEdge> in = node.of.getInEdges();
    boolean isSink = node.of.getOperatorFactory() instanceof SinkWriterOperatorFactory;
    if (in.isEmpty() || isSink) {
      return;
    }
    try {
      harness(node);
    } catch (Exception e) {
      throw new FlinkRuntimeException("No harness for " + node.of, e);
    }
    int[] channels = new int[node.inputs.length];
    for (StreamEdge edge : in) {
      int input = inputOf(edge);
      byId.get(edge.getSourceId())
          .edges
          .add(new Edge(edge.getOutputTag(), node.inputs[input], channels[input]++));
    }
  }

  /** Operators with one input number it 0, those with two 1 and 2. */
  private static int inputOf(StreamEdge edge) {
    return Math.max(0, edge.getTypeNumber() - 1);
  }

  private void harness(Node node) throws Exception {
    StreamOperatorFactory<Object> factory = factory(node);
    TypeSerializer<Object>[] serializers = serializers(node);
    node.inputs = new Input[serializers.length];
    for (int i = 0; i < serializers.length; i++) {
      int input = i;
      int edges = (int) node.of.getInEdges().stream().filter(e -> inputOf(e) == input).count();
      node.inputs[i] = new Input(edges, serializers[i]);
    }
    KeySelector<Object, Object>[] keys = keys(node);
    if (serializers.length == 1) {
      OneInputStreamOperatorTestHarness<Object, Object> harness =
          keys.length == 0
              ? new OneInputStreamOperatorTestHarness<>(factory, MAX_PARALLELISM, 1, 0)
              : new KeyedOneInputStreamOperatorTestHarness<>(
                  factory, keys[0], keyType(node), MAX_PARALLELISM, 1, 0);
      node.inputs[0].record = harness::processElement;
      node.inputs[0].watermark = harness::processWatermark;
      node.inputs[0].status = harness::processWatermarkStatus;
      node.harness = harness;
    } else {
      TwoInputStreamOperator<Object, Object, Object> operator = twoInputs(factory);
      TwoInputStreamOperatorTestHarness<Object, Object, Object> harness =
          keys.length == 0
              ? new TwoInputStreamOperatorTestHarness<>(operator, MAX_PARALLELISM, 1, 0)
              : new KeyedTwoInputStreamOperatorTestHarness<>(
                  operator,
                  keys[0],
                  keys.length > 1 ? keys[1] : null,
                  keyType(node),
                  MAX_PARALLELISM,
                  1,
                  0);
      node.inputs[0].record = harness::processElement1;
      node.inputs[0].watermark = harness::processWatermark1;
      node.inputs[0].status = harness::processWatermarkStatus1;
      node.inputs[1].record = harness::processElement2;
      node.inputs[1].watermark = harness::processWatermark2;
      node.inputs[1].status = harness::processWatermarkStatus2;
      node.harness = harness;
    }
    Output<StreamRecord<Object>> output = output(node);
    node.harness.setOutputCreator(serializer -> output);
    node.harness.getStreamConfig().setupNetworkInputs(serializers);
    node.harness.getStreamConfig().serializeAllConfigs();
    node.harness.setup();
  }

  private static Output<StreamRecord<Object>> output(Node node) {
    return new Output<>() {
      @Override
      public void collect(StreamRecord<Object> record) {
        node.watcher.accept(record);
        for (Edge edge : node.edges) {
          if (edge.tag == null) {
            run(() -> edge.to.emitRecord(record));
          }
        }
      }

      @Override
      public <X> void collect(OutputTag<X> tag, StreamRecord<X> record) {
        for (Edge edge : node.edges) {
          if (edge.tag != null && edge.tag.equals(tag)) {
            run(() -> edge.to.emitRecord(erased(record)));
          }
        }
      }

      @Override
      public void emitWatermark(Watermark watermark) {
        for (Edge edge : node.edges) {
          run(() -> edge.to.valve.inputWatermark(watermark, edge.channel, edge.to));
        }
      }

      @Override
      public void emitWatermarkStatus(WatermarkStatus status) {
        for (Edge edge : node.edges) {
          run(() -> edge.to.valve.inputWatermarkStatus(status, edge.channel, edge.to));
        }
      }

      @Override
      public void emitLatencyMarker(LatencyMarker marker) {}

      @Override
      public void emitRecordAttributes(RecordAttributes attributes) {}

      @Override
      public void emitWatermark(WatermarkEvent event) {}

      @Override
      public void close() {}
    };
  }

  /** What an operator does. */
  private interface Step {
    void run() throws Exception;
  }

  private static void run(Step step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new FlinkRuntimeException(e);
    }
  }

  private static TypeInformation<Object> keyType(Node node) {
    return cast(
        node.of.getStateKeySerializer() instanceof StringSerializer ? Types.STRING : Types.INT);
  }

  private static StreamOperatorFactory<Object> factory(Node node) {
    return cast(node.of.getOperatorFactory());
  }

  private static TypeSerializer<Object>[] serializers(Node node) {
    return cast(node.of.getTypeSerializersIn());
  }

  private static KeySelector<Object, Object>[] keys(Node node) {
    return cast(node.of.getStatePartitioners());
  }

  private static TwoInputStreamOperator<Object, Object, Object> twoInputs(
      StreamOperatorFactory<Object> factory) {
    return cast(((SimpleOperatorFactory<Object>) factory).getOperator());
  }

  private static StreamRecord<Object> erased(StreamRecord<?> record) {
    return cast(record);
  }

  private static <T> StreamRecord<T> typed(StreamRecord<Object> record) {
    return cast(record);
  }

  /** A graph of streams does not know the types of its operators. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T> T cast(Object untyped) {
    return (T) untyped;
  }
}
