# SPDX-License-Identifier: Apache-2.0
"""Fits four quantiles of the time of a leg by boosting, judges them on other cities, and writes them as ONNX.

python train.py --train DIR --choose DIR --judge DIR [--out DIR]: folders of './headway dataset cities'.
Some minutes on one core. Equal data, seeds and library versions give equal models.
"""

import hashlib
import itertools
import json
import math
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from scipy.special import ndtri
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

LATENESS = pathlib.Path(__file__).parent.parent / "lateness"
sys.path.insert(0, str(LATENESS))
from data import FEATURES, folders_asked_for, read_all, read_legs, sizes  # noqa: E402

NAME = "lateness-quantiles-1"
LEGS_MAX = 128
LEVELS = np.array((0.125, 0.375, 0.625, 0.875))  # the middles of four equal parts
SEED = 31

# What is chosen, for all levels together; how many trees is chosen level by level.
LEAVES = (7, 15, 31)
LEARNING_RATES = (0.05, 0.1)
TREES_MOST = 300

# Rows of a leaf at least: a leg is asked about again and again, so rows are many and alike.
LEAF_ROWS = 200

# A city is seen at a few hours only, by which trees could tell the cities apart and learn each by
# heart: every row's time of day is moved at random, as the recipe of lateness does.
JITTER_H = 3.0
SINE, COSINE = 5, 6
DISTANCE_CLASSES = 10
SAMPLES = 256

# A request, in the report with what the trees say of its legs, so that what serves them can be held against it.
EXAMPLE = {"requested_at": "2026-03-03T06:00:00Z", "pace": 1.05, "legs": [
    {"usual_s": 300, "live_s": 360, "distance_m": 3000, "speed_factor": 1, "from_stop": -1},
    {"usual_s": 90, "live_s": 90, "distance_m": 700, "speed_factor": 1, "from_stop": 0},
    {"usual_s": 600, "live_s": 1500, "distance_m": 5500, "speed_factor": 0.3, "from_stop": 1},
    {"usual_s": 20, "live_s": 15, "distance_m": 150, "speed_factor": 1, "from_stop": 2}]}


def moved_in_time(x, random):
    angle = random.normal(0, 2 * math.pi * JITTER_H / 24, len(x))
    moved = x.copy()
    moved[:, SINE] = x[:, SINE] * np.cos(angle) + x[:, COSINE] * np.sin(angle)
    moved[:, COSINE] = x[:, COSINE] * np.cos(angle) - x[:, SINE] * np.sin(angle)
    return moved


def pinball(y, quantile, level):
    return float(np.maximum(level * (y - quantile), (level - 1) * (y - quantile)).mean())


def fit(x, y, level, leaves, rate, trees):
    model = HistGradientBoostingRegressor(
        loss="quantile", quantile=level, max_iter=trees, max_leaf_nodes=leaves, learning_rate=rate,
        min_samples_leaf=LEAF_ROWS, early_stopping=False, random_state=SEED).fit(x, y)
    # ONNX holds thresholds as float32: rounded down they part float32 features as they did.
    for (tree,) in model._predictors:
        exact = tree.nodes["num_threshold"]
        near = exact.astype(np.float32)
        tree.nodes["num_threshold"] = np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)
    return model


def chosen(x, y, choose):
    """Leaves, learning rate and trees by level of the least loss on the choosing cities."""
    tried = []
    for leaves, rate in itertools.product(LEAVES, LEARNING_RATES):
        losses, trees = [], []
        for level in LEVELS:
            model = fit(x, y, level, leaves, rate, TREES_MOST)
            by_trees = [pinball(choose.log_ratio, q, level) for q in model.staged_predict(choose.features)]
            trees.append(int(np.argmin(by_trees)) + 1)
            losses.append(min(by_trees))
        tried.append({"leaves": leaves, "learning_rate": rate, "trees": trees, "pinball": float(np.mean(losses))})
        print(tried[-1], flush=True)
    return min(tried, key=lambda choice: choice["pinball"]), tried


def predicted(models, x):
    """Quantiles of ln(realised / live), a column a level; trees of two levels can cross, sorted ones cannot."""
    return np.sort(np.stack([model.predict(x) for model in models], axis=1), axis=1)


