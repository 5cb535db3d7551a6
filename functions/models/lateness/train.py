# SPDX-License-Identifier: Apache-2.0
"""Trains the lateness model on simulated cities, judges it on others, and writes it as ONNX.

python train.py --train DIR --choose DIR --judge DIR [--out DIR]: folders of './headway dataset cities'.
Some minutes on one core. Equal data, seeds and library versions give equal models.
"""

import hashlib
import json
import math

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from data import FEATURES, folders_asked_for, read_all, read_legs, sizes

LEGS_MAX = 128
STD_FLOOR = 0.03
STD_MOST = 1.5
MEAN_MOST = 1.5
CLIP = 5.0
WIDTH = 32
SEEDS = (11, 12, 13, 14, 15)

# Name, seed and width of what is written; the first is one of the five, chosen before they were judged.
VERSIONS = (("lateness-1", SEEDS[0], WIDTH), ("lateness-2", 21, 48))
BATCH = 1024
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 1e-2
EPOCHS_MOST = 40
PATIENCE = 10

# A city is seen at a few hours only, by which a model could tell the cities apart and learn each by
# heart: every row's time of day is moved at random, by this standard deviation, anew in each epoch.
JITTER_H = 3.0
SINE, COSINE = 5, 6
SAMPLES = 256
DISTANCE_CLASSES = 10


class Lateness(nn.Module):
    """Features of a leg to mean and standard deviation of ln(realised / live)."""

    def __init__(self, width, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))
        self.layers = nn.Sequential(
            nn.Linear(FEATURES, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 2))

    def forward(self, legs):
        out = self.layers(torch.clamp((legs - self.mean) / self.std, -CLIP, CLIP))
        mean = torch.clamp(out[..., 0], -MEAN_MOST, MEAN_MOST)
        std = torch.clamp(nn.functional.softplus(out[..., 1]) + STD_FLOOR, max=STD_MOST)
        return mean, std


def negative_log_likelihood(mean, std, target):
    return (torch.log(std) + 0.5 * ((target - mean) / std) ** 2).mean()


def moved_in_time(x, random):
    angle = torch.tensor(random.normal(0, 2 * math.pi * JITTER_H / 24, len(x)), dtype=torch.float32)
    moved = x.clone()
    moved[:, SINE] = x[:, SINE] * torch.cos(angle) + x[:, COSINE] * torch.sin(angle)
    moved[:, COSINE] = x[:, COSINE] * torch.cos(angle) - x[:, SINE] * torch.sin(angle)
    return moved


def fit(train, choose, width, seed):
    """The model of the epoch with the least loss on the choosing cities."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    std = train.features.std(axis=0)
    # What was always the same taught nothing, and must not matter where it is something else.
    std = np.where(std > 1e-6, std, np.inf).astype(np.float32)
    model = Lateness(width, train.features.mean(axis=0), std)
    x, y = torch.tensor(train.features), torch.tensor(train.log_ratio, dtype=torch.float32)
    choose_x = torch.tensor(choose.features)
    choose_y = torch.tensor(choose.log_ratio, dtype=torch.float32)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    best, best_loss, worse = None, math.inf, 0
    for epoch in range(EPOCHS_MOST):
        moved = moved_in_time(x, random)
        order = torch.tensor(random.permutation(len(y)))
        for rows in order.split(BATCH):
            optimiser.zero_grad()
            negative_log_likelihood(*model(moved[rows]), y[rows]).backward()
            optimiser.step()
        with torch.no_grad():
            loss = negative_log_likelihood(*model(choose_x), choose_y).item()
        if loss < best_loss - 1e-5:
            best, best_loss, worse = {k: v.clone() for k, v in model.state_dict().items()}, loss, 0
        else:
            worse += 1
            if worse == PATIENCE:
                break
    model.load_state_dict(best)
    print(f"seed {seed}, width {width}: loss {best_loss:.4f} on the choosing cities after {epoch + 1 - worse} epochs")
    return model


def laws(model, legs):
    with torch.no_grad():
        mean, std = model(torch.tensor(legs.features))
    return mean.double().numpy(), std.double().numpy()


def shared_share(legs, mean, std):
    """Mean product of the standardised residuals of two legs of one request, over their mean square.

    Every pair of legs of a request counts once, so this is the correlation that one normal variable
    common to all legs of a request gives, if it is the same for every pair.
    """
    residual = (legs.log_ratio - mean) / std
    sums = np.bincount(legs.request, residual)
    squares = np.bincount(legs.request, residual ** 2)
    counts = np.bincount(legs.request)
    pairs = (counts * (counts - 1)).sum()
    return float(np.clip((sums ** 2 - squares).sum() / pairs / np.mean(residual ** 2), 0, 1))


def normal_cdf(x):
    return 0.5 * (1 + torch.erf(torch.tensor(x) / math.sqrt(2)).numpy())


def crps_log_normal(mu, sigma, y):
    """CRPS of a log-normal, in the unit of y (Baran and Lerch 2015)."""
    z = (np.log(np.maximum(y, 1e-3)) - mu) / sigma
    return (y * (2 * normal_cdf(z) - 1)
            - 2 * np.exp(mu + sigma ** 2 / 2) * (normal_cdf(z - sigma) + normal_cdf(sigma / math.sqrt(2)) - 1))


def leg_scores(legs, mu, sigma):
    """Mean CRPS in seconds, and coverage of the central 80 % and 90 % intervals."""
    z = np.abs((np.log(np.maximum(legs.realised_s, 1e-3)) - mu) / sigma)
    return {"leg_crps_s": float(crps_log_normal(mu, sigma, legs.realised_s).mean()),
            "leg_coverage_80": float((z < 1.2815516).mean()), "leg_coverage_90": float((z < 1.6448536).mean())}


def plan_scores(legs, mu, sigma, share, seed=0):
    """The same for the sum of a request's legs, where it has two or more, by fair CRPS of samples."""
    random = np.random.default_rng(seed)
    starts = np.flatnonzero(np.r_[True, np.diff(legs.request) != 0, True])
    crps, inside80, inside90 = [], [], []
    i = np.arange(1, SAMPLES + 1)
    for a, b in zip(starts[:-1], starts[1:]):
        if b - a < 2:
            continue
        common = random.standard_normal((SAMPLES, 1))
        own = random.standard_normal((SAMPLES, b - a))
        noise = math.sqrt(share) * common + math.sqrt(1 - share) * own
        sums = np.sort(np.exp(mu[a:b] + sigma[a:b] * noise).sum(axis=1))
        real = legs.realised_s[a:b].sum()
        spread = 2 * ((2 * i - SAMPLES - 1) * sums).sum() / (SAMPLES * (SAMPLES - 1))
        crps.append(np.abs(sums - real).mean() - spread / 2)
        low, high = np.quantile(sums, (0.1, 0.9))
        inside80.append(low <= real <= high)
        low, high = np.quantile(sums, (0.05, 0.95))
        inside90.append(low <= real <= high)
    return {"plan_crps_s": float(np.mean(crps)),
            "plan_coverage_80": float(np.mean(inside80)), "plan_coverage_90": float(np.mean(inside90))}


