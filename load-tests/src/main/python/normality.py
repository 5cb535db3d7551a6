# SPDX-License-Identifier: Apache-2.0
"""Whether differences between policies are normal, which the paired t-test assumes.

python normality.py decisions-KIND.csv writes decisions-KIND-normality.md beside it: Shapiro-Wilk of
the differences seed by seed from the baseline, and both paired tests of the page again, by SciPy.
"""

import argparse
import csv
import pathlib

import numpy as np
import scipy
from scipy import stats

BESIDE = "baseline"
MEASURES = {"regret_eur": "Regret, EUR a moment", "eur_a_stop": "The driven day, EUR a stop"}


def by_policy(rows, measure):
    """One array a policy, over the seeds for which all that have the measure have it."""
    told = {}
    for row in rows:
        if row[measure]:
            told.setdefault(row["policy"], {})[row["seed"]] = float(row[measure])
    seeds = sorted(set.intersection(*(set(of) for of in told.values()))) if told else []
    return {policy: np.array([of[seed] for seed in seeds]) for policy, of in told.items()}


def holm(p):
    order = np.argsort(p)
    steps = np.minimum(1, np.arange(len(p), 0, -1) * p[order])
    return np.maximum.accumulate(steps)[np.argsort(order)]


def wilcoxon(differences):
    """As the page: without zeros, and exact where there are few and no ties."""
    told = differences[differences != 0]
    if len(told) == 0:
        return 1.0
    exact = len(told) <= 50 and len(np.unique(np.abs(told))) == len(told)
    return stats.wilcoxon(told, method="exact" if exact else "approx", correction=not exact)[1]


def table(values):
    own = values.pop(BESIDE)
    others = list(values)
    differences = [of - own for of in values.values()]
    t = holm(np.array([stats.ttest_rel(values[p], own).pvalue for p in others]))
    signed = holm(np.array([wilcoxon(d) for d in differences]))
    yield "| policy | seeds | W | p (Shapiro-Wilk) | p (t) | p (Wilcoxon) |"
    yield "|---|---|---|---|---|---|"
    for policy, d, p_t, p_signed in zip(others, differences, t, signed):
        if np.ptp(d) > 0:
            w, p = stats.shapiro(d)
            yield f"| {policy} | {len(d)} | {w:.3f} | {p:.2g} | {p_t:.2g} | {p_signed:.2g} |"
        else:
            yield f"| {policy} | {len(d)} | – | – | – | {p_signed:.2g} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("csv", type=pathlib.Path)
    path = parser.parse_args().csv
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    lines = [f"# Whether the differences in {path.name} are normal", ""]
    lines += [f"SciPy {scipy.__version__}. Seed by seed less {BESIDE}; both tests after Holm, as on the"]
    lines += ["page. Where p (Shapiro-Wilk) is small, Wilcoxon's p is the one to read."]
    for measure, title in MEASURES.items():
        values = by_policy(rows, measure)
        if BESIDE in values and len(values) > 1 and len(values[BESIDE]) >= 3:
            lines += ["", f"{title}:", "", *table(values)]
    text = "\n".join(lines) + "\n"
    path.with_name(path.stem + "-normality.md").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
