# SPDX-License-Identifier: Apache-2.0
"""Trains the scenario model, judges it and its rivals on what it has not seen, and writes it as ONNX.

python train.py --train DIR --choose DIR --judge DIR [--out DIR]: folders of './headway dataset cities'.
Some hours on one core, of which a stopped run loses an epoch at most. Equal data, seeds and library versions
give equal models. train_taxis.py does the same on recorded taxis.
"""

import hashlib
import json
import math
import pathlib
import time

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tqdm import tqdm

import rivals
from data import FEATURES, SERVICE_FEATURES, folders_asked_for, read_all, read_ideal, read_plans, read_services, sizes
from model import (BLIND, LATENT, LATENT_SETS, LEGS_MAX, OWN_ROWS, SCENARIOS, STOPS_MAX, Scenario, export,
                   noise_tables, standardisation)
from scores import BLOCK, fair_crps, scored

SEEDS = (41, 42, 43, 44, 45)  # the first is shipped, which was chosen before they were judged
BATCH = 256
SAMPLES = 24
CHOOSING_SAMPLES = 64
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.3
EPOCHS = 12

# What learns from cities that are made up.
NAME = "scenario-1"
HALF_NAME = "scenario-2"  # the same with weights of 16 bits, to be rolled out beside the first

# A city is seen at a few hours only, by which a model could tell the cities apart and learn each by
# heart: every request's time of day is moved at random, by this standard deviation, anew each time.
JITTER_H = 3.0
SINE, COSINE = 5, 6


def crps(samples, y):
    """As scores.fair_crps, to learn by."""
    n = samples.shape[-1]
    ordered, _ = samples.sort(-1)
    weights = (2 * torch.arange(1, n + 1) - n - 1) / (n * (n - 1))
    return (samples - y[..., None]).abs().mean(-1) - (ordered * weights).sum(-1)


def joint_loss(log_ratio, live, real, seen):
    """CRPS of legs, CRPS of sums up to each leg, and the energy score: all proper, all about 1 in size.

    Of requests x legs x scenarios; legs as ln of realised over live, sums as ratio of realised over live.
    """
    y = torch.log(real.clamp(min=1) / live)
    count = seen.sum()
    legs = (crps(log_ratio, y) * seen).sum() / count
    known = live * seen
    drawn = torch.cumsum(known[..., None] * torch.exp(log_ratio), 1)
    planned = torch.cumsum(known, 1).clamp(min=1)
    came = torch.cumsum(real * seen, 1)
    sums = (crps(drawn / planned[..., None], came / planned) * seen).sum() / count
    off = (log_ratio - y[..., None]) * seen[..., None]
    other = log_ratio.roll(1, -1)
    apart = ((log_ratio - other) * seen[..., None]).square().sum(1)
    joint = (off.square().sum(1) + 1e-6).sqrt().mean(-1) - (apart + 1e-6).sqrt().mean(-1) / 2
    return legs + sums + 0.5 * (joint / seen.sum(1).clamp(min=1).sqrt()).mean()


def tensors(plans):
    return (torch.tensor(plans.features), torch.tensor(plans.live_s, dtype=torch.float32),
            torch.tensor(plans.realised_s, dtype=torch.float32), torch.tensor(plans.observed, dtype=torch.float32))


def drawn(model, features, count, generator):
    requests, legs = features.shape[:2]
    z = torch.randn(requests, model.latent, count, generator=generator)
    e = torch.randn(requests, legs, count, generator=generator)
    return model.log_ratios(features, z, e)


def moved_in_time(x, generator, jitter_h):
    angle = torch.randn(len(x), 1, generator=generator) * 2 * math.pi * jitter_h / 24
    moved = x.clone()
    moved[..., SINE] = x[..., SINE] * torch.cos(angle) + x[..., COSINE] * torch.sin(angle)
    moved[..., COSINE] = x[..., COSINE] * torch.cos(angle) - x[..., SINE] * torch.sin(angle)
    return moved


def choosing_loss(model, choose):
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        losses = [joint_loss(drawn(model, part[0], CHOOSING_SAMPLES, generator), *part[1:]).item()
                  for part in zip(*(t.split(1024) for t in choose))]
    return float(np.mean(losses))


