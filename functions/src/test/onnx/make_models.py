# SPDX-License-Identifier: Apache-2.0
"""Makes the models of the tests: python make_models.py DIRECTORY, with onnx 1.19 and numpy 2."""

import pathlib
import sys

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


def main():
    directory = pathlib.Path(sys.argv[1])
    sum_of(directory, "sum", "batch")
    sum_of(directory, "sum-of-eight", 8)
    pick(directory)
    long_loop(directory)
    text(directory)
    labelled(directory)


if __name__ == "__main__":
    main()
