"""Compares generated COST 2100 samples with those of the reference implementation.

python3 compare-cost2100.py FOLDER REFERENCE

FOLDER is what write-samples.ts wrote; REFERENCE holds
cost2100-{indoor-reference-500,outdoor-reference-443}.mat and statistics.json. Prints
two-sample Kolmogorov-Smirnov p-values; for what the reference tells only means of, the
two-sided p-value of our mean, both sets taken to have our variance; and the NMSE of two fixed observers on both sets: the
M largest elements, and a PCA fitted on the generated samples.
"""

import json
import sys

import numpy as np
import scipy.io
from scipy.stats import ks_2samp, norm

folder, reference = sys.argv[1:3]


def nmse(errors):
    """Mean and its standard error [dB]."""
    mean, error = errors.mean(), errors.std() / np.sqrt(len(errors))
    return f"{10 * np.log10(mean):.2f} +- {10 / np.log(10) * error / mean:.2f} dB"




def angle_spreads(energy):
    """Circular spread over the beams of each sample [beams]."""
    share = energy.reshape(-1, 32, 32).sum(axis=1) / energy.sum(axis=1)[:, None]
    coherence = np.abs(share @ np.exp(2j * np.pi * np.arange(32) / 32))
    return 32 / (2 * np.pi) * np.sqrt(-2 * np.log(coherence))


means = json.load(open(f"{reference}/statistics.json"))
for model, name, place in (
    ("cost2100-indoor", "cost2100-indoor-reference-500", "indoor"),
    ("cost2100-semi-urban-nlos", "cost2100-outdoor-reference-443", "outdoor"),
):
    file = scipy.io.loadmat(f"{reference}/{name}.mat")
    meta = {key: np.array(value) for key, value in json.load(open(f"{folder}/{model}.json")).items()}
    ours = np.fromfile(f"{folder}/{model}.f32", dtype=np.float32).astype(float).reshape(-1, 2, 32, 32)
    theirs = (file["HT"].astype(float) - 0.5).reshape(-1, 2, 32, 32).transpose(0, 1, 3, 2)
    ours /= np.abs(ours).max(axis=(1, 2, 3), keepdims=True)
    theirs /= np.abs(theirs).max(axis=(1, 2, 3), keepdims=True)
    print(f"{model}: {len(ours)} generated, {len(theirs)} reference samples")

    energies = [(h**2).sum(axis=1).reshape(len(h), -1) for h in (ours, theirs)]
    shares = [(-np.sort(-e, axis=1)).cumsum(axis=1) / e.sum(axis=1, keepdims=True) for e in energies]
    rows = [
        ("delay spread", meta["delaySpread"] * 1e9, file["DS_ns"].ravel()),
        ("angle spread [beams]", *[angle_spreads(e) for e in energies]),
        ("energy in the first 32 taps", meta["energyKept"], file["frac32"].ravel()),
        ("elements for 90 % energy", *[(s < 0.9).sum(axis=1) + 1 for s in shares]),
    ]
    rows += [(f"energy in the {m} largest", *[s[:, m - 1] for s in shares]) for m in (1, 5, 14, 28, 55, 110, 220)]
    for label, a, b in rows:
        print(f"  {label}: medians {np.median(a):.4g}, {np.median(b):.4g}, p = {ks_2samp(a, b).pvalue:.3f}")
    known = means[place]
    for label, values, mean in (
        ("active clusters", meta["activeClusters"], known["mean_active_clusters"]),
        ("paths", meta["paths"], known["mean_paths"]),
        ("azimuth spread [deg]", np.degrees(meta["azimuthSpread"]), known["circular_azimuth_spread_deg_mean"]),
    ):
        error = values.std() * np.sqrt(1 / len(values) + 1 / known["N"])
        p = 2 * norm.sf(abs(values.mean() - mean) / error)
        print(f"  {label}: means {values.mean():.4g}, {mean:.4g} of {known['N']}, p = {p:.3f}")
    for axis, label in ((2, "share per delay tap"), (1, "share per angle")):
        p = [
            (e.reshape(-1, 32, 32) / e.sum(axis=1)[:, None, None]).sum(axis=axis) for e in energies
        ]
        values = [ks_2samp(p[0][:, i], p[1][:, i]).pvalue for i in range(32)]
        print(f"  {label}: smallest of 32 p-values {min(values):.3f} (0.05 / 32 = 0.0016)")

    flat = [h.reshape(len(h), -1) for h in (ours, theirs)]
    half = len(ours) // 2
    for m in (28, 56, 111, 221):
        left = [1 - (-np.sort(-(x**2), axis=1))[:, :m].sum(axis=1) / (x**2).sum(axis=1) for x in flat]
        print(f"  {m} largest real elements: NMSE generated {nmse(left[0])}, reference {nmse(left[1])}")
    mean = flat[0][:half].mean(axis=0)
    _, _, basis = np.linalg.svd(flat[0][:half] - mean, full_matrices=False)
    for m in (32, 64, 128, 256):
        left = []
        for x in (flat[0][half:], flat[1]):
            residual = x - mean
            residual = residual - residual @ basis[:m].T @ basis[:m]
            left.append((residual**2).sum(axis=1) / (x**2).sum(axis=1))
        print(f"  PCA of {m}, fitted on {half} generated: NMSE generated {nmse(left[0])}, reference {nmse(left[1])}")