def fit_legs(model, train, choose, seed, jitter_h, kept):
    """The model of the epoch with the least loss on the choosing cities; goes on where a run was stopped.

    kept: where the state of the training is kept after each epoch, for these data alone.
    """
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(model.legs.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
    state = {"epoch": 0, "best": math.inf, "best_epoch": 0, "best_model": None}
    if kept.exists():
        saved = torch.load(kept, weights_only=False)
        state = saved["state"]
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        generator.set_state(saved["generator"])
    for epoch in range(state["epoch"], EPOCHS):
        order = torch.randperm(len(train[0]), generator=generator).split(BATCH)
        with tqdm(order, desc=f"seed {seed}, epoch {epoch + 1} of {EPOCHS}", mininterval=5) as bar:
            for rows in bar:
                features, live, real, seen = (t[rows] for t in train)
                optimiser.zero_grad()
                log_ratio = drawn(model, moved_in_time(features, generator, jitter_h), SAMPLES, generator)
                loss = joint_loss(log_ratio, live, real, seen)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.legs.parameters(), 1.0)
                optimiser.step()
        schedule.step()
        chosen_by = choosing_loss(model, choose)
        if chosen_by < state["best"]:
            state |= {"best": chosen_by, "best_epoch": epoch + 1,
                      "best_model": {k: v.clone() for k, v in model.legs.state_dict().items()}}
        state["epoch"] = epoch + 1
        torch.save({"state": state, "model": model.state_dict(), "optimiser": optimiser.state_dict(),
                    "schedule": schedule.state_dict(), "generator": generator.get_state()}, kept.with_suffix(".new"))
        kept.with_suffix(".new").replace(kept)
        print(f"seed {seed}, epoch {epoch + 1}: {chosen_by:.5f} on the choosing cities, best {state['best']:.5f}", flush=True)
    model.legs.load_state_dict(state["best_model"])
    return {"choosing_loss": state["best"], "epochs": state["best_epoch"]}


def fit_services(model, train, choose, seed):
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(model.stops.parameters(), lr=5e-3)
    x, y = torch.tensor(train.features), torch.tensor(train.log_ratio, dtype=torch.float32)
    choose_x, choose_y = torch.tensor(choose.features), torch.tensor(choose.log_ratio, dtype=torch.float32)
    best, best_model = math.inf, None
    for _ in range(10):
        for rows in torch.randperm(len(y), generator=generator).split(4096):
            optimiser.zero_grad()
            e = torch.randn(len(rows), SAMPLES, generator=generator)
            crps(model.service_log_ratios(x[rows], e), y[rows]).mean().backward()
            optimiser.step()
        with torch.no_grad():
            e = torch.randn(len(choose_y), CHOOSING_SAMPLES, generator=torch.Generator().manual_seed(1))
            loss = crps(model.service_log_ratios(choose_x, e), choose_y).mean().item()
        if loss < best:
            best, best_model = loss, {k: v.clone() for k, v in model.stops.state_dict().items()}
    model.stops.load_state_dict(best_model)
    return best


