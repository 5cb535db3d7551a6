# SPDX-License-Identifier: Apache-2.0
"""The model: what a request's legs and stops are told to joint samples of their times, and its ONNX graph.

    ln(travel / live) of leg l = m_l + W_l . phi(z) + own_l . phi(e_l)        z ~ N(0, 1)^LATENT, e_l ~ N(0, 1)
    phi(x) = (x, max(x - 1, 0) - c, max(-x - 1, 0) - c)                      c makes its mean 0

z is one a scenario: what all legs have in common, a driver, the weather, jams; W_l says what of it a leg
feels. The hinges make a jam that is bad worse than twice one that is not. m, W and own are a network's
output for the leg's own row, run once a request; a sample costs a product. Services are the same without z.
"""

import math

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from data import FEATURES, SERVICE_FEATURES

LEGS_MAX = 128
STOPS_MAX = 64
SCENARIOS = 256
LATENT = 8
WIDTH = 96
SERVICE_WIDTH = 16
HINGE = 1.0
# Mean of max(x - 1, 0) for a standard normal x.
HINGE_MEAN = math.exp(-0.5) / math.sqrt(2 * math.pi) - 0.5 * math.erfc(1 / math.sqrt(2))
CLIP = 5.0
LOG_RATIO_MOST = 4.0

# The noise of a request is one of as many sets as these tables have combinations, picked by its seed.
LATENT_SETS = 32
OWN_ROWS = 1024
NOISE_SEED = 20261123

# Of a day: roads have rush hours of less than an hour.
HARMONICS = 8

# Places of features in a leg's row.
LOG_USUAL, LOG_LIVE, BEGIN_MIN, SINE, COSINE = 0, 1, 4, 5, 6

# Features that a model of made-up cities must not learn by: the week, which is one day in training, and the places.
BLIND = (30, 31, 32, 33, 34, 35)


def phi(x):
    """x and its hinges, along a new axis before the last."""
    return torch.stack((x, torch.relu(x - HINGE) - HINGE_MEAN, torch.relu(-x - HINGE) - HINGE_MEAN), dim=-2)


def frequencies():
    """What takes two angles to all harmonics of both."""
    k = torch.arange(1.0, HARMONICS + 1)
    return torch.block_diag(k, k)


def harmonics(rows):
    """Sines and cosines of the hour of the request and of that in the middle of the leg, at live speeds."""
    sine, cosine = rows[..., SINE], rows[..., COSINE]
    half = 2 * torch.atan(sine / (1 + cosine.abs()))
    now = torch.where(cosine < 0, math.pi - half, half)
    live_min = torch.exp(rows[..., LOG_LIVE]) * torch.expm1(rows[..., LOG_USUAL]) / 60
    middle = now + (rows[..., BEGIN_MIN] + live_min / 2) * (2 * math.pi / 1440)
    angles = torch.stack((now, middle), -1) @ frequencies()
    return torch.cat((angles.sin(), angles.cos()), -1)


class Net(nn.Module):
    """A row to its numbers, standardised first; beside it numbers that are about 1 in size already."""

    def __init__(self, mean, std, inner, out, beside=0):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32))
        widths = (len(mean) + beside, *inner, out)
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, rows, beside=None):
        h = torch.clamp((rows - self.mean) / self.std, -CLIP, CLIP)
        if beside is not None:
            h = torch.cat((h, beside), -1)
        for layer in self.layers[:-1]:
            h = torch.relu(layer(h))
        return self.layers[-1](h)


class Scenario(nn.Module):
    """Rows of legs and of stops to the laws of their times."""

    def __init__(self, legs, stops, latent=LATENT, width=WIDTH):
        """legs, stops: mean and standard deviation of their features; infinite ones are not seen."""
        super().__init__()
        self.latent = latent
        self.legs = Net(*legs, (width, width), 1 + 3 * latent + 3, 4 * HARMONICS)
        self.stops = Net(*stops, (SERVICE_WIDTH,), 4)

    def law(self, legs):
        """m, W (3 x latent) and own (3) of each leg."""
        out = self.legs(legs, harmonics(legs))
        split = 1 + 3 * self.latent
        return out[..., 0], out[..., 1:split], out[..., split:]

    def log_ratios(self, legs, z, e):
        """Of requests x legs, in scenarios: z is requests x latent x scenarios, e requests x legs x scenarios."""
        m, w, own = self.law(legs)
        common = w @ phi(z).transpose(1, 2).flatten(1, 2)
        log_ratio = m[..., None] + common + (own[..., None] * phi(e)).sum(-2)
        return torch.clamp(log_ratio, -LOG_RATIO_MOST, LOG_RATIO_MOST)

    def service_log_ratios(self, stops, e):
        """Of stops, in scenarios: e is stops x scenarios."""
        out = self.stops(stops)
        log_ratio = out[..., :1] + (out[..., 1:, None] * phi(e)).sum(-2)
        return torch.clamp(log_ratio, -LOG_RATIO_MOST, LOG_RATIO_MOST)


