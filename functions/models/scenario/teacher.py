# SPDX-License-Identifier: Apache-2.0
"""Whether a flow-matching teacher would bring the scenario model anything: trains one and scores both on the choosing cities.

python teacher.py --train DIR --choose DIR --judge DIR [--out DIR], after train.py; writes metrics-teacher.json. A student
cannot become better than what it is distilled from, so a teacher that is not better by 1 % itself is not worth it.

The teacher learns the velocity that takes noise to the legs' ln(realised / live) along straight lines (Lipman et al.
2023), by attention over all legs of a request, and draws by as many steps as STEPS.
"""

import copy
import json
import math
import time

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from data import FEATURES, LEGS_MOST, folders_asked_for, read_all, read_plans
from model import BLIND, CLIP, standardisation
from scores import fair_crps
from train import JITTER_H, NAME, Onnx, moved_in_time, tensors

SEED = 61
WIDTH = 96
LAYERS = 2
HEADS = 4
TIME_WAVES = 4
BATCH = 512
EPOCHS = 12
LEARNING_RATE = 1e-3
AVERAGED = 0.999  # of the weights that draw, a step, once as many were made
STEPS = 16
SAMPLES = 64
EVERY = 16  # requests that are scored: each draws by STEPS runs of the network
RESAMPLES = 2000


class Teacher(nn.Module):
    """Noisy values of the legs of a request, and how far they have come, to their velocities."""

    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32))
        self.rows = nn.Linear(FEATURES + 1 + 2 * TIME_WAVES, WIDTH)
        self.places = nn.Parameter(torch.zeros(LEGS_MOST, WIDTH))
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 2 * WIDTH, dropout=0.0, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.out = nn.Linear(WIDTH, 1)

    def forward(self, features, x, t, seen):
        """features: requests x legs x FEATURES; x: requests x legs; t: requests; seen: which legs there are."""
        rows = torch.clamp((features - self.mean) / self.std, -CLIP, CLIP)
        angle = t[:, None] * math.pi * 2.0 ** torch.arange(TIME_WAVES)
        waves = torch.cat((angle.sin(), angle.cos()), -1)[:, None].expand(-1, x.shape[1], -1)
        h = self.rows(torch.cat((rows, x[..., None], waves), -1)) + self.places[:x.shape[1]]
        return self.out(self.layers(h, src_key_padding_mask=~seen))[..., 0]


class Scale:
    """ln(realised / live) to about standard normal."""

    def __init__(self, y):
        self.mean, self.std = float(y.mean()), float(y.std())

    def to(self, y):
        return (y - self.mean) / self.std

    def back(self, x):
        return x * self.std + self.mean


def fit(train, standard, scale):
    generator = torch.Generator().manual_seed(SEED)
    torch.manual_seed(SEED)
    model = Teacher(*standard)
    drawing = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    features, live, real, seen = train
    y, seen = scale.to(torch.log(real.clamp(min=1) / live)), seen.bool()
    steps = EPOCHS * math.ceil(len(y) / BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    step = 0
    for epoch in range(EPOCHS):
        losses = []
        order = torch.randperm(len(y), generator=generator).split(BATCH)
        for rows in tqdm(order, desc=f"teacher, epoch {epoch + 1} of {EPOCHS}", mininterval=5):
            most = int(seen[rows].sum(1).max())
            of, there = y[rows, :most], seen[rows, :most]
            noise = torch.randn(of.shape, generator=generator)
            t = torch.rand(len(rows), generator=generator)
            x = (1 - t[:, None]) * noise + t[:, None] * of
            moved = moved_in_time(features[rows, :most], generator, JITTER_H)
            off = (model(moved, x, t, there) - (of - noise))[there]
            loss = off.square().mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            # What it began with must not be in the average.
            decay = min(AVERAGED, step / (step + 10))
            with torch.no_grad():
                for averaged, now in zip(drawing.parameters(), model.parameters()):
                    averaged.lerp_(now, 1 - decay)
            losses.append(loss.item())
        print(f"teacher, epoch {epoch + 1}: {np.mean(losses):.4f}", flush=True)
    return drawing


def draw(model, plans, scale):
    """Samples of the legs of plans, in seconds: requests x legs x SAMPLES."""
    generator = torch.Generator().manual_seed(SEED + 1)
    features, seen = torch.tensor(plans.features), torch.tensor(plans.observed)
    out = np.empty((*plans.observed.shape, SAMPLES), np.float32)
    with torch.no_grad():
        for rows in torch.arange(len(features)).split(32):
            of = features[rows].repeat_interleave(SAMPLES, 0)
            there = seen[rows].repeat_interleave(SAMPLES, 0)
            x = torch.randn(there.shape, generator=generator)
            for step in range(STEPS):
                # The midpoint rule.
                t = torch.full((len(x),), step / STEPS)
                half = x + model(of, x, t, there) / (2 * STEPS)
                x = x + model(of, half, t + 0.5 / STEPS, there) / STEPS
            log_ratio = scale.back(x).reshape(len(rows), SAMPLES, -1).transpose(1, 2)
            out[rows.numpy()] = plans.live_s[rows.numpy()][..., None] * np.exp(log_ratio.numpy())
    return out


def by_city(plans, samples):
    """Sums of the fair CRPS over legs and over sums up to each leg, and how many, by city."""
    seen = plans.observed
    legs = fair_crps(samples[seen], plans.realised_s[seen])
    sums = fair_crps(np.cumsum(np.where(seen[..., None], samples, 0), 1)[seen],
                     np.cumsum(np.where(seen, plans.realised_s, 0), 1)[seen])
    city = np.broadcast_to(plans.city[:, None], seen.shape)[seen]
    return np.array([(legs[city == c].sum(), sums[city == c].sum(), (city == c).sum()) for c in np.unique(city)])


def main():
    folders = folders_asked_for(__doc__)
    torch.use_deterministic_algorithms(True)
    train, choose, _ = read_all(read_plans, folders)
    standard = standardisation(train.features[train.observed], BLIND)
    scale = Scale(train.log_ratio[train.observed])
    began = time.process_time()
    teacher = fit(tensors(train), standard, scale)
    some = choose.where(slice(0, None, EVERY))
    of_teacher = by_city(some, draw(teacher, some, scale))
    of_model = by_city(some, Onnx(folders.out / f"{NAME}.onnx").plans(some, 0)[..., :SAMPLES])
    random = np.random.default_rng(1)
    resampled = random.integers(len(of_model), size=(RESAMPLES, len(of_model)))
    report = {"requests": len(some.city), "cities": len(of_model), "cpu_s": time.process_time() - began,
              "parameters": sum(p.numel() for p in teacher.parameters())}
    for k, name in enumerate(("leg_crps", "prefix_crps")):
        ratios = of_teacher[resampled, k].sum(1) / of_model[resampled, k].sum(1)
        report[name] = {"teacher_s": float(of_teacher[:, k].sum() / of_teacher[:, 2].sum()),
                        "model_s": float(of_model[:, k].sum() / of_model[:, 2].sum()),
                        "teacher_over_model": float(of_teacher[:, k].sum() / of_model[:, k].sum()),
                        "low": float(np.quantile(ratios, 0.025)), "high": float(np.quantile(ratios, 0.975))}
    (folders.out / "metrics-teacher.json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
