"""A probe: what a linear reading of some numbers can tell of something that they should not hold."""

import numpy as np

RIDGE = 0.1
"""Strength of the ridge penalty, beside standardised columns."""


def balanced_accuracy(values: np.ndarray, labels: np.ndarray, held_out: np.ndarray) -> float:
    """Mean share of each class that a ridge classifier, taught with `values (N, C)` and `labels (N,)`, gets right where `held_out
    (N,)` is true; every class counts alike in both. Chance is one divided by the number of classes."""
    spread = values[~held_out].std(axis=0)
    standard = (values - values[~held_out].mean(axis=0)) / np.where(spread > 1e-6, spread, 1)
    classes = np.unique(labels[~held_out])
    told = labels[~held_out, None] == classes
    counts = (1 / told.mean(axis=0))[told.argmax(axis=1)][:, None] / len(classes)
    rows, goal = standard[~held_out], told - (counts * told).mean(axis=0)
    rows = rows - (counts * rows).mean(axis=0)
    weights = np.linalg.solve((counts * rows).T @ rows + RIDGE * len(rows) * np.eye(rows.shape[1]), (counts * rows).T @ goal)
    read = classes[(standard[held_out] @ weights).argmax(axis=1)]
    return float(np.mean([np.mean(read[labels[held_out] == name] == name) for name in np.unique(labels[held_out])]))