def scores(y, quantiles):
    """Pinball losses and their CRPS in seconds, and how often what came was below each quantile."""
    losses = [pinball(y, quantiles[:, k], level) for k, level in enumerate(LEVELS)]
    below = [(y <= quantiles[:, k]).mean() for k in range(len(LEVELS))]
    return {"crps_s": 2 * float(np.mean(losses)), "pinball_s": losses, "below": [float(b) for b in below],
            "coverage_75": float(below[3] - below[0]), "coverage_25": float(below[2] - below[1])}


def class_laws(train, legs):
    """Mean and standard deviation of ln(realised / live) by tenth of the training legs' distances."""
    edges = np.quantile(train.distance_m, np.linspace(0, 1, DISTANCE_CLASSES + 1)[1:-1])
    train_class, leg_class = np.digitize(train.distance_m, edges), np.digitize(legs.distance_m, edges)
    mean = np.array([train.log_ratio[train_class == c].mean() for c in range(DISTANCE_CLASSES)])
    std = np.array([train.log_ratio[train_class == c].std() for c in range(DISTANCE_CLASSES)])
    return mean[leg_class], std[leg_class]


def blocks(x):
    """Rows in requests of as many legs as a model takes, zeros at the end."""
    padded = np.zeros((-(-len(x) // LEGS_MAX) * LEGS_MAX, FEATURES), np.float32)
    padded[:len(x)] = x
    return padded.reshape(-1, LEGS_MAX, FEATURES)


def run(path, outputs, x):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(outputs, {"legs": blocks(x)})


def lateness_laws(legs):
    mean, std, share = run(LATENESS / "lateness-1.onnx", ["log_ratio_mean", "log_ratio_std", "shared_share"],
                           legs.features)
    return mean.reshape(-1)[:len(legs.city)], std.reshape(-1)[:len(legs.city)], float(share[0, 0])


def log_normal(legs, mean, std):
    return legs.live_s[:, None] * np.exp(mean[:, None] + std[:, None] * ndtri(LEVELS))


def sums(legs, values):
    """Sums over the legs of each request that has two or more."""
    return np.bincount(legs.request, values)[np.bincount(legs.request) >= 2]


def log_normal_sums(legs, mean, std, share):
    """Quantiles of these sums, by samples."""
    random = np.random.default_rng(SEED)
    drawn = []
    for _ in range(SAMPLES):
        common = random.standard_normal(legs.request.max() + 1)[legs.request]
        noise = math.sqrt(share) * common + math.sqrt(1 - share) * random.standard_normal(len(legs.city))
        drawn.append(sums(legs, legs.live_s * np.exp(mean + std * noise)))
    return np.quantile(drawn, LEVELS, axis=0).T


def judged(train, legs, log_ratio_quantiles):
    """Scores of legs and of plans' sums: the model, the live estimate and two log-normals."""
    ours = legs.live_s[:, None] * np.exp(log_ratio_quantiles)
    live = np.repeat(legs.live_s[:, None], len(LEVELS), axis=1)
    class_mean, class_std = class_laws(train, legs)
    mean, std, share = lateness_laws(legs)
    real = sums(legs, legs.realised_s)
    together = np.stack([sums(legs, ours[:, k]) for k in range(len(LEVELS))], axis=1)
    return {
        "legs": {"quantiles": scores(legs.realised_s, ours),
                 "live_estimate": scores(legs.realised_s, live),
                 "log_normal_per_distance_class": scores(legs.realised_s, log_normal(legs, class_mean, class_std)),
                 "lateness-1": scores(legs.realised_s, log_normal(legs, mean, std))},
        "plan_sums": {"quantiles": scores(real, together),
                      "live_estimate": scores(real, np.repeat(sums(legs, legs.live_s)[:, None], len(LEVELS), axis=1)),
                      "log_normal_per_distance_class": scores(real, log_normal_sums(legs, class_mean, class_std, 0)),
                      "lateness-1": scores(real, log_normal_sums(legs, mean, std, share))},
        "by_city": {str(city): {
            name: scores(legs.realised_s[rows], quantiles[rows])["crps_s"] for name, quantiles in
            (("quantiles", ours), ("live_estimate", live),
             ("log_normal_per_distance_class", log_normal(legs, class_mean, class_std)),
             ("lateness-1", log_normal(legs, mean, std)))}
            for city in sorted(set(legs.city)) for rows in [legs.city == city]}}


def export(models, path):
    """Writes the graph: the trees of each level on one leg a row, sorted."""
    arrays = {"rows": np.array([-1, FEATURES], np.int64), "count": np.array([len(LEVELS)], np.int64),
              "requests": np.array([-1, LEGS_MAX, len(LEVELS)], np.int64)}
    nodes = [helper.make_node("Reshape", ["legs", "rows"], ["leg"])]
    for k, model in enumerate(models):
        converted = convert_sklearn(model, initial_types=[("leg", FloatTensorType([None, FEATURES]))],
                                    target_opset={"": 17, "ai.onnx.ml": 1})
        (trees,) = converted.graph.node
        assert trees.op_type == "TreeEnsembleRegressor" and list(trees.input) == ["leg"]
        trees.name, trees.output[0] = f"level{k}", f"quantile{k}"
        nodes.append(trees)
    nodes += [helper.make_node("Concat", [f"quantile{k}" for k in range(len(models))], ["quantiles"], axis=1),
              helper.make_node("TopK", ["quantiles", "count"], ["ascending", "places"], axis=1, largest=0, sorted=1),
              helper.make_node("Reshape", ["ascending", "requests"], ["log_ratio_quantiles"])]
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, path.stem, [tensor("legs", TensorProto.FLOAT, ["batch", LEGS_MAX, FEATURES])],
        [tensor("log_ratio_quantiles", TensorProto.FLOAT, ["batch", LEGS_MAX, len(LEVELS)])],
        [numpy_helper.from_array(a, n) for n, a in arrays.items()])
    made = helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 17),
                                                                 helper.make_opsetid("ai.onnx.ml", 1)])
    onnx.checker.check_model(made, full_check=True)
    path.write_bytes(made.SerializeToString())


