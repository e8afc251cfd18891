"""Mesh decimation by half-edge collapse, for `build_rig`: the vertices kept are a subset, so offsets and modes stay exact.

Garland and Heckbert, "Surface simplification using quadric error metrics" (1997), with the quadrics summed over many poses of
the same mesh, so that a vertex the neutral face could spare stays where an expression needs it.
"""

import heapq
from collections import Counter, defaultdict

import numpy as np
from numba import njit


@njit(cache=True)
def face_quadrics(poses, triangles, weight):
    """`(P, V, 10)` upper triangles of the plane quadrics of each pose `(P, V, 3)`, area times `weight (V,)`, summed at vertices."""
    quadrics = np.zeros((poses.shape[0], poses.shape[1], 10))
    for p in range(poses.shape[0]):
        for f in range(len(triangles)):
            a, b, c = triangles[f]
            normal = np.cross(poses[p, b] - poses[p, a], poses[p, c] - poses[p, a])
            area = np.sqrt((normal**2).sum())
            if area < 1e-12:
                continue
            normal /= area
            plane = np.array([normal[0], normal[1], normal[2], -(normal * poses[p, a]).sum()])
            importance = area * (weight[a] + weight[b] + weight[c])
            k = 0
            for i in range(4):
                for j in range(i, 4):
                    for v in (a, b, c):
                        quadrics[p, v, k] += importance * plane[i] * plane[j]
                    k += 1
    return quadrics


@njit(cache=True)
def collapse_cost(quadrics, poses, gone, kept, slack):
    """Summed squared distance of moving `gone` onto `kept`; `slack` keeps triangles even where the surface is flat."""
    total = 0.0
    for p in range(len(poses)):
        x, y, z = poses[p, kept]
        q = quadrics[p, gone] + quadrics[p, kept]
        total += q[0] * x * x + 2 * q[1] * x * y + 2 * q[2] * x * z + 2 * q[3] * x
        total += q[4] * y * y + 2 * q[5] * y * z + 2 * q[6] * y + q[7] * z * z + 2 * q[8] * z + q[9]
    step = poses[0, kept] - poses[0, gone]
    return total + slack * (step**2).sum() ** 2


@njit(cache=True)
def keeps_shape(poses, ring, gone, kept):
    """Whether no triangle of `ring (R, 3)` (those of `gone` without `kept`) turns over or becomes a sliver in any pose."""
    for p in range(len(poses)):
        for f in range(len(ring)):
            old, new = np.empty((3, 3)), np.empty((3, 3))
            for k in range(3):
                old[k] = poses[p, ring[f, k]]
                new[k] = poses[p, kept if ring[f, k] == gone else ring[f, k]]
            before = np.cross(old[1] - old[0], old[2] - old[0])
            after = np.cross(new[1] - new[0], new[2] - new[0])
            size = np.sqrt((after**2).sum())
            if (before * after).sum() <= 0.3 * np.sqrt((before**2).sum()) * size:
                return False
            longest = max(((new[1] - new[0]) ** 2).sum(), ((new[2] - new[1]) ** 2).sum(), ((new[0] - new[2]) ** 2).sum())
            if p == 0 and size < 0.12 * longest:
                return False
    return True


class Decimation:
    """One mesh being decimated: `poses (P, V, 3)` of it, the first neutral; `lines (L, 2)` are edges (seams, open borders)
    along which alone their vertices may move; `checked` are the poses in which no triangle may turn over; `frozen` stay."""

    def __init__(self, poses, triangles, weight, lines, checked, frozen):
        self.poses = np.ascontiguousarray(poses, np.float64)
        self.checked = np.ascontiguousarray(self.poses[checked])
        self.quadrics = face_quadrics(self.poses, triangles, np.asarray(weight, np.float64))
        self.weight = np.asarray(weight, np.float64)
        self.faces = {k: tuple(map(int, f)) for k, f in enumerate(triangles)}
        self.around = defaultdict(set)
        for k, face in self.faces.items():
            for v in face:
                self.around[v].add(k)
        self.along = defaultdict(set)  # neighbours of a vertex on its lines
        for a, b in lines:
            self.along[int(a)].add(int(b))
            self.along[int(b)].add(int(a))
        self.fixed = {v for v, near in self.along.items() if len(near) != 2} | frozen
        self.version = defaultdict(int)

    def neighbours(self, v):
        return {w for k in self.around[v] for w in self.faces[k]} - {v}

    def cost(self, gone, kept):
        slack = 2e-3 * len(self.poses) * self.weight[gone]
        return collapse_cost(self.quadrics, self.poses, gone, kept, slack)

    def allowed(self, gone, kept):
        if gone in self.fixed or (gone in self.along and kept not in self.along[gone]):
            return False
        shared = self.neighbours(gone) & self.neighbours(kept)
        opposite = {w for k in self.around[gone] & self.around[kept] for w in self.faces[k]} - {gone, kept}
        if shared != opposite:  # the link condition: anything else would pinch the surface
            return False
        ring = [self.faces[k] for k in self.around[gone] - self.around[kept]]
        return not ring or keeps_shape(self.checked, np.array(ring, np.int64), gone, kept)

    def collapse(self, gone, kept):
        """Move `gone` onto `kept`; returns the vertices whose edges changed."""
        touched = self.neighbours(gone)
        for k in list(self.around[gone]):
            face = self.faces[k]
            if kept in face:
                for v in face:
                    self.around[v].discard(k)
                del self.faces[k]
            else:
                self.faces[k] = tuple(kept if v == gone else v for v in face)
                self.around[kept].add(k)
        del self.around[gone]
        self.quadrics[:, kept] += self.quadrics[:, gone]
        for near in self.along.pop(gone, set()):
            self.along[near].discard(gone)
            if near != kept:
                self.along[near].add(kept)
                self.along[kept].add(near)
        return touched

    def push(self, heap, v):
        """Put every collapse of `v` on the heap; what lay there of it before no longer counts."""
        self.version[v] += 1
        for w in self.neighbours(v):
            if v not in self.along or w in self.along[v]:
                heapq.heappush(heap, (self.cost(v, w), v, w, self.version[v]))

    def run(self, group, budget):
        """Collapse until each group of `group (V,)` has at most `budget[g]` vertices. Returns `(F, 3)` triangles."""
        left = Counter(group[v] for v in self.around)
        heap = []
        for v in list(self.around):
            self.push(heap, v)
        while heap:
            _, gone, kept, version = heapq.heappop(heap)
            current = version == self.version[gone] and gone in self.around
            if current and left[group[gone]] > budget[group[gone]] and self.allowed(gone, kept):
                left[group[gone]] -= 1
                for v in self.collapse(gone, kept):
                    self.push(heap, v)
        return np.array(sorted(self.faces.values()), np.int64)
