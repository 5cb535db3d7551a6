# SPDX-License-Identifier: Apache-2.0
"""Scores of samples of the legs of plans. Samples are requests x legs x scenarios, in seconds."""

import numpy as np

LEVELS = (80, 90)
RANK_BINS = 16
BLOCK = 1024


def fair_crps(samples, y):
    """CRPS of each row's samples, unbiased in their number (Ferro 2014); in the unit of y."""
    n = samples.shape[-1]
    ordered = np.sort(samples, axis=-1)
    weights = 2 * np.arange(1, n + 1) - n - 1
    spread = (ordered * weights).sum(-1) / (n * (n - 1))
    return np.abs(samples - y[..., None]).mean(-1) - spread


def energy(samples, y):
    """Fair energy score (Gneiting and Raftery 2007): samples are legs x scenarios, y is legs."""
    n = samples.shape[1]
    near = np.sqrt(((samples - y[:, None]) ** 2).sum(0)).mean()
    squares = (samples ** 2).sum(0)
    apart = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * samples.T @ samples, 0)).sum() / (n * (n - 1))
    return near - apart / 2


def variogram(samples, y):
    """Variogram score of order 1/2, mean over pairs (Scheuerer and Hamill 2015)."""
    i, j = np.triu_indices(len(y), 1)
    real = np.sqrt(np.abs(y[i] - y[j]))
    drawn = np.sqrt(np.abs(samples[i] - samples[j])).mean(1)
    return ((real - drawn) ** 2).mean()


class Scores:
    """Takes plans and their samples, block by block, and tells the scores of all."""

    def __init__(self):
        self.values = {}
        self.ranks = np.zeros(RANK_BINS)
        self.plan_ranks = np.zeros(RANK_BINS)
        self.by_city = {}

    def add(self, plans, samples):
        live, real, seen = plans.live_s, plans.realised_s, plans.observed
        leg_samples, leg_real = samples[seen], real[seen]
        crps = fair_crps(leg_samples, leg_real)
        self._note("leg_crps_s", crps)
        self._intervals("leg", leg_samples, leg_real)
        self._rank(self.ranks, leg_samples, leg_real)
        city = np.broadcast_to(plans.city[:, None], seen.shape)[seen]
        for of in np.unique(city):
            self.by_city.setdefault(int(of), []).append(crps[city == of])

        # What comes at a stop depends on all legs up to it.
        sums = np.cumsum(np.where(seen[..., None], samples, 0), axis=1)[seen]
        self._note("prefix_crps_s", fair_crps(sums, np.cumsum(np.where(seen, real, 0), axis=1)[seen]))
        many = seen.sum(1) >= 2
        total = np.where(seen[..., None], samples, 0).sum(1)[many]
        total_real = np.where(seen, real, 0).sum(1)[many]
        self._note("plan_crps_s", fair_crps(total, total_real))
        self._intervals("plan", total, total_real)
        self._rank(self.plan_ranks, total, total_real)

        log = np.log(np.maximum(samples, 1e-3) / live[..., None])
        log_real = plans.log_ratio
        for r in np.flatnonzero(many):
            self._note("energy", [energy(log[r, seen[r]], log_real[r, seen[r]])])
            self._note("variogram", [variogram(log[r, seen[r]], log_real[r, seen[r]])])

    def _note(self, name, values):
        self.values.setdefault(name, []).append(np.asarray(values, float))

    def _intervals(self, name, samples, y):
        for level in LEVELS:
            low, high = np.quantile(samples, (0.5 - level / 200, 0.5 + level / 200), axis=-1)
            self._note(f"{name}_coverage_{level}", (low <= y) & (y <= high))
            self._note(f"{name}_width_{level}_s", high - low)

    @staticmethod
    def _rank(into, samples, y):
        below = (samples < y[:, None]).mean(1)
        into += np.bincount(np.minimum((below * RANK_BINS).astype(int), RANK_BINS - 1), minlength=RANK_BINS)

    def summary(self):
        means = {name: float(np.concatenate(values).mean()) for name, values in self.values.items()}
        return means | {"leg_ranks": (self.ranks / self.ranks.sum()).round(4).tolist(),
                        "plan_ranks": (self.plan_ranks / self.plan_ranks.sum()).round(4).tolist(),
                        "leg_crps_s_by_city": {str(city): float(np.concatenate(values).mean())
                                               for city, values in sorted(self.by_city.items())}}


def scored(plans, draw):
    """Scores of what draws samples of plans."""
    scores = Scores()
    for begin in range(0, len(plans.city), BLOCK):
        block = plans.where(slice(begin, begin + BLOCK))
        scores.add(block, draw(block, begin))
    return scores.summary()
