# SPDX-License-Identifier: Apache-2.0
"""Reads what './headway dataset cities' writes, as plans: the legs of a request together."""

import argparse
import gzip
import itertools
import pathlib
import sys
from dataclasses import dataclass

import numpy as np

FEATURES = 36
SERVICE_FEATURES = 3

# A row is used if so much of the run was left when its leg was to begin: a choice that was known
# before, so that short times are not favoured.
LEFT_MIN = 30

# Legs of a plan beyond this are left out of it; a round has at most 30 stops.
LEGS_MOST = 32

# A vehicle is asked about every few minutes, and what it is told then is mostly what it was told before: of so many
# requests that follow each other one is used.
REQUESTS_EVERY = 4


@dataclass
class Plans:
    """Requests, a row each: their legs in order, as far as they were observed.

    features: request x leg x FEATURES; live_s, realised_s: request x leg, 1 where it was not
    observed; observed: request x leg. request, places: its id, and which legs of KEEP they are.
    """

    city: np.ndarray
    request: list
    places: list
    features: np.ndarray
    live_s: np.ndarray
    realised_s: np.ndarray
    observed: np.ndarray
    unfinished: int

    @property
    def log_ratio(self):
        return np.log(np.maximum(self.realised_s, 1) / self.live_s)

    @property
    def distance_m(self):
        return np.expm1(self.features[..., 8])

    def where(self, rows):
        chosen = np.arange(len(self.city))[rows]
        return Plans(self.city[rows], [self.request[r] for r in chosen], [self.places[r] for r in chosen],
                     self.features[rows], self.live_s[rows], self.realised_s[rows],
                     self.observed[rows], self.unfinished)


@dataclass
class Services:
    """Services that were seen to their end, a row each; there may be none."""

    city: np.ndarray
    features: np.ndarray
    expected_s: np.ndarray
    realised_s: np.ndarray
    unfinished: int

    @property
    def log_ratio(self):
        return np.log(np.maximum(self.realised_s, 1) / self.expected_s)


def rows(path, every):
    """Every so many requests as they follow each other: city, request, and their lines as numbers; what is missing is NaN."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        columns = file.readline().rstrip("\n").split(",")
        assert columns[:5] == ["city", "request", columns[2], "left_min", "horizon_min"], columns
        requests = itertools.groupby((line.rstrip("\n").split(",", 2) for line in file), lambda line: (line[0], line[1]))
        for (city, request), lines in itertools.islice(requests, 0, None, every):
            yield int(city), request, [np.array([v or "nan" for v in rest.split(",")], float) for _, _, rest in lines]


def read_plans(folder, every=1):
    city, request, places, plans, unfinished = [], [], [], [], 0
    for of, name, lines in rows(pathlib.Path(folder) / "requests.csv.gz", every):
        legs = [line for line in lines if line[1] >= line[2] + LEFT_MIN and line[0] < LEGS_MOST]
        unfinished += sum(np.isnan(line[-1]) for line in legs)
        legs = [line for line in legs if not np.isnan(line[-1])]
        if legs:
            city.append(of)
            request.append(name)
            places.append([int(line[0]) for line in legs])
            plans.append(legs)
    most = max(len(legs) for legs in plans)
    features = np.zeros((len(plans), most, FEATURES), np.float32)
    live_s, realised_s = np.ones((len(plans), most)), np.ones((len(plans), most))
    observed = np.zeros((len(plans), most), bool)
    for r, legs in enumerate(plans):
        table = np.array(legs)
        features[r, :len(legs)] = table[:, 3:3 + FEATURES]
        live_s[r, :len(legs)] = np.maximum(table[:, -2], 0.1)
        realised_s[r, :len(legs)] = table[:, -1]
        observed[r, :len(legs)] = True
    return Plans(np.array(city), request, places, features, live_s, realised_s, observed, unfinished)


def read_services(folder, every=1):
    city, features, expected, realised, unfinished = [], [], [], [], 0
    for of, _, lines in rows(pathlib.Path(folder) / "services.csv.gz", every):
        for line in lines:
            if line[1] < line[2] + LEFT_MIN:
                continue
            if np.isnan(line[-1]):
                unfinished += 1
                continue
            city.append(of)
            features.append(line[3:3 + SERVICE_FEATURES])
            expected.append(line[-2])
            realised.append(line[-1])
    return Services(np.array(city), np.array(features, np.float32), np.maximum(np.array(expected), 0.1),
                    np.array(realised), unfinished)


def read_ideal(folder, plans):
    """Scores of the best forecast that is possible, of a sample of the plans; None where they were not asked for.

    Returns which plans are in the sample, and of each of their legs, request x leg, the CRPS of the leg and of the sum
    up to it; NaN where a leg was not observed.
    """
    path = pathlib.Path(folder) / "ideal.csv.gz"
    scores = {}
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            file.readline()
            for line in file:
                city, request, leg, _, _, of_leg, of_prefix = line.rstrip("\n").split(",")
                scores[int(city), request, int(leg)] = float(of_leg), float(of_prefix)
    if not scores:
        return None
    leg_crps = np.full(plans.observed.shape, np.nan)
    prefix_crps = np.full(plans.observed.shape, np.nan)
    for r, (city, request, places) in enumerate(zip(plans.city, plans.request, plans.places)):
        for l, place in enumerate(places):
            leg_crps[r, l], prefix_crps[r, l] = scores.get((int(city), request, place), (np.nan, np.nan))
    return (~np.isnan(leg_crps)).any(1), leg_crps, prefix_crps


def folders_asked_for(doc):
    """Folders that the command line of a recipe names: train, choose, judge, and out, by default the recipe's own."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    for name in ("train", "choose", "judge"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(sys.argv[0]).parent)
    return parser.parse_args()


def of_days(plans, days):
    """Those of some days of a recording, which stand in place of cities: 20080518."""
    return plans.where(np.isin(plans.city, days))


def read_all(read, folders):
    """What is in the folders to train with, to choose with and to judge with; each has cities of its own."""
    train, choose, judge = (read(folder, REQUESTS_EVERY) for folder in (folders.train, folders.choose, folders.judge))
    assert 1000 <= train.city.min() and train.city.max() < 2000 <= choose.city.min()
    assert choose.city.max() < 3000 <= judge.city.min()
    return train, choose, judge


def sizes(train, choose, judge):
    """How much there is, and how many legs more were not seen to their end."""
    return {name: {"cities": len(set(plans.city)), "requests": len(plans.city), "legs": int(plans.observed.sum()),
                   "unfinished_share": float(plans.unfinished / (plans.unfinished + plans.observed.sum()))}
            for name, plans in (("train", train), ("choose", choose), ("judge", judge))}
