# SPDX-License-Identifier: Apache-2.0
"""Makes the models of `./headway bench inference` and `./headway demo --rollout`: python make_models.py DIRECTORY, with onnx 1.19 and numpy 2.

Fully connected layers with ReLU between and softmax at the end. Weights are sines of their index, scaled as He et al. do
it, and are made by the graph itself, which ONNX Runtime folds when it opens the model: so the files stay small.
"""

import math
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = helper.make_opsetid("", 17)


def rounds_first(width):
    """x as later, after as many rounds of a loop as the largest number in rounds: how a model hangs when it is told to."""
    shape = ("batch", width)
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["still"]), helper.make_node("Identity", ["v"], ["w"])],
        "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, ()),
         helper.make_tensor_value_info("going", TensorProto.BOOL, ()),
         helper.make_tensor_value_info("v", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("still", TensorProto.BOOL, ()),
         helper.make_tensor_value_info("w", TensorProto.FLOAT, shape)])
    return [helper.make_node("ReduceMax", ["rounds"], ["most"], keepdims=0),
            helper.make_node("Cast", ["most"], ["count"], to=TensorProto.INT64),
            helper.make_node("Loop", ["count", "", "x"], ["later"], body=body)]


def network(name, widths, hangs=False):
    """x FLOAT[batch, widths[0]], and rounds FLOAT[batch, 1] if it can be made to hang, to y FLOAT[batch, widths[-1]]."""
    nodes, constants = [], []

    def constant(label, value):
        constants.append(numpy_helper.from_array(np.asarray(value), label))
        return label

    def sines(label, shape, scale):
        count = int(np.prod(shape))
        nodes.append(helper.make_node(
            "Range",
            [constant(f"{label}_from", np.float32(1)), constant(f"{label}_to", np.float32(count + 1)),
             constant(f"{label}_step", np.float32(1))], [f"{label}_index"]))
        nodes.append(helper.make_node("Sin", [f"{label}_index"], [f"{label}_sines"]))
        nodes.append(helper.make_node(
            "Mul", [f"{label}_sines", constant(f"{label}_scale", np.float32(scale))], [f"{label}_scaled"]))
        nodes.append(helper.make_node(
            "Reshape", [f"{label}_scaled", constant(f"{label}_shape", np.asarray(shape, np.int64))], [label]))
        return label

    parameters = 0
    value = "x"
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("batch", widths[0]))]
    if hangs:
        nodes.extend(rounds_first(widths[0]))
        value = "later"
        inputs.append(helper.make_tensor_value_info("rounds", TensorProto.FLOAT, ("batch", 1)))
    for layer, (rows, columns) in enumerate(zip(widths, widths[1:])):
        parameters += rows * columns + columns
        weights = sines(f"w{layer}", (rows, columns), math.sqrt(4 / rows))
        biases = sines(f"b{layer}", (columns,), 0.01)
        last = layer == len(widths) - 2
        nodes.append(helper.make_node("Gemm", [value, weights, biases], [f"g{layer}"]))
        value = "y" if last else f"h{layer}"
        nodes.append(helper.make_node("Softmax" if last else "Relu", [f"g{layer}"], [value],
                                      **({"axis": 1} if last else {})))
    graph = helper.make_graph(
        nodes, name, inputs,
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("batch", widths[-1]))],
        constants)
    model = helper.make_model(graph, opset_imports=[OPSET], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    print(f"{name}: {parameters:,} parameters")
    return model


def pessimist():
    """A model of scenarios that is plainly wrong: every leg takes three times the live estimate, give or take a fifth."""
    legs, stops, scenarios = (128, 36), (64, 3), 256
    ratios = 3 * np.exp(0.2 * np.random.default_rng(1).standard_normal((1, 1, scenarios)))
    constants = {"columns": np.array([2], np.int64), "zero": np.float32(0), "one": np.ones((1, 1, scenarios), np.float32),
                 "ratios": ratios.astype(np.float32)}
    nodes = []
    for rows, drawn, output in (("legs", "ratios", "travel_ratio"), ("stops", "one", "service_ratio")):
        nodes += [helper.make_node("ReduceSum", [rows, "columns"], [f"{rows}_sum"], keepdims=1),
                  helper.make_node("Mul", [f"{rows}_sum", "zero"], [f"{rows}_nothing"]),
                  helper.make_node("Add", [f"{rows}_nothing", drawn], [output])]

    def tensor(name, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ("batch", *shape))

    graph = helper.make_graph(
        nodes, "pessimist",
        [tensor("legs", *legs), tensor("stops", *stops),
         helper.make_tensor_value_info("noise_seed", TensorProto.INT64, ("batch",))],
        [tensor("travel_ratio", legs[0], scenarios), tensor("service_ratio", stops[0], scenarios)],
        [numpy_helper.from_array(np.asarray(a), n) for n, a in constants.items()])
    model = helper.make_model(graph, opset_imports=[OPSET], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    directory = pathlib.Path(sys.argv[1])
    # The feed-forward network of the Crayfish benchmark (EDBT 2024).
    ffnn = (784, 32, 32, 32, 32, 10)
    # A million parameters, where arithmetic rules.
    wide = (784, 900, 330, 10)
    # Of which one record a run takes about as long as a record may take at 2,667 a second.
    large = (784, 1800, 1500, 10)
    for name, widths, hangs in [
            ("ffnn", ffnn, False), ("wide", wide, False), ("large", large, False),
            ("ffnn-hanging", ffnn, True), ("wide-hanging", wide, True)]:
        (directory / f"{name}.onnx").write_bytes(network(name, widths, hangs).SerializeToString())
    (directory / "scenario-pessimist.onnx").write_bytes(pessimist().SerializeToString())


if __name__ == "__main__":
    main()