def standardisation(rows, blind=()):
    """Mean and standard deviation of features; what was always the same taught nothing, and is not seen."""
    std = rows.std(axis=0, dtype=np.float64)
    std = np.where(std > 1e-6, std, np.inf)
    std[list(blind)] = np.inf
    return rows.mean(axis=0, dtype=np.float64), std


def noise_tables():
    """Latent noise, sets x latent x scenarios, and own noise, rows x scenarios.

    Independent draws, not made to have mean 0: one half of the scenarios tests what the other half chose.
    """
    random = np.random.default_rng(NOISE_SEED)
    return (random.standard_normal((LATENT_SETS, LATENT, SCENARIOS), np.float32),
            random.standard_normal((OWN_ROWS, SCENARIOS), np.float32))


def export(model, path, half=False):
    """Writes the graph, of opset 17. Standardisation and noise are part of it.

    half: tables and weights are kept as float16; ONNX Runtime makes them float32 when it opens the file.
    """
    latent, own = noise_tables()
    # As the product wants them: sets x 3 latent x scenarios.
    tables = phi(torch.tensor(latent)).transpose(1, 2).flatten(1, 2).numpy()
    graph = Graph(half)
    graph.constant("hinge", np.float32(HINGE))
    graph.constant("hinge_mean", np.float32(HINGE_MEAN))
    graph.constant("latent_sets", np.int64(LATENT_SETS))
    graph.constant("own_rows", np.int64(OWN_ROWS))
    graph.constant("latent_noise", tables.astype(np.float32))
    graph.constant("own_noise", own)
    graph.constant("log_least", np.float32(-LOG_RATIO_MOST))
    graph.constant("log_most", np.float32(LOG_RATIO_MOST))
    graph.constant("last", np.array([-1], np.int64))

    graph.node("Mod", ["noise_seed", "latent_sets"], "latent_set")
    graph.node("Gather", ["latent_noise", "latent_set"], "z", axis=0)
    graph.node("Div", ["noise_seed", "latent_sets"], "own_begin")
    graph.node("Unsqueeze", ["own_begin", "last"], "own_begin_column")

    graph.constant("zero", np.float32(0))
    graph.constant("one", np.float32(1))
    graph.constant("first", np.array([0], np.int64))
    graph.constant("rows_axis", np.array([1], np.int64))

    rows = graph.used("legs", LEGS_MAX)
    out = graph.net("legs", rows, model.legs, graph.harmonics(rows))
    graph.constant("law_sizes", np.array([1, 3 * model.latent, 1, 1, 1], np.int64))
    graph.node("Split", [out, "law_sizes"], ["m", "w", "own0", "own1", "own2"], axis=2)
    graph.node("MatMul", ["w", "z"], "common")
    graph.node("Add", ["common", "m"], "with_common")
    graph.noise("legs", np.arange(LEGS_MAX))
    graph.times("legs", "with_common", ["own0", "own1", "own2"])
    graph.padded("legs", LEGS_MAX, "travel_ratio")

    out = graph.net("stops", graph.used("stops", STOPS_MAX), model.stops)
    graph.constant("service_sizes", np.array([1, 1, 1, 1], np.int64))
    graph.node("Split", [out, "service_sizes"], ["service_m", "service0", "service1", "service2"], axis=2)
    graph.noise("stops", OWN_ROWS // 2 + np.arange(STOPS_MAX))
    graph.times("stops", "service_m", ["service0", "service1", "service2"])
    graph.padded("stops", STOPS_MAX, "service_ratio")

    tensor = helper.make_tensor_value_info
    made = helper.make_model(
        helper.make_graph(
            graph.nodes, path.stem,
            [tensor("legs", TensorProto.FLOAT, ["batch", LEGS_MAX, FEATURES]),
             tensor("stops", TensorProto.FLOAT, ["batch", STOPS_MAX, SERVICE_FEATURES]),
             tensor("noise_seed", TensorProto.INT64, ["batch"])],
            [tensor("travel_ratio", TensorProto.FLOAT, ["batch", LEGS_MAX, SCENARIOS]),
             tensor("service_ratio", TensorProto.FLOAT, ["batch", STOPS_MAX, SCENARIOS])],
            graph.constants),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(made, full_check=True)
    path.write_bytes(made.SerializeToString())


class Graph:
    """Nodes and constants of an ONNX graph in the making."""

    HALF_AT_LEAST = 64

    def __init__(self, half):
        self.half = half
        self.nodes = []
        self.constants = []

    def constant(self, name, value):
        value = np.asarray(value)
        if self.half and value.dtype == np.float32 and value.size >= self.HALF_AT_LEAST:
            self.constants.append(numpy_helper.from_array(value.astype(np.float16), f"{name}_half"))
            self.node("Cast", [f"{name}_half"], name, to=TensorProto.FLOAT)
        else:
            self.constants.append(numpy_helper.from_array(value, name))

    def node(self, kind, inputs, outputs, **attributes):
        outputs = [outputs] if isinstance(outputs, str) else outputs
        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))

    def used(self, name, most):
        """The rows up to the last that any request of the batch fills: most have few, and the rest is zeros."""
        self.node("Abs", [name], f"{name}_abs")
        self.node("ReduceMax", [f"{name}_abs"], f"{name}_largest", axes=[0, 2], keepdims=0)
        self.node("Greater", [f"{name}_largest", "zero"], f"{name}_filled")
        self.node("Cast", [f"{name}_filled"], f"{name}_filled_row", to=TensorProto.INT64)
        self.constant(f"{name}_numbers", np.arange(1, most + 1))
        self.node("Mul", [f"{name}_filled_row", f"{name}_numbers"], f"{name}_filled_numbers")
        self.node("ReduceMax", [f"{name}_filled_numbers"], f"{name}_count", axes=[0], keepdims=1)
        self.node("Slice", [name, "first", f"{name}_count", "rows_axis"], f"{name}_used")
        return f"{name}_used"

    def padded(self, name, most, output):
        """As many rows as the tensor has again; those that no request fills are 1."""
        self.constant(f"{name}_most_rows", np.array([most], np.int64))
        self.constant(f"{name}_no_padding", np.zeros(4, np.int64))
        self.node("Sub", [f"{name}_most_rows", f"{name}_count"], f"{name}_missing")
        self.node("Concat", [f"{name}_no_padding", f"{name}_missing", "first"], f"{name}_padding", axis=0)
        self.node("Pad", [f"{name}_times", f"{name}_padding", "one"], output)

    def harmonics(self, rows):
        """As the function; the name of what comes out."""
        for name, place in (("log_usual", LOG_USUAL), ("log_live", LOG_LIVE), ("begin_min", BEGIN_MIN),
                            ("sine", SINE), ("cosine", COSINE)):
            self.constant(f"{name}_place", np.array([place], np.int64))
            self.node("Gather", [rows, f"{name}_place"], name, axis=2)
        self.constant("two", np.float32(2))
        self.constant("pi", np.float32(math.pi))
        self.constant("half_live_to_min", np.float32(1 / 120))
        self.constant("min_to_angle", np.float32(2 * math.pi / 1440))
        self.constant("frequencies", frequencies().numpy())
        self.node("Abs", ["cosine"], "cosine_size")
        self.node("Add", ["cosine_size", "one"], "over_cosine")
        self.node("Div", ["sine", "over_cosine"], "half_tangent")
        self.node("Atan", ["half_tangent"], "half_angle")
        self.node("Mul", ["half_angle", "two"], "angle_of_day")
        self.node("Sub", ["pi", "angle_of_day"], "angle_of_noon")
        self.node("Less", ["cosine", "zero"], "about_noon")
        self.node("Where", ["about_noon", "angle_of_noon", "angle_of_day"], "now")
        self.node("Exp", ["log_usual"], "usual_s_more")
        self.node("Sub", ["usual_s_more", "one"], "usual_s")
        self.node("Exp", ["log_live"], "live_ratio")
        self.node("Mul", ["usual_s", "live_ratio"], "live_s")
        self.node("Mul", ["live_s", "half_live_to_min"], "half_live_min")
        self.node("Add", ["begin_min", "half_live_min"], "middle_min")
        self.node("Mul", ["middle_min", "min_to_angle"], "middle_angle")
        self.node("Add", ["now", "middle_angle"], "middle")
        self.node("Concat", ["now", "middle"], "hours", axis=2)
        self.node("MatMul", ["hours", "frequencies"], "angles")
        self.node("Sin", ["angles"], "sines")
        self.node("Cos", ["angles"], "cosines")
        self.node("Concat", ["sines", "cosines"], "harmonics", axis=2)
        return "harmonics"

    def net(self, name, rows, net, beside=None):
        """The rows of a tensor through a network, with what stands beside them; the name of what comes out."""
        std = net.std.numpy()
        seen = np.isfinite(std)
        self.constant(f"{name}_mean", np.where(seen, net.mean.numpy(), 0).astype(np.float32))
        self.constant(f"{name}_scale", np.where(seen, 1 / std, 0).astype(np.float32))
        self.constant(f"{name}_least", np.float32(-CLIP))
        self.constant(f"{name}_most", np.float32(CLIP))
        self.node("Sub", [rows, f"{name}_mean"], f"{name}_centred")
        self.node("Mul", [f"{name}_centred", f"{name}_scale"], f"{name}_scaled")
        if beside:
            self.node("Clip", [f"{name}_scaled", f"{name}_least", f"{name}_most"], f"{name}_clipped")
            self.node("Concat", [f"{name}_clipped", beside], f"{name}_h0", axis=2)
        else:
            self.node("Clip", [f"{name}_scaled", f"{name}_least", f"{name}_most"], f"{name}_h0")
        for n, layer in enumerate(net.layers):
            self.constant(f"{name}_weight{n}", layer.weight.detach().numpy().T.copy())
            self.constant(f"{name}_bias{n}", layer.bias.detach().numpy())
            self.node("MatMul", [f"{name}_h{n}", f"{name}_weight{n}"], f"{name}_product{n}")
            self.node("Add", [f"{name}_product{n}", f"{name}_bias{n}"], f"{name}_sum{n}")
            if n < len(net.layers) - 1:
                self.node("Relu", [f"{name}_sum{n}"], f"{name}_h{n + 1}")
        return f"{name}_sum{len(net.layers) - 1}"

    def noise(self, name, rows):
        """Own noise of each row, from rows of the table that follow where the seed begins."""
        self.constant(f"{name}_rows", rows.astype(np.int64))
        self.node("Slice", [f"{name}_rows", "first", f"{name}_count"], f"{name}_rows_used")
        self.node("Add", ["own_begin_column", f"{name}_rows_used"], f"{name}_rows_after")
        self.node("Mod", [f"{name}_rows_after", "own_rows"], f"{name}_noise_rows")
        self.node("Gather", ["own_noise", f"{name}_noise_rows"], f"{name}_e", axis=0)

    def times(self, name, base, own):
        """exp(base + own . phi(e)), within the limits."""
        e = f"{name}_e"
        self.node("Mul", [own[0], e], f"{name}_own0")
        self.node("Sub", [e, "hinge"], f"{name}_above")
        self.node("Relu", [f"{name}_above"], f"{name}_high")
        self.node("Mul", [own[1], f"{name}_high"], f"{name}_own1")
        self.node("Neg", [e], f"{name}_negative")
        self.node("Sub", [f"{name}_negative", "hinge"], f"{name}_below")
        self.node("Relu", [f"{name}_below"], f"{name}_low")
        self.node("Mul", [own[2], f"{name}_low"], f"{name}_own2")
        # The hinges' means, row by row and not scenario by scenario.
        self.node("Add", [own[1], own[2]], f"{name}_hinges")
        self.node("Mul", [f"{name}_hinges", "hinge_mean"], f"{name}_offset")
        self.node("Sub", [base, f"{name}_offset"], f"{name}_base")
        self.node("Sum", [f"{name}_own0", f"{name}_own1", f"{name}_own2", f"{name}_base"], f"{name}_log")
        self.node("Clip", [f"{name}_log", "log_least", "log_most"], f"{name}_log_clipped")
        self.node("Exp", [f"{name}_log_clipped"], f"{name}_times")
