# SPDX-License-Identifier: Apache-2.0
"""Reads what './headway dataset lateness' writes, as plans: the legs of a request together."""

import argparse
import gzip
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


@dataclass
class Plans:
    """Requests, a row each: their legs in order, as far as they were observed.

    features: request x leg x FEATURES; live_s, realised_s: request x leg, 1 where it was not
    observed; observed: request x leg.
    """

    city: np.ndarray
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
        return Plans(self.city[rows], self.features[rows], self.live_s[rows], self.realised_s[rows],
                     self.observed[rows], self.unfinished)


@dataclass
class Services:
    """Services that were seen to their end, a row each."""

    city: np.ndarray
    features: np.ndarray
    expected_s: np.ndarray
    realised_s: np.ndarray
    unfinished: int

    @property
    def log_ratio(self):
        return np.log(np.maximum(self.realised_s, 1) / self.expected_s)


def rows(path):
    """Requests as they follow each other: city, request, and their lines as numbers; nothing is NaN."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        columns = file.readline().rstrip("\n").split(",")
        assert columns[:5] == ["city", "request", columns[2], "left_min", "horizon_min"], columns
        key, lines = None, []
        for line in file:
            city, request, rest = line.rstrip("\n").split(",", 2)
            if (city, request) != key:
                if lines:
                    yield int(key[0]), lines
                key, lines = (city, request), []
            values = rest.split(",")
            lines.append(np.array([v or "nan" for v in values], float))
        if lines:
            yield int(key[0]), lines


def read_plans(folder):
    city, plans, unfinished = [], [], 0
    for of, lines in rows(pathlib.Path(folder) / "requests.csv.gz"):
        legs = [line for line in lines if line[1] >= line[2] + LEFT_MIN and line[0] < LEGS_MOST]
        unfinished += sum(np.isnan(line[-1]) for line in legs)
        legs = [line for line in legs if not np.isnan(line[-1])]
        if legs:
            city.append(of)
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
    return Plans(np.array(city), features, live_s, realised_s, observed, unfinished)


def read_services(folder):
    city, features, expected, realised, unfinished = [], [], [], [], 0
    for of, lines in rows(pathlib.Path(folder) / "services.csv.gz"):
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


def folders_asked_for(doc):
    """Folders that the command line of a recipe names: train, choose, judge, and out, by default the recipe's own."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    for name in ("train", "choose", "judge"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(sys.argv[0]).parent)
    return parser.parse_args()


def read_all(read, folders):
    """What is in the folders to train with, to choose with and to judge with; each has cities of its own."""
    train, choose, judge = (read(folder) for folder in (folders.train, folders.choose, folders.judge))
    assert 1000 <= train.city.min() and train.city.max() < 2000 <= choose.city.min()
    assert choose.city.max() < 3000 <= judge.city.min()
    return train, choose, judge


def sizes(train, choose, judge):
    """How much there is, and how many legs more were not seen to their end."""
    return {name: {"cities": len(set(plans.city)), "requests": len(plans.city), "legs": int(plans.observed.sum()),
                   "unfinished_share": float(plans.unfinished / (plans.unfinished + plans.observed.sum()))}
            for name, plans in (("train", train), ("choose", choose), ("judge", judge))}
