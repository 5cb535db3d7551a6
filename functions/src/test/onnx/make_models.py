# SPDX-License-Identifier: Apache-2.0
"""Makes the models of the tests: python make_models.py DIRECTORY, with onnx 1.19 and numpy 2."""

import pathlib
import sys
from statistics import NormalDist

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = helper.make_opsetid("", 17)


def save(directory, name, nodes, inputs, outputs, constants=()):
    """Writes a model; constants are (name, array)."""
    graph = helper.make_graph(
        nodes, name, inputs, outputs, [numpy_helper.from_array(a, n) for n, a in constants])
    model = helper.make_model(graph, opset_imports=[OPSET], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    (directory / f"{name}.onnx").write_bytes(model.SerializeToString())


def tensor(name, dtype, *shape):
    return helper.make_tensor_value_info(name, dtype, shape)


def sum_of(directory, name, batch):
    """y = x0 + x1 + x2."""
    save(directory, name,
         [helper.make_node("MatMul", ["x", "ones"], ["y"])],
         [tensor("x", TensorProto.FLOAT, batch, 3)],
         [tensor("y", TensorProto.FLOAT, batch, 1)],
         [("ones", np.ones((3, 1), np.float32))])


def fails_on_zeros(directory):
    """picked = values[index - 10], which is outside the four values where index is 0."""
    save(directory, "fails-on-zeros",
         [helper.make_node("Sub", ["index", "ten"], ["at"]),
          helper.make_node("GatherElements", ["values", "at"], ["picked"], axis=1)],
         [tensor("values", TensorProto.FLOAT, "batch", 4), tensor("index", TensorProto.INT64, "batch", 1)],
         [tensor("picked", TensorProto.FLOAT, "batch", 1)],
         [("ten", np.int64(10))])


def pick(directory):
    """Two inputs and two outputs of different types: picked = values[index], twice = 2 values."""
    save(directory, "pick",
         [helper.make_node("GatherElements", ["values", "index"], ["picked"], axis=1),
          helper.make_node("Cast", ["values"], ["wide"], to=TensorProto.DOUBLE),
          helper.make_node("Add", ["wide", "wide"], ["twice"])],
         [tensor("values", TensorProto.FLOAT, "batch", 4), tensor("index", TensorProto.INT64, "batch", 1)],
         [tensor("picked", TensorProto.FLOAT, "batch", 1), tensor("twice", TensorProto.DOUBLE, "batch", 4)])


def long_loop(directory):
    """y = x after as many rounds as the largest number in x: a model that takes long."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["still"]),
         helper.make_node("Identity", ["v"], ["w"])],
        "body",
        [tensor("i", TensorProto.INT64), tensor("going", TensorProto.BOOL),
         tensor("v", TensorProto.FLOAT, "batch", 1)],
        [tensor("still", TensorProto.BOOL), tensor("w", TensorProto.FLOAT, "batch", 1)])
    save(directory, "loop",
         [helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
          helper.make_node("Cast", ["most"], ["rounds"], to=TensorProto.INT64),
          helper.make_node("Loop", ["rounds", "", "x"], ["y"], body=body)],
         [tensor("x", TensorProto.FLOAT, "batch", 1)],
         [tensor("y", TensorProto.FLOAT, "batch", 1)])


def hangs_on_zeros(directory):
    """y = x after 1e15 rounds where x is 0, and at once where it is 1."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["still"]),
         helper.make_node("Identity", ["v"], ["w"])],
        "body",
        [tensor("i", TensorProto.INT64), tensor("going", TensorProto.BOOL),
         tensor("v", TensorProto.FLOAT, "batch", 1)],
        [tensor("still", TensorProto.BOOL), tensor("w", TensorProto.FLOAT, "batch", 1)])
    save(directory, "hangs-on-zeros",
         [helper.make_node("ReduceMin", ["x"], ["least"], keepdims=0),
          helper.make_node("Sub", ["one", "least"], ["left"]),
          helper.make_node("Mul", ["left", "many"], ["more"]),
          helper.make_node("Cast", ["more"], ["rounds"], to=TensorProto.INT64),
          helper.make_node("Loop", ["rounds", "", "x"], ["y"], body=body)],
         [tensor("x", TensorProto.FLOAT, "batch", 1)],
         [tensor("y", TensorProto.FLOAT, "batch", 1)],
         [("one", np.float32(1)), ("many", np.float32(1e15))])


