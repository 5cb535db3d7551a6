# SPDX-License-Identifier: Apache-2.0
"""Reads what './headway dataset cities' writes."""

import argparse
import csv
import gzip
import pathlib
import sys
from dataclasses import dataclass

import numpy as np

FEATURES = 10

# A row is used if so much of the run was left when its leg was to begin, or its stop to be reached:
# a choice that was known before, so that short times are not favoured.
LEFT_MIN = 30


@dataclass
class Legs:
    """Legs that were observed, one a row; requests are numbered from 0 and their rows adjacent."""

    city: np.ndarray
    request: np.ndarray
    features: np.ndarray
    live_s: np.ndarray
    realised_s: np.ndarray
    unfinished: int

    @property
    def log_ratio(self):
        return np.log(np.maximum(self.realised_s, 1) / self.live_s)

    @property
    def distance_m(self):
        return np.expm1(self.features[:, 8])

    def where(self, rows):
        return Legs(self.city[rows], self.request[rows], self.features[rows], self.live_s[rows],
                    self.realised_s[rows], self.unfinished)


@dataclass
class Stops:
    """Stops of which it is known whether they were late."""

    city: np.ndarray
    inputs: np.ndarray  # arrive_min, slack_min, stops_before, live_ratio
    late: np.ndarray
    unfinished: int


STOP_INPUTS = ("arrive_min", "slack_min", "stops_before", "live_ratio")


def rows(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read_legs(folder):
    city, request, features, live, realised = [], [], [], [], []
    numbers, unfinished = {}, 0
    for row in rows(pathlib.Path(folder) / "requests.csv.gz"):
        if float(row["left_min"]) < float(row["horizon_min"]) + LEFT_MIN:
            continue
        if not row["realised_s"]:
            unfinished += 1
            continue
        city.append(int(row["city"]))
        request.append(numbers.setdefault((row["city"], row["request"]), len(numbers)))
        features.append([float(row[f"f{f}"]) for f in range(FEATURES)])
        live.append(float(row["live_s"]))
        realised.append(float(row["realised_s"]))
    return Legs(np.array(city), np.array(request), np.array(features, np.float32),
                np.maximum(np.array(live), 0.1), np.array(realised), unfinished)


def read_stops(folder):
    city, inputs, late = [], [], []
    unfinished = 0
    for row in rows(pathlib.Path(folder) / "stops.csv.gz"):
        if float(row["left_min"]) < float(row["arrive_min"]) + LEFT_MIN:
            continue
        if not row["late"]:
            unfinished += 1
            continue
        city.append(int(row["city"]))
        inputs.append([float(row[name]) for name in STOP_INPUTS])
        late.append(int(row["late"]))
    return Stops(np.array(city), np.array(inputs), np.array(late, float), unfinished)


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
    """How many legs there are, and how many more were not seen to their end."""
    return {name: {"cities": len(set(legs.city)), "requests": len(set(legs.request)), "legs": len(legs.city),
                   "unfinished_share": legs.unfinished / (legs.unfinished + len(legs.city))}
            for name, legs in (("train", train), ("choose", choose), ("judge", judge))}
