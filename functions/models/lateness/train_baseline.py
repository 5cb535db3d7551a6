# SPDX-License-Identifier: Apache-2.0
"""Fits the lateness baseline: a scaler and a logistic regression of "this stop will be late".

python train_baseline.py --train DIR --choose DIR --judge DIR [--out DIR]: folders of './headway dataset
lateness'. Newton's method on numpy, seconds; nothing is drawn at random. Writes lateness-baseline.json,
and as a pipeline of Flink ML the directory lateness-baseline.
"""

import json

import numpy as np

from data import STOP_INPUTS, folders_asked_for, read_all, read_stops
from pipeline import write_pipeline

RIDGES = (1e-6, 1e-4, 1e-2)
STEPS = 50
LEAST_PROBABILITY = 0.01
BINS = 10

# In the report with their probabilities, so that what serves the pipeline can be held against numpy.
EXAMPLES = ((0, 0, 0, 1), (14, 17, 2, 1.08), (5.25, -3.5, 0, 0.8), (38, 4, 6, 1.55), (21, -0.5, 3, 2.25), (60, 75, 7, 1))


def sigmoid(x):
    return 1 / (1 + np.exp(-np.clip(x, -40, 40)))


def fit(x, late, ridge):
    """Weights and intercept of least mean log loss, with the ridge on the weights alone."""
    ones = np.c_[x, np.ones(len(x))]
    penalty = ridge * np.diag(np.r_[np.ones(x.shape[1]), 0])
    w = np.zeros(ones.shape[1])
    for _ in range(STEPS):
        p = sigmoid(ones @ w)
        gradient = ones.T @ (p - late) / len(late) + penalty @ w
        hessian = (ones * (p * (1 - p))[:, None]).T @ ones / len(late) + penalty
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-10:
            break
    else:
        raise RuntimeError(f"Newton's method did not end within {STEPS} steps")
    return w[:-1], float(w[-1])


def log_loss(late, p):
    p = np.clip(p, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return float(-(late * np.log(p) + (1 - late) * np.log(1 - p)).mean())


def scores(late, p):
    """Brier score, log loss with probabilities held off 0 and 1, and calibration in tenths."""
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    table = [{"said": float(p[bins == b].mean()), "came": float(late[bins == b].mean()), "stops": int((bins == b).sum())}
             for b in range(BINS) if (bins == b).any()]
    error = sum(row["stops"] * abs(row["said"] - row["came"]) for row in table) / len(late)
    return {"brier": float(((p - late) ** 2).mean()), "log_loss": log_loss(late, p), "calibration_error": error,
            "calibration": table}


def main():
    folders = folders_asked_for(__doc__)
    train, choose, judge = read_all(read_stops, folders)

    mean, std = train.inputs.mean(axis=0), train.inputs.std(axis=0)
    scaled = {name: (stops.inputs - mean) / std for name, stops in
              (("train", train), ("choose", choose), ("judge", judge))}
    fits = {ridge: fit(scaled["train"], train.late, ridge) for ridge in RIDGES}
    chosen = min(fits, key=lambda r: log_loss(choose.late, sigmoid(scaled["choose"] @ fits[r][0] + fits[r][1])))
    weights, intercept = fits[chosen]

    probability = sigmoid(scaled["judge"] @ weights + intercept)
    estimate = (judge.inputs[:, STOP_INPUTS.index("slack_min")] < 0).astype(float)
    report = {
        "inputs": list(STOP_INPUTS), "mean": mean.tolist(), "std": std.tolist(), "weights": weights.tolist(),
        "intercept": intercept, "ridge": chosen,
        "examples": [{"inputs": list(row), "late": float(sigmoid((row - mean) / std @ weights + intercept))}
                     for row in EXAMPLES],
        "judged": {
            "stops": len(judge.late), "late_share": float(judge.late.mean()),
            "unfinished_share": judge.unfinished / (judge.unfinished + len(judge.late)),
            "baseline": scores(judge.late, probability),
            "late_if_the_live_estimate_says_so": scores(judge.late, estimate),
            "late_share_of_the_training_cities": scores(judge.late, np.full(len(judge.late), train.late.mean())),
            "by_city": {str(c): {"baseline": scores(judge.late[judge.city == c], probability[judge.city == c])["brier"],
                                 "late_if_the_live_estimate_says_so":
                                     scores(judge.late[judge.city == c], estimate[judge.city == c])["brier"]}
                        for c in sorted(set(judge.city))}}}
    (folders.out / "lateness-baseline.json").write_text(json.dumps(report, indent=2) + "\n")
    write_pipeline(folders.out / "lateness-baseline", report)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
