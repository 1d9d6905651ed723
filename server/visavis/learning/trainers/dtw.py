"""Dynamic time warping of many pairs at a time.

Source: Sakoe & Chiba 1978 (10.1109/TASSP.1978.1163055): the cheapest path through the squared
distances of two sequences' rows, within a band about the diagonal. The table is filled along
its anti-diagonals, each a vector over all pairs, since the cells of one don't need each other.
"""

import numpy as np
from numpy.typing import NDArray

_CHUNK = 256
"""Pairs whose tables are held at once: 256 × 32 × 32 floats are 1 MB."""


def distances(
    one: NDArray[np.float32], many: NDArray[np.float32], band: int
) -> NDArray[np.float32]:
    """Distance of (L, D) to each of (M, L, D), (M,): the root of the path's mean squared cost."""
    return np.concatenate(
        [_distances(one, many[at : at + _CHUNK], band) for at in range(0, len(many), _CHUNK)]
    )


def _distances(
    one: NDArray[np.float32], many: NDArray[np.float32], band: int
) -> NDArray[np.float32]:
    count, length, _ = many.shape
    cost = (
        (one**2).sum(-1)[None, :, None]
        + (many**2).sum(-1)[:, None, :]
        - 2 * np.matmul(one[None], many.transpose(0, 2, 1))
    ).astype(np.float32)
    np.maximum(cost, 0, out=cost)
    flat = cost.reshape(count, length * length).T.copy()
    infinite = np.float32(np.inf)
    before = np.full((length + 1, count), infinite, np.float32)  # anti-diagonal k - 2, by row + 1
    last = before.copy()  # anti-diagonal k - 1
    for k in range(2 * length - 1):
        low = max(0, k - length + 1, (k - band + 1) // 2)
        high = min(k, length - 1, (k + band) // 2)
        rows = np.arange(low, high + 1)
        now = np.full_like(last, infinite)
        if k == 0:
            now[1] = flat[0]
        else:
            reach = np.minimum(last[low : high + 1], last[low + 1 : high + 2])
            np.minimum(reach, before[low : high + 1], out=reach)
            now[low + 1 : high + 2] = reach + flat[rows * length + k - rows]
        before, last = last, now
    root: NDArray[np.float32] = np.sqrt(last[length] / length)
    return root


def resampled(values: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """(N, D) stretched or squeezed in time to (length, D), averaging where it is squeezed."""
    rows = len(values)
    edges = np.linspace(0, rows, length + 1)
    if rows >= length:
        total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, 0, np.float64)])
        whole = np.floor(edges).astype(int).clip(0, rows - 1)
        part = edges - whole
        upto = total[whole] + part[:, None] * values[whole]
        return (np.diff(upto, axis=0) * (length / rows)).astype(np.float32)
    at = ((edges[:-1] + edges[1:]) / 2 - 0.5).clip(0, rows - 1)
    whole = np.floor(at).astype(int).clip(0, max(rows - 2, 0))
    after = np.minimum(whole + 1, rows - 1)
    part = (at - whole)[:, None].astype(np.float32)
    stretched: NDArray[np.float32] = values[whole] * (1 - part) + values[after] * part
    return stretched
