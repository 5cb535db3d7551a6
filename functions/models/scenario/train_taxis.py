# SPDX-License-Identifier: Apache-2.0
"""Trains the scenario model on recorded taxis: the same form, for vehicles off the road network.

python train_taxis.py --data DIR [--out DIR]: the folder of './headway dataset taxis', 13 days or more. The last two days
judge, the two before them choose, the others train. For an interval the same is done on earlier days alone (rolling
origin). Some minutes to an hour on one core.
"""

import argparse
import json
import pathlib

import numpy as np
import torch

import rivals
from data import of_days, read_plans, read_services
from scores import fair_crps, scored
from train import Onnx, SEEDS, trained

NAMES = ("scenario-taxis-1", "scenario-taxis-2")
CHOOSING_DAYS = JUDGING_DAYS = 2
ORIGINS = 3  # so many times it is judged: on the last days, and on those two and four days before
RESAMPLES = 2000


def split(days, back):
    """Days to train with, choose with and judge with, where the last so many have not come yet."""
    known = days[:len(days) - back]
    return (known[:-CHOOSING_DAYS - JUDGING_DAYS], known[-CHOOSING_DAYS - JUDGING_DAYS:-JUDGING_DAYS], known[-JUDGING_DAYS:])


def leg_crps(plans, draw):
    crps = fair_crps(draw(plans, 0), plans.realised_s)
    return crps[plans.observed]


def ratio(hours, model, rival, random):
    """CRPS of the model over a rival's, with its interval by bootstrap over the hours that were judged."""
    of = {h: hours == h for h in np.unique(hours)}
    sums = np.array([(model[rows].sum(), rival[rows].sum()) for rows in of.values()])
    resampled = sums[random.integers(len(sums), size=(RESAMPLES, len(sums)))].sum(1)
    ratios = resampled[:, 0] / resampled[:, 1]
    return {"ratio": float(model.sum() / rival.sum()), "low": float(np.quantile(ratios, 0.025)),
            "high": float(np.quantile(ratios, 0.975))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    folders = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    plans, services = read_plans(folders.data), read_services(folders.data)
    days = sorted(set(plans.city))
    report, model, rival, hours = None, {}, {}, []
    for origin in range(ORIGINS):
        parts = [of_days(plans, of) for of in split(days, origin * JUDGING_DAYS)]
        out = folders.out if origin == 0 else folders.out / ".train" / f"origin-{origin}"
        out.mkdir(parents=True, exist_ok=True)
        told = trained(parts, [services] * 3, NAMES, (), 0, SEEDS if origin == 0 else SEEDS[:1], out)
        draws, boosting = rivals.fitted(parts[0], parts[1], (), 0)
        judge = parts[2]
        if origin == 0:
            report = told | {"boosting": boosting, "rivals": {name: scored(judge, draw) for name, draw in draws.items()}}
        model[origin] = leg_crps(judge, Onnx(out / f"{NAMES[0]}.onnx").plans)
        for name, draw in draws.items():
            rival.setdefault(name, []).append(leg_crps(judge, draw))
        hours.append(np.broadcast_to((judge.city * 100 + hour_of(judge))[:, None], judge.observed.shape)[judge.observed])
    random = np.random.default_rng(1)
    all_model, all_hours = np.concatenate(list(model.values())), np.concatenate(hours)
    report["crps_over_rivals"] = {name: ratio(all_hours, all_model, np.concatenate(parts), random)
                                  for name, parts in rival.items()}
    (folders.out / "metrics-taxis.json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps({k: report[k] for k in ("shipped", "forms", "seeds_summary", "rivals", "crps_over_rivals")}, indent=2))


def hour_of(plans):
    """Hour of the day (UTC), by its sine and cosine."""
    angle = np.arctan2(plans.features[:, 0, 5], plans.features[:, 0, 6])
    return np.floor(np.mod(angle, 2 * np.pi) * 24 / (2 * np.pi)).astype(int)


if __name__ == "__main__":
    main()