def check_export(path, x, quantiles):
    """ONNX Runtime says what scikit-learn says of every judged leg, or this fails."""
    (said,) = run(path, ["log_ratio_quantiles"], x)
    assert said.shape[1:] == (LEGS_MAX, len(LEVELS))
    said = said.reshape(-1, len(LEVELS))[:len(x)]
    assert (np.diff(said, axis=1) >= 0).all()
    worst = float(np.abs(said - quantiles).max())
    assert worst <= 1e-4, f"ONNX Runtime and scikit-learn differ by {worst}"
    return worst


def example(models):
    """What is said of the request above; no candidate uses its legs, so they begin at once."""
    said = []
    for leg in EXAMPLE["legs"]:
        features = [math.log1p(leg["usual_s"]), math.log(leg["live_s"] / leg["usual_s"]), 1, math.log(EXAMPLE["pace"]), 0,
                    1, 0, leg["speed_factor"], math.log1p(leg["distance_m"]), leg["from_stop"] < 0]
        quantiles = predicted(models, np.array([features], np.float32))[0]
        said.append(leg | {"log_ratio_quantiles": quantiles.tolist()})
    return EXAMPLE | {"legs": said}


def main():
    folders = folders_asked_for(__doc__)
    train, choose, judge = read_all(read_legs, folders)
    report = {"data": sizes(train, choose, judge)}
    print(json.dumps(report["data"], indent=2), flush=True)

    threadpool_limits(1)  # Equal from run to run, and no slower where others use the cores too.
    x, y = moved_in_time(train.features, np.random.default_rng(SEED)), train.log_ratio
    choice, report["tried"] = chosen(x, y, choose)
    models = [fit(x, y, level, choice["leaves"], choice["learning_rate"], trees)
              for level, trees in zip(LEVELS, choice["trees"])]
    quantiles = predicted(models, judge.features)
    path = folders.out / f"{NAME}.onnx"
    export(models, path)
    worst = check_export(path, judge.features, quantiles)
    content = path.read_bytes()
    report["chosen"] = choice
    report["model"] = {"file": path.name, "seed": SEED, "levels": LEVELS.tolist(), "bytes": len(content),
                       "sha256": hashlib.sha256(content).hexdigest(), "onnx_against_scikit_learn": worst}
    report["judged"] = judged(train, judge, quantiles)
    report["example"] = example(models)
    (folders.out / "metrics.json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps({k: report[k] for k in ("chosen", "model", "judged")}, indent=2))


if __name__ == "__main__":
    main()
