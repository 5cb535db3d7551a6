# SPDX-License-Identifier: Apache-2.0
"""What the scenario model is judged beside: a log-normal per class, the live estimate, and boosted quantiles.

The quantiles are boosted on the inputs that the model has, and drawn from independently of each other, or
joined by a Gaussian copula: legs of one request that lie k apart have one correlation, told by the choosing cities,
where the residuals are those of data that was not learned.
"""

import itertools
import math
from dataclasses import replace

import numpy as np
from scipy.special import ndtri
from sklearn.ensemble import HistGradientBoostingRegressor

from data import LEGS_MOST
from model import SCENARIOS

DISTANCE_CLASSES = 10
LEVELS = np.array((0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98))
SEED = 51

# Leaves, rate and whether hours are moved are chosen together, on a part of the requests and of the levels; how many
# trees, level by level, on all.
LEAVES = (15, 31, 63)
LEARNING_RATES = (0.05, 0.1)
CHOOSING_EVERY = 5
TREES_MOST = 600
LEAF_ROWS = 200
LAGS_MOST = 12
CHOOSING_LEVELS = (0.05, 0.35, 0.65, 0.95)
SINE, COSINE = 5, 6


def class_laws(train, plans):
    """Mean and standard deviation of ln(realised / live) by tenth of the training legs' distances."""
    edges = np.quantile(train.distance_m[train.observed], np.linspace(0, 1, DISTANCE_CLASSES + 1)[1:-1])
    train_class = np.digitize(train.distance_m[train.observed], edges)
    y = train.log_ratio[train.observed]
    mean = np.array([y[train_class == c].mean() for c in range(DISTANCE_CLASSES)])
    std = np.array([y[train_class == c].std() for c in range(DISTANCE_CLASSES)])
    of = np.digitize(plans.distance_m, edges)
    return mean[of], std[of]


def moved_in_time(plans, jitter_h):
    """Every request's time of day moved at random, as the model learns: cities cannot be told apart by their hours."""
    angle = np.random.default_rng(SEED).normal(0, 2 * np.pi * jitter_h / 24, (len(plans.city), 1))
    features = plans.features.copy()
    sine, cosine = plans.features[..., SINE], plans.features[..., COSINE]
    features[..., SINE] = sine * np.cos(angle) + cosine * np.sin(angle)
    features[..., COSINE] = cosine * np.cos(angle) - sine * np.sin(angle)
    return replace(plans, features=features)


def noise(plans, begin, seed=SEED):
    return np.random.default_rng([seed, begin]).standard_normal((*plans.observed.shape, SCENARIOS))


class Boosted:
    """Quantiles of ln(realised / live), level by level."""

    def __init__(self, train, choose, blind, jitter_h):
        self.seen = [f for f in range(train.features.shape[-1]) if f not in blind]
        some, some_choose = train.where(slice(0, None, CHOOSING_EVERY)), choose.where(slice(0, None, CHOOSING_EVERY))
        best = math.inf
        for leaves, rate, moved in itertools.product(LEAVES, LEARNING_RATES, (True, False) if jitter_h else (False,)):
            x, y = self._table(some, jitter_h if moved else 0)
            loss = np.mean([self._trees(x, y, some_choose, level, leaves, rate)[1] for level in CHOOSING_LEVELS])
            print(f"boosting with {leaves} leaves, rate {rate}, hours moved {moved}: {loss:.5f}", flush=True)
            if loss < best:
                best, self.choice = loss, {"leaves": leaves, "learning_rate": rate, "hours_moved": moved}
        x, y = self._table(train, jitter_h if self.choice["hours_moved"] else 0)
        leaves, rate = self.choice["leaves"], self.choice["learning_rate"]
        self.choice["trees"] = [self._trees(x, y, choose, level, leaves, rate)[0] for level in LEVELS]
        self.models = [self._fit(x, y, level, leaves, rate, trees) for level, trees in zip(LEVELS, self.choice["trees"])]

    def _table(self, train, jitter_h):
        return self._rows(moved_in_time(train, jitter_h) if jitter_h else train), train.log_ratio[train.observed]

    def _trees(self, x, y, choose, level, leaves, rate):
        """How many trees do best on the choosing cities, and how well."""
        rows, came = self._rows(choose), choose.log_ratio[choose.observed]
        by_trees = [pinball(came, q, level) for q in self._fit(x, y, level, leaves, rate, TREES_MOST).staged_predict(rows)]
        return int(np.argmin(by_trees)) + 1, min(by_trees)

    @staticmethod
    def _fit(x, y, level, leaves, rate, trees):
        return HistGradientBoostingRegressor(
            loss="quantile", quantile=level, max_iter=trees, max_leaf_nodes=leaves, learning_rate=rate,
            min_samples_leaf=LEAF_ROWS, early_stopping=False, random_state=SEED).fit(x, y)

    def _rows(self, plans):
        return plans.features[plans.observed][:, self.seen]

    def quantiles(self, plans):
        """Of requests x legs x levels, ascending; 0 for legs that were not observed."""
        rows = self._rows(plans)
        out = np.zeros((*plans.observed.shape, len(LEVELS)))
        out[plans.observed] = np.sort(np.stack([m.predict(rows) for m in self.models], 1), 1)
        return out