def fingerprint(*parts):
    """Of data and recipe: what was trained with others is not gone on with."""
    digest = hashlib.sha256()
    for file in sorted(pathlib.Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    for part in parts:
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()[:12]


class Onnx:
    """Draws with the file that is shipped, through ONNX Runtime."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def ratios(self, legs, stops, seeds):
        return self.session.run(["travel_ratio", "service_ratio"],
                                {"legs": legs, "stops": stops, "noise_seed": seeds})

    def plans(self, plans, begin):
        """Samples of plans; each request has a noise seed of its own."""
        count, most = plans.observed.shape
        out = np.empty((count, most, SCENARIOS), np.float32)
        for b in range(0, count, 64):
            size = min(64, count - b)
            legs = np.zeros((size, LEGS_MAX, FEATURES), np.float32)
            legs[:, :most] = plans.features[b:b + size]
            seeds = (begin + b + np.arange(size)) * 7919 - 10 ** 6
            ratios, _ = self.ratios(legs, np.zeros((size, STOPS_MAX, SERVICE_FEATURES), np.float32), seeds)
            out[b:b + size] = ratios[:, :most] * plans.live_s[b:b + size, :, None]
        return out

    def services(self, services):
        out = np.empty((len(services.city), SCENARIOS), np.float32)
        for b in range(0, len(out), STOPS_MAX):
            size = min(STOPS_MAX, len(out) - b)
            stops = np.zeros((1, STOPS_MAX, SERVICE_FEATURES), np.float32)
            stops[0, :size] = services.features[b:b + size]
            _, ratios = self.ratios(np.zeros((1, LEGS_MAX, FEATURES), np.float32), stops, np.array([b], np.int64))
            out[b:b + size] = ratios[0, :size] * services.expected_s[b:b + size, None]
        return out


def check_export(model, onnx, plans):
    """ONNX Runtime draws what PyTorch does, and for a request the same whatever its batch-mates, or this fails."""
    most = plans.features.shape[1]
    seeds = (-(2 ** 63), -5, -1, 0, 1, 40_000, 2 ** 40, 2 ** 63 - 1)
    legs = np.zeros((len(seeds), LEGS_MAX, FEATURES), np.float32)
    legs[:, :most] = plans.features[:len(seeds)]
    legs[0] = legs[0, 0]  # one that fills all rows
    stops = np.zeros((len(seeds), STOPS_MAX, SERVICE_FEATURES), np.float32)
    stops[:, :most, 0] = 5
    together = onnx.ratios(legs, stops, np.array(seeds))
    latent, own = noise_tables()
    worst = {"torch": 0.0, "batch_mates": 0.0}
    for r, seed in enumerate(seeds):
        used = (legs[r] != 0).any(1)
        begin = abs(seed) // LATENT_SETS * (1 if seed > 0 else -1)  # as ONNX divides
        of_legs = own[(begin + np.arange(LEGS_MAX)) % OWN_ROWS]
        of_stops = own[(begin + OWN_ROWS // 2 + np.arange(STOPS_MAX)) % OWN_ROWS]
        with torch.no_grad():
            expected = (model.log_ratios(torch.tensor(legs[r:r + 1]), torch.tensor(latent[seed % LATENT_SETS])[None],
                                         torch.tensor(of_legs)[None])[0].exp().numpy(),
                        model.service_log_ratios(torch.tensor(stops[r]), torch.tensor(of_stops)).exp().numpy())
        alone = onnx.ratios(legs[r:r + 1], stops[r:r + 1], np.array(seeds[r:r + 1]))
        for out, rows in ((0, used), (1, np.arange(STOPS_MAX) < most)):
            drawn = together[out][r, rows]
            worst["torch"] = max(worst["torch"], float(np.abs(drawn / expected[out][rows] - 1).max()))
            worst["batch_mates"] = max(worst["batch_mates"], float(np.abs(drawn / alone[out][0, rows] - 1).max()))
    assert max(worst.values()) <= 1e-5, f"draws differ: {worst}"
    return worst


def latency_ms(onnx, plans, batch, runs=200):
    """Milliseconds of one core for a request's 256 scenarios of 16 legs: the median of runs."""
    legs = np.zeros((batch, LEGS_MAX, FEATURES), np.float32)
    observed = plans.features[plans.observed]
    legs[:, :16] = np.resize(observed, (batch, 16, FEATURES))
    stops = np.zeros((batch, STOPS_MAX, SERVICE_FEATURES), np.float32)
    stops[:, :16, 0] = 5
    seeds = np.arange(batch)
    took = []
    for _ in range(runs):
        began = time.process_time()
        onnx.ratios(legs, stops, seeds)
        took.append((time.process_time() - began) * 1e3 / batch)
    return float(np.median(took))


def batch_mates_differ(onnx, plans):
    """By how much a request's draws depend on who is asked with it: relative, the most of 64 requests."""
    most = plans.features.shape[1]
    legs = np.zeros((64, LEGS_MAX, FEATURES), np.float32)
    legs[:, :most] = plans.features[:64]
    stops = np.zeros((64, STOPS_MAX, SERVICE_FEATURES), np.float32)
    seeds = np.arange(64)
    together, _ = onnx.ratios(legs, stops, seeds)
    alone = np.concatenate([onnx.ratios(legs[r:r + 1], stops[r:r + 1], seeds[r:r + 1])[0] for r in range(64)])
    used = (legs != 0).any(2)
    return float(np.abs(together[used] / alone[used] - 1).max())


def forms(model, whole, half, work, judge):
    """What fewer bits bring: bytes, time, CRPS, and whether a request's draws depend on its batch-mates."""
    export(model, half, half=True)
    eighth = work / "int8.onnx"
    quantize_dynamic(whole, eighth, weight_type=QuantType.QInt8)
    some = judge.where(slice(0, None, 8))
    report = {}
    for form, path in (("fp32", whole), ("fp16_weights", half), ("int8_dynamic", eighth)):
        onnx = Onnx(path)
        content = path.read_bytes()
        report[form] = {
            "file": path.name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
            "core_ms_at_batch_1": latency_ms(onnx, judge, 1), "core_ms_at_batch_64": latency_ms(onnx, judge, 64),
            "leg_crps_s_of_an_eighth": scored(some, onnx.plans)["leg_crps_s"],
            "batch_mates_differ_relative": batch_mates_differ(onnx, judge)}
    return report


def beside_the_ideal(judge, ideal, draws):
    """Of a sample of requests: CRPS of each forecast and of the best that is possible, and of the gap between
    boosting and that how much the model closes, with its interval by bootstrap over cities."""
    if ideal is None:
        return None
    sample, leg_crps, _ = ideal
    some = judge.where(np.flatnonzero(sample))
    best = leg_crps[sample]
    told = ~np.isnan(best)
    crps_of = {"ideal": best[told]}
    for name, draw in draws.items():
        crps_of[name] = np.concatenate([
            fair_crps(draw(block, b), block.realised_s)[told[b:b + BLOCK]]
            for b in range(0, len(some.city), BLOCK) for block in (some.where(slice(b, b + BLOCK)),)])
    city = np.broadcast_to(some.city[:, None], told.shape)[told]
    cities = np.unique(city)
    sums = {name: np.array([values[city == c].sum() for c in cities]) for name, values in crps_of.items()}

    def closed(of):
        boosting, model, limit = (sums[name][of].sum() for name in ("boosted_independent", "scenario", "ideal"))
        return float((boosting - model) / (boosting - limit))

    random = np.random.default_rng(1)
    resampled = [closed(random.integers(len(cities), size=len(cities))) for _ in range(2000)]
    return {"legs": int(told.sum()), "cities": len(cities),
            "leg_crps_s": {name: float(values.mean()) for name, values in crps_of.items()},
            "gap_closed": closed(slice(None)), "gap_closed_95": [float(np.quantile(resampled, q)) for q in (0.025, 0.975)]}


def trained(plans, services, names, blind, jitter_h, seeds, out):
    """Models of some seeds, of which the first is written to the folder.

    plans, services: to train with, to choose with, and to judge with; names: of the file, and of that with weights of
    16 bits; blind: features that must not be learned by; jitter_h: by how much hours are moved while it learns.
    """
    train, choose, judge = plans
    work = out / ".train" / fingerprint(train.features, train.realised_s, choose.realised_s)
    work.mkdir(parents=True, exist_ok=True)
    report = {"data": sizes(train, choose, judge), "seeds": []}
    print(json.dumps(report["data"], indent=2), flush=True)
    train_tensors, choose_tensors = tensors(train), tensors(choose)
    standard = standardisation(train.features[train.observed], blind), standardisation(services[0].features)
    for seed in seeds:
        torch.manual_seed(seed)
        model = Scenario(*standard)
        fitted = fit_legs(model, train_tensors, choose_tensors, seed, jitter_h, work / f"{seed}.pt")
        fitted["services_choosing_loss"] = fit_services(model, services[0], services[1], seed)
        path = out / f"{names[0]}.onnx" if seed == seeds[0] else work / f"{seed}.onnx"
        export(model, path)
        onnx = Onnx(path)
        judged = {"seed": seed} | fitted | scored(judge, onnx.plans)
        judged["service_crps_s"] = float(fair_crps(onnx.services(services[2]), services[2].realised_s).mean())
        report["seeds"].append(judged)
        print(json.dumps({k: v for k, v in judged.items() if isinstance(v, (int, float))}), flush=True)
        if seed == seeds[0]:
            report["shipped"] = {"seed": seed, "latent": LATENT, "draws_differ_relative": check_export(model, onnx, judge)}
            report["forms"] = forms(model, path, out / f"{names[1]}.onnx", work, judge)
    numbers = [k for k, v in report["seeds"][0].items() if isinstance(v, (int, float)) and k != "seed"]
    report["seeds_summary"] = {k: {"mean": float(np.mean([s[k] for s in report["seeds"]])),
                                   "std": float(np.std([s[k] for s in report["seeds"]], ddof=1)) if len(seeds) > 1 else None} for k in numbers}
    return report


def main():
    folders = folders_asked_for(__doc__)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    plans, services = read_all(read_plans, folders), read_all(read_services, folders)
    train, choose, judge = plans
    report = trained(plans, services, (NAME, HALF_NAME), BLIND, JITTER_H, SEEDS, folders.out)
    written = folders.out / "metrics.json"
    written.write_text(json.dumps(report, indent=2) + "\n")
    draws, report["boosting"] = rivals.fitted(train, choose, BLIND, JITTER_H)
    report["rivals"] = {name: scored(judge, draw) for name, draw in draws.items()}
    draws["scenario"] = Onnx(folders.out / f"{NAME}.onnx").plans
    whole = read_plans(folders.judge)
    report["ideal"] = beside_the_ideal(whole, read_ideal(folders.judge, whole), draws)
    written.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps({k: report[k] for k in ("shipped", "forms", "seeds_summary", "rivals", "ideal")}, indent=2))


if __name__ == "__main__":
    main()