def point_scores(legs):
    """The live estimate as it is: its CRPS is its absolute error."""
    sums = np.bincount(legs.request, legs.realised_s) - np.bincount(legs.request, legs.live_s)
    many = np.bincount(legs.request) >= 2
    return {"leg_crps_s": float(np.abs(legs.realised_s - legs.live_s).mean()),
            "plan_crps_s": float(np.abs(sums[many]).mean())}


def class_laws(train, legs, of):
    """One log-normal a distance class, fitted on the training cities; classes are tenths of them."""
    edges = np.quantile(train.distance_m, np.linspace(0, 1, DISTANCE_CLASSES + 1)[1:-1])
    train_class, leg_class = np.digitize(train.distance_m, edges), np.digitize(legs.distance_m, edges)
    values = of(train)
    mean = np.array([values[train_class == c].mean() for c in range(DISTANCE_CLASSES)])
    std = np.array([values[train_class == c].std() for c in range(DISTANCE_CLASSES)])
    return mean[leg_class], std[leg_class]


def scores(legs, mu, sigma, share):
    return leg_scores(legs, mu, sigma) | plan_scores(legs, mu, sigma, share)


def export(model, share, path):
    """Writes the graph; standardisation is part of it."""
    arrays = {"feature_mean": model.mean.numpy(), "feature_std": model.std.numpy(),
              "least": np.float32(-CLIP), "most": np.float32(CLIP),
              "mean_least": np.float32(-MEAN_MOST), "mean_most": np.float32(MEAN_MOST),
              "std_floor": np.float32(STD_FLOOR), "std_most": np.float32(STD_MOST), "nothing": np.float32(0),
              "last": np.array([2], np.int64), "one": np.array([1], np.int64), "zero": np.array([0], np.int64),
              "share": np.array([[share]], np.float32), "halves": np.array([1, 1], np.int64)}
    nodes = [helper.make_node("Sub", ["legs", "feature_mean"], ["centred"]),
             helper.make_node("Div", ["centred", "feature_std"], ["scaled"]),
             helper.make_node("Clip", ["scaled", "least", "most"], ["h0"])]
    linear = [layer for layer in model.layers if isinstance(layer, nn.Linear)]
    for n, layer in enumerate(linear):
        arrays[f"weight{n}"] = layer.weight.detach().numpy().T.copy()
        arrays[f"bias{n}"] = layer.bias.detach().numpy()
        nodes.append(helper.make_node("MatMul", [f"h{n}", f"weight{n}"], [f"product{n}"]))
        end = n == len(linear) - 1
        nodes.append(helper.make_node("Add", [f"product{n}", f"bias{n}"], ["law" if end else f"sum{n}"]))
        if not end:
            nodes.append(helper.make_node("Relu", [f"sum{n}"], [f"h{n + 1}"]))
    nodes += [helper.make_node("Split", ["law", "halves"], ["law_mean", "law_std"], axis=2),
              helper.make_node("Squeeze", ["law_mean", "last"], ["raw_mean"]),
              helper.make_node("Clip", ["raw_mean", "mean_least", "mean_most"], ["log_ratio_mean"]),
              helper.make_node("Squeeze", ["law_std", "last"], ["raw_std"]),
              helper.make_node("Softplus", ["raw_std"], ["soft_std"]),
              helper.make_node("Add", ["soft_std", "std_floor"], ["open_std"]),
              helper.make_node("Clip", ["open_std", "nothing", "std_most"], ["log_ratio_std"]),
              helper.make_node("Shape", ["legs"], ["batch"], start=0, end=1),
              helper.make_node("Concat", ["batch", "one"], ["share_shape"], axis=0),
              helper.make_node("Expand", ["share", "share_shape"], ["shared_share"])]
    used = {name for node in nodes for name in node.input}
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, path.stem, [tensor("legs", TensorProto.FLOAT, ["batch", LEGS_MAX, FEATURES])],
        [tensor("log_ratio_mean", TensorProto.FLOAT, ["batch", LEGS_MAX]),
         tensor("log_ratio_std", TensorProto.FLOAT, ["batch", LEGS_MAX]),
         tensor("shared_share", TensorProto.FLOAT, ["batch", 1])],
        [numpy_helper.from_array(np.asarray(a), n) for n, a in arrays.items() if n in used])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(made, full_check=True)
    path.write_bytes(made.SerializeToString())


