"""What linear shapes get wrong: lips must not cross, and lips and lids must meet when they close, on every face.

Both are solved along y of the head frame on pairs of vertices that face each other, upper and lower; the skin around follows with
a falloff. A lid pair keeps the share of its opening that the measured head keeps, so the lids of any eye close at `eyeBlink` 1.
A gap between the lips of a person's neutral head (what no shape could explain of an open mouth in a photograph) is worn only
as far as the shapes open the mouth, so neutral lips touch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from talkgen.types import Array

Index = NDArray[np.int32]
LIP_REACH, LID_REACH = 0.010, 0.007
"""Metres along which skin follows a moved rim."""
OPEN_LIPS = 0.0015
"""Metres by which shapes open lips that are open for good."""
UPPER_LIP_YIELDS, UPPER_LID_YIELDS = 0.6, 0.85
"""The share of a correction that the upper side takes."""


@dataclass(frozen=True)
class Rim:
    """Vertices that follow one side of a contact: `vertices (N,)`, of each the two nearest `pairs (N, 2)` and `weights (N, 2)`."""

    vertices: Index
    pairs: Index
    weights: Array


@dataclass(frozen=True)
class Contact:
    """Two rims: `pairs (P, 2)` upper and lower vertices; `closing (52, P)` the share of an opening that each shape shuts (lids)."""

    pairs: Index
    upper: Rim
    lower: Rim
    closing: Array


def rim(points: Array, candidates: NDArray[np.integer[Any]], line: Index, reach: float) -> Rim:
    """The skin `candidates (C,)` of `points (V, 3)` that follow the rim vertices `line (P,)`, fading out over `reach` metres."""
    distance = np.linalg.norm(points[candidates][:, None] - points[line][None], axis=2)
    near = np.flatnonzero(distance.min(1) < reach)
    order = np.argsort(distance[near], axis=1)[:, :2]
    pair_distance = np.take_along_axis(distance[near], order, 1) + 1e-6
    falloff = (1 - (distance[near].min(1) / reach) ** 2) ** 2
    share = 1 / pair_distance**2
    weights = share / share.sum(1, keepdims=True) * falloff[:, None]
    return Rim(candidates[near].astype(np.int32), order.astype(np.int32), weights.astype(np.float32))


def set_lips(vertices: Array, neutral: Array, contact: Contact) -> None:
    """Shut what `neutral (V, 3)` leaves open between lips that no shape opens, and push crossing lips apart, in place.

    `vertices (V, 3)` metres, head frame.
    """
    gap = opening(vertices, contact)
    unexplained = opening(neutral, contact)
    worn = np.clip((gap - unexplained) / OPEN_LIPS, 0, 1)
    change = np.maximum(gap - (1 - worn) * np.maximum(unexplained, 0), 0) - gap
    if change.any():
        _move(vertices, contact.upper, change * UPPER_LIP_YIELDS)
        _move(vertices, contact.lower, change * (UPPER_LIP_YIELDS - 1))
        _uncross(vertices, contact.pairs, UPPER_LIP_YIELDS)


def opening(vertices: Array, contact: Contact) -> Array:
    """`(P,)` metres between upper and lower, negative where they cross."""
    result: Array = vertices[contact.pairs[:, 0], 1] - vertices[contact.pairs[:, 1], 1]
    return result


def set_lids(vertices: Array, neutral: Array, weights: Array, contact: Contact) -> None:
    """Open or shut the lids of `vertices` to what `weights (52,)` leave of the opening in `neutral`, in place."""
    wanted = np.maximum(opening(neutral, contact), 0) * np.maximum(1 - weights @ contact.closing, 0)
    change = wanted - opening(vertices, contact)
    _move(vertices, contact.upper, change * UPPER_LID_YIELDS)
    _move(vertices, contact.lower, change * (UPPER_LID_YIELDS - 1))
    _uncross(vertices, contact.pairs, UPPER_LID_YIELDS)


def _move(vertices: Array, side: Rim, lift: Array) -> None:
    _follow(vertices, side.vertices, side.pairs, side.weights, lift.astype(np.float32))


@njit(cache=True)
def _follow(vertices: Array, indices: Index, pairs: Index, weights: Array, lift: Array) -> None:
    for k in range(len(indices)):
        vertices[indices[k], 1] += weights[k, 0] * lift[pairs[k, 0]] + weights[k, 1] * lift[pairs[k, 1]]


@njit(cache=True)
def _uncross(vertices: Array, pairs: Index, share: float) -> None:
    """What is left of an overlap, pair by pair. Uppers only rise and lowers only fall, so a solved pair stays solved."""
    for k in range(len(pairs)):
        overlap = vertices[pairs[k, 1], 1] - vertices[pairs[k, 0], 1]
        if overlap > 0:
            vertices[pairs[k, 0], 1] += overlap * share
            vertices[pairs[k, 1], 1] -= overlap * (1 - share)


@njit(cache=True)
def clear_of_ball(vertices: Array, indices: Index, centre: Array, radius: float) -> None:
    """Bring the lid skin `indices` in front of an eyeball, in place; along z, so that lids that meet still meet."""
    for i in indices:
        x, y, z = vertices[i, 0] - centre[0], vertices[i, 1] - centre[1], vertices[i, 2] - centre[2]
        front = radius * radius - x * x - y * y
        if z > 0 and front > z * z:
            vertices[i, 2] = centre[2] + np.sqrt(front)