def pinball(y, quantile, level):
    return float(np.maximum(level * (y - quantile), (level - 1) * (y - quantile)).mean())


def at(quantiles, z):
    """Values at normal scores: linear in them between levels and beyond."""
    scores = ndtri(LEVELS)
    k = np.clip(np.searchsorted(scores, z) - 1, 0, len(scores) - 2)
    low = np.take_along_axis(quantiles, k, -1)
    high = np.take_along_axis(quantiles, k + 1, -1)
    return low + (high - low) * (z - scores[k]) / (scores[k + 1] - scores[k])


def normal_scores(quantiles, y):
    """The other way round, within 4 standard deviations."""
    scores = ndtri(LEVELS)
    k = np.clip((quantiles < y[..., None]).sum(-1) - 1, 0, len(scores) - 2)[..., None]
    low = np.take_along_axis(quantiles, k, -1)[..., 0]
    high = np.take_along_axis(quantiles, k + 1, -1)[..., 0]
    k = k[..., 0]
    z = scores[k] + (scores[k + 1] - scores[k]) * (y - low) / np.maximum(high - low, 1e-9)
    return np.clip(z, -4, 4)


def lag_correlations(boosted, plans):
    z = normal_scores(boosted.quantiles(plans), plans.log_ratio)
    z = np.where(plans.observed, z - z[plans.observed].mean(), 0)
    variance = (z ** 2).sum() / plans.observed.sum()
    correlations = [1.0]
    for lag in range(1, min(LAGS_MOST, z.shape[1] - 1) + 1):
        both = plans.observed[:, lag:] & plans.observed[:, :-lag]
        correlations.append(float((z[:, lag:] * z[:, :-lag]).sum() / max(both.sum(), 1) / variance))
    return correlations


def copula_factor(correlations, legs):
    """Cholesky factor of the correlations of legs; the nearest matrix that has one."""
    lags = np.minimum(np.abs(np.subtract.outer(np.arange(legs), np.arange(legs))), len(correlations) - 1)
    values, vectors = np.linalg.eigh(np.array(correlations)[lags])
    matrix = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    scale = np.sqrt(np.diag(matrix))
    return np.linalg.cholesky(matrix / np.outer(scale, scale))


def fitted(train, choose, blind, jitter_h):
    """What draws samples of plans, by name, and what was chosen of the boosting."""
    def log_normal(plans, begin):
        mean, std = class_laws(train, plans)
        return plans.live_s[..., None] * np.exp(mean[..., None] + std[..., None] * noise(plans, begin))

    def point(plans, begin):
        return np.repeat(plans.live_s[..., None], 2, axis=-1)

    boosted = Boosted(train, choose, blind, jitter_h)
    correlations = lag_correlations(boosted, choose)
    factor = copula_factor(correlations, LEGS_MOST)

    def independent(plans, begin):
        return plans.live_s[..., None] * np.exp(at(boosted.quantiles(plans), noise(plans, begin)))

    def joined(plans, begin):
        z = np.einsum("ij,rjs->ris", factor[:plans.observed.shape[1], :plans.observed.shape[1]], noise(plans, begin))
        return plans.live_s[..., None] * np.exp(at(boosted.quantiles(plans), z))

    return ({"live_estimate": point, "log_normal_around_live_per_distance_class": log_normal,
             "boosted_independent": independent, "boosted_gaussian_copula": joined},
            boosted.choice | {"lag_correlations": correlations})