def check_export(model, share, path, legs):
    """ONNX Runtime says what PyTorch says, at several batch sizes, or this fails."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    worst = 0.0
    for batch in (1, 3, 8):
        x = np.zeros((batch, LEGS_MAX, FEATURES), np.float32)
        rows = legs.features[:batch * 100].reshape(batch, 100, FEATURES)
        x[:, :100] = rows
        mean, std, shared = session.run(["log_ratio_mean", "log_ratio_std", "shared_share"], {"legs": x})
        with torch.no_grad():
            torch_mean, torch_std = model(torch.tensor(x))
        worst = max(worst, np.abs(mean - torch_mean.numpy()).max(), np.abs(std - torch_std.numpy()).max(),
                    np.abs(shared - share).max())
        assert mean.shape == std.shape == (batch, LEGS_MAX) and shared.shape == (batch, 1)
        assert (std > 0).all()
    assert worst <= 1e-5, f"ONNX Runtime and PyTorch differ by {worst}"
    return float(worst)


def describe(path, width, seed, share, worst):
    content = path.read_bytes()
    return {"file": path.name, "width": width, "seed": seed, "shared_share": share, "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(), "onnx_against_torch": worst}


def main():
    folders = folders_asked_for(__doc__)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    train, choose, judge = read_all(read_legs, folders)
    report = {"data": sizes(train, choose, judge)}
    print(json.dumps(report["data"], indent=2))

    live = np.log(judge.live_s)
    report["baselines"] = {"live_estimate": point_scores(judge)}
    mean, std = class_laws(train, judge, lambda legs: np.log(np.maximum(legs.realised_s, 1)))
    report["baselines"]["log_normal_per_distance_class"] = scores(judge, mean, std, 0)
    mean, std = class_laws(train, judge, lambda legs: legs.log_ratio)
    report["baselines"]["log_normal_around_live_per_distance_class"] = scores(judge, live + mean, std, 0)

    report["seeds"], report["by_city"], report["versions"] = [], {}, []
    others = tuple((None, seed, WIDTH) for seed in SEEDS[1:])
    for name, seed, width in (*VERSIONS, *others):
        model = fit(train, choose, width, seed)
        share = shared_share(train, *laws(model, train))
        mean, std = laws(model, judge)
        scored = scores(judge, live + mean, std, share)
        scored |= {f"{k}_without_share": v for k, v in plan_scores(judge, live + mean, std, 0).items()}
        scored["shared_share"] = share
        if width == WIDTH:
            report["seeds"].append(scored)
        if name:
            path = folders.out / f"{name}.onnx"
            export(model, share, path)
            worst = check_export(model, share, path, judge)
            report["versions"].append(describe(path, width, seed, share, worst) | {"judged": scored})
        if name == VERSIONS[0][0]:
            class_mean, class_std = class_laws(train, judge, lambda legs: legs.log_ratio)
            for city in sorted(set(judge.city)):
                rows = judge.city == city
                report["by_city"][str(city)] = {
                    "live_estimate": float(np.abs(judge.realised_s - judge.live_s)[rows].mean()),
                    "log_normal_around_live_per_distance_class":
                        leg_scores(judge.where(rows), (live + class_mean)[rows], class_std[rows])["leg_crps_s"],
                    "model": leg_scores(judge.where(rows), (live + mean)[rows], std[rows])["leg_crps_s"]}
    keys = report["seeds"][0].keys()
    report["seeds_summary"] = {k: {"mean": float(np.mean([s[k] for s in report["seeds"]])),
                                   "std": float(np.std([s[k] for s in report["seeds"]], ddof=1))} for k in keys}
    (folders.out / "metrics.json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps({k: report[k] for k in ("baselines", "seeds_summary", "by_city", "versions")}, indent=2))


if __name__ == "__main__":
    main()