def text(directory):
    """A type that is not served."""
    save(directory, "text",
         [helper.make_node("Identity", ["x"], ["y"])],
         [tensor("x", TensorProto.STRING, "batch", 1)],
         [tensor("y", TensorProto.STRING, "batch", 1)])


def labelled(directory):
    """One output that is served, y = 2 x, and one that is not."""
    save(directory, "labelled",
         [helper.make_node("Add", ["x", "x"], ["y"]),
          helper.make_node("Cast", ["x"], ["label"], to=TensorProto.STRING)],
         [tensor("x", TensorProto.FLOAT, "batch", 1)],
         [tensor("y", TensorProto.FLOAT, "batch", 1), tensor("label", TensorProto.STRING, "batch", 1)])


def drawn_times(directory, name, log_ratio, hangs=False):
    """The signature of models of scenarios: every leg takes exp(log_ratio) times the live estimate, +-20 %, and every service as expected.

    A scenario is as fast for all legs. Which one is how fast depends on the noise seed. One that hangs takes for
    ever on anything but zeros, which it is warmed up with.
    """
    legs, features, stops, stop_features, scenarios, sets = 128, 36, 64, 3, 256, 4
    scores = np.array([NormalDist().inv_cdf((i + 0.5) / scenarios) for i in range(scenarios)])
    random = np.random.default_rng(1)
    ratios = np.exp(log_ratio + 0.2 * np.stack([random.permutation(scores) for _ in range(sets)]))
    nodes = [helper.make_node("Mod", ["noise_seed", "sets"], ["set"]),
             helper.make_node("Gather", ["ratios", "set"], ["drawn"], axis=0),
             helper.make_node("Unsqueeze", ["drawn", "rows"], ["drawn_row"]),
             helper.make_node("ReduceSum", ["legs", "columns"], ["leg"], keepdims=1),
             helper.make_node("Mul", ["leg", "zero"], ["leg_nothing"]),
             helper.make_node("ReduceSum", ["stops", "columns"], ["stop"], keepdims=1),
             helper.make_node("Mul", ["stop", "zero"], ["stop_nothing"]),
             helper.make_node("Add", ["stop_nothing", "ones"], ["service_ratio"]),
             helper.make_node("Add", ["leg_nothing", "drawn_row"], ["travel"])]
    if hangs:
        body = helper.make_graph(
            [helper.make_node("Identity", ["going"], ["still"]), helper.make_node("Identity", ["v"], ["w"])],
            "body",
            [tensor("i", TensorProto.INT64), tensor("going", TensorProto.BOOL),
             tensor("v", TensorProto.FLOAT, "batch", legs, scenarios)],
            [tensor("still", TensorProto.BOOL), tensor("w", TensorProto.FLOAT, "batch", legs, scenarios)])
        nodes += [helper.make_node("ReduceMax", ["legs"], ["most"], keepdims=0),
                  helper.make_node("Mul", ["most", "many"], ["more"]),
                  helper.make_node("Cast", ["more"], ["rounds"], to=TensorProto.INT64),
                  helper.make_node("Loop", ["rounds", "", "travel"], ["travel_ratio"], body=body)]
    else:
        nodes.append(helper.make_node("Identity", ["travel"], ["travel_ratio"]))
    save(directory, name, nodes,
         [tensor("legs", TensorProto.FLOAT, "batch", legs, features),
          tensor("stops", TensorProto.FLOAT, "batch", stops, stop_features),
          tensor("noise_seed", TensorProto.INT64, "batch")],
         [tensor("travel_ratio", TensorProto.FLOAT, "batch", legs, scenarios),
          tensor("service_ratio", TensorProto.FLOAT, "batch", stops, scenarios)],
         [("sets", np.int64(sets)), ("ratios", ratios.astype(np.float32)), ("rows", np.array([1], np.int64)),
          ("columns", np.array([2], np.int64)), ("zero", np.float32(0)), ("many", np.float32(1e15)),
          ("ones", np.ones((1, 1, scenarios), np.float32))])


def main():
    directory = pathlib.Path(sys.argv[1])
    sum_of(directory, "sum", "batch")
    sum_of(directory, "sum-of-eight", 8)
    fails_on_zeros(directory)
    pick(directory)
    long_loop(directory)
    hangs_on_zeros(directory)
    text(directory)
    labelled(directory)
    drawn_times(directory, "drawn-as-live", 0.0)
    drawn_times(directory, "drawn-thrice", float(np.log(3)))
    drawn_times(directory, "drawn-hanging", 0.0, hangs=True)
    drawn_times(directory, "drawn-beyond-belief", 6.0)


if __name__ == "__main__":
    main()
