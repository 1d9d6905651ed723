"""`lstm_v1`: a small recurrent net, kept as ONNX and run by onnxruntime.

It learns the taught takes, seeded variations of them (`perturb`), and what is none of them: takes
played backwards, halves of two labels' takes joined, takes with columns shuffled. Unknown is a
label of its own that wins, or a winner with less than half of the shares. Needs more takes than
`baseline_knn` and rejects strangers less well; it is smaller and ten times as fast.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from visavis.learning.features import Features
from visavis.learning.trainers import container, dtw, examples, lstm, onnx_file
from visavis.learning.trainers.perturb import perturbed
from visavis.learning.trainers.types import BadModel, Cancelled, Example, Recognition

NAME = "lstm_v1"
LENGTH = 30
_HIDDEN = 32
_VARIED = 20
"""Takes and variations of a label that an epoch sees, at least."""
_EPOCHS = 40
_BATCH = 64
_PACE = 0.01
_STRANGE = 0.5
"""How many takes that are nothing go with one that is something."""
_THRESHOLD = 0.5
_WEIGHTS = ("input", "state", "bias", "out", "shift")


class LstmV1:
    """Trains it, and reads what it has trained."""

    def train(
        self,
        examples_: Sequence[Example],
        *,
        seed: int,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> bytes:
        """See `types.Trainer`."""
        takes = examples.checked(examples_)
        labels = sorted({take.label for take in takes})
        of = np.array([labels.index(take.label) for take in takes])
        plain = np.stack([dtw.resampled(take.features.values, LENGTH) for take in takes])
        middle = plain.mean(axis=(0, 1))
        spread = plain.std(axis=(0, 1))
        floor = 0.3 * float(np.sqrt((spread**2).mean()))
        scale = np.maximum(spread, max(floor, 1e-6)).astype(np.float32)
        random = np.random.default_rng(seed)
        weights = lstm.drawn(plain.shape[-1], _HIDDEN, len(labels) + 1, random)
        adam = lstm.Adam(weights, _PACE)
        for epoch in range(_EPOCHS):
            rows, classes = _epoch(plain, of, len(labels), random)
            rows = (rows - middle) / scale
            order = random.permutation(len(rows))
            for at in range(0, len(order), _BATCH):
                if cancelled():
                    raise Cancelled
                some = order[at : at + _BATCH]
                batch = np.ascontiguousarray(rows[some].transpose(1, 0, 2))
                adam.step(weights, lstm.gradients(weights, batch, classes[some])[1])
                progress((epoch + min(1.0, (at + _BATCH) / len(order))) / _EPOCHS)
        onnx = np.frombuffer(onnx_file.written(weights), np.uint8)
        return container.write(
            {
                "trainer": NAME,
                "encoding": takes[0].features.encoding,
                "labels": labels,
                "seed": seed,
                "threshold": _THRESHOLD,
            },
            dict(weights) | {"middle": middle.astype(np.float32), "scale": scale, "onnx": onnx},
        )

    def read(self, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> "LstmModel":
        """See `types.Trainer`."""
        return _read(header, arrays)


class LstmModel:
    """The net in onnxruntime."""

    def __init__(self, encoding: str, labels: tuple[str, ...], arrays: dict[str, Any]) -> None:
        self.encoding = encoding
        self.labels = labels
        self._middle = arrays["middle"]
        self._scale = arrays["scale"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            arrays["onnx"].tobytes(), options, providers=["CPUExecutionProvider"]
        )

    def recognise(self, features: Features) -> Recognition:
        """See `types.Model`."""
        features = examples.fits(features, self.encoding, len(self._scale))
        take = (dtw.resampled(features.values, LENGTH) - self._middle) / self._scale
        rows = {onnx_file.INPUT: take[:, None].astype(np.float32)}
        shares = np.asarray(self._session.run([onnx_file.OUTPUT], rows)[0])[0]
        best = int(shares[:-1].argmax())
        share = float(np.clip(shares[best], 0, 1))
        nearest = self.labels[best]
        return Recognition(nearest if share >= _THRESHOLD else None, share, nearest)


def _read(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> LstmModel:
    """The model in an artefact's header and arrays. Raises BadModel.

    The ONNX bytes are believed only if they are what the weights, which were checked, give.
    """
    labels = tuple(header["labels"])
    scale = container.require(arrays.get("scale"), "<f4", (-1,))
    width = len(scale)
    shapes = {
        "input": (4 * _HIDDEN, width),
        "state": (4 * _HIDDEN, _HIDDEN),
        "bias": (4 * _HIDDEN,),
        "out": (_HIDDEN, len(labels) + 1),
        "shift": (len(labels) + 1,),
        "middle": (width,),
    }
    for name, shape in shapes.items():
        container.require(arrays.get(name), "<f4", shape)
    onnx = container.require(arrays.get("onnx"), "|u1", (-1,))
    if not 1 <= width <= examples.MAX_WIDTH or (scale <= 0).any():
        raise BadModel("The model file's scale is not above zero.")
    if onnx.tobytes() != onnx_file.written({name: arrays[name] for name in _WEIGHTS}):
        raise BadModel("The model file's net is not the one of its weights.")
    return LstmModel(header["encoding"], labels, arrays)


def _epoch(
    plain: NDArray[np.float32], of: NDArray[np.int64], labels: int, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Takes (N, LENGTH, D) and classes (N,): every take, variations, and strangers (`labels`)."""
    most = max(_VARIED, int(np.bincount(of).max()))
    chosen = np.concatenate(
        [
            np.resize(random.permutation(np.flatnonzero(of == label)), most)
            for label in range(labels)
        ]
    )
    rows = [perturbed(plain[index], random) for index in chosen]
    strange = [_stranger(plain, of, random) for _ in range(int(_STRANGE * len(rows)))]
    classes = np.concatenate([of[chosen], np.full(len(strange), labels)])
    return np.stack(rows + strange), classes


def _stranger(
    plain: NDArray[np.float32], of: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.float32]:
    """A movement that nobody taught, made of taught ones."""
    take = int(random.integers(len(plain)))
    rows = perturbed(plain[take], random)
    how = int(random.integers(3))
    if how == 0:
        return rows[::-1]
    if how == 1:
        other = plain[int(random.choice(np.flatnonzero(of != of[take])))]
        half = int(random.integers(LENGTH // 3, 2 * LENGTH // 3))
        return np.concatenate([rows[:half], perturbed(other, random)[half:]])
    shuffled: NDArray[np.float32] = rows[:, random.permutation(rows.shape[1])]
    return shuffled
