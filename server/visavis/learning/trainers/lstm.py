"""A long short-term memory and its gradients, in NumPy.

Source: Hochreiter & Schmidhuber 1997 (10.1162/neco.1997.9.8.1735) with forget gates; the states'
mean over time goes through a linear layer and a softmax. Gates stand in ONNX's order: input,
output, forget, cell. Trained with Adam (Kingma & Ba 2015, arXiv 1412.6980).
"""

import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]


def drawn(width: int, hidden: int, classes: int, random: np.random.Generator) -> Weights:
    """First weights: small, with forget gates open."""
    bias = np.zeros(4 * hidden, np.float32)
    bias[2 * hidden : 3 * hidden] = 1
    return {
        "input": random.normal(0, width**-0.5, (4 * hidden, width)).astype(np.float32),
        "state": random.normal(0, hidden**-0.5, (4 * hidden, hidden)).astype(np.float32),
        "bias": bias,
        "out": random.normal(0, hidden**-0.5, (hidden, classes)).astype(np.float32),
        "shift": np.zeros(classes, np.float32),
    }


def gradients(
    weights: Weights, rows: NDArray[np.float32], of: NDArray[np.int64]
) -> tuple[float, Weights]:
    """Mean cross-entropy of takes (L, N, D) of classes (N,), and its gradient by each weight."""
    length, count, _ = rows.shape
    hidden = weights["state"].shape[1]
    kind = weights["input"].dtype
    before = rows @ weights["input"].T + weights["bias"]
    gates = np.empty((length, count, 4 * hidden), kind)
    cells = np.zeros((length + 1, count, hidden), kind)
    states = np.zeros((length + 1, count, hidden), kind)
    for t in range(length):
        z = before[t] + states[t] @ weights["state"].T
        z[:, : 3 * hidden] = 1 / (1 + np.exp(-np.clip(z[:, : 3 * hidden], -30, 30)))
        z[:, 3 * hidden :] = np.tanh(z[:, 3 * hidden :])
        gates[t] = z
        let_in, let_out, keep, new = np.split(z, 4, axis=1)
        cells[t + 1] = keep * cells[t] + let_in * new
        states[t + 1] = let_out * np.tanh(cells[t + 1])
    mean = states[1:].mean(axis=0)
    values = mean @ weights["out"] + weights["shift"]
    shares = np.exp(values - values.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    loss = float(-np.log(np.maximum(shares[np.arange(count), of], 1e-12)).mean())
    d_values = shares.copy()
    d_values[np.arange(count), of] -= 1
    d_values /= count
    d_mean = d_values @ weights["out"].T / length
    d_state = np.zeros((count, hidden), kind)
    d_cell = np.zeros((count, hidden), kind)
    d_gates = np.empty_like(gates)
    for t in range(length - 1, -1, -1):
        let_in, let_out, keep, new = np.split(gates[t], 4, axis=1)
        squashed = np.tanh(cells[t + 1])
        d_out = d_mean + d_state
        d_cell = d_cell + d_out * let_out * (1 - squashed**2)
        d_gates[t] = np.concatenate(
            [
                d_cell * new * let_in * (1 - let_in),
                d_out * squashed * let_out * (1 - let_out),
                d_cell * cells[t] * keep * (1 - keep),
                d_cell * let_in * (1 - new**2),
            ],
            axis=1,
        )
        d_cell = d_cell * keep
        d_state = d_gates[t] @ weights["state"]
    flat = d_gates.reshape(-1, 4 * hidden)
    return loss, {
        "input": flat.T @ rows.reshape(length * count, -1),
        "state": flat.T @ states[:-1].reshape(-1, hidden),
        "bias": flat.sum(axis=0),
        "out": mean.T @ d_values,
        "shift": d_values.sum(axis=0),
    }


class Adam:
    """Steps down the gradient, each weight at its own pace; long gradients are cut short."""

    def __init__(self, weights: Weights, pace: float) -> None:
        self._pace = pace
        self._mean = {name: np.zeros_like(values) for name, values in weights.items()}
        self._square = {name: np.zeros_like(values) for name, values in weights.items()}
        self._steps = 0

    def step(self, weights: Weights, slopes: Weights) -> None:
        """Change the weights in place."""
        self._steps += 1
        size = float(np.sqrt(sum(float((slope**2).sum()) for slope in slopes.values())))
        short = min(1.0, 1.0 / max(size, 1e-9))
        for name, slope in slopes.items():
            slope = slope * short
            self._mean[name] = 0.9 * self._mean[name] + 0.1 * slope
            self._square[name] = 0.999 * self._square[name] + 0.001 * slope**2
            mean = self._mean[name] / (1 - 0.9**self._steps)
            square = self._square[name] / (1 - 0.999**self._steps)
            change = self._pace * mean / (np.sqrt(square) + 1e-8)
            weights[name] -= change.astype(weights[name].dtype)
