"""An LSTM classifier's weights as the bytes of an ONNX model.

Written here, message by message (protobuf's wire format, onnx.proto3 of IR version 7, operators of
opset 13), since only this one graph is ever needed: LSTM, mean over time, linear, softmax.
"""

import struct
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

INPUT = "rows"
OUTPUT = "shares"
_FLOAT = 1
_INT, _INTS = 2, 7


def written(weights: Mapping[str, NDArray[np.float32]]) -> bytes:
    """The model of `input` (4H, D), `state` (4H, H), `bias` (4H,), `out` (H, C), `shift` (C,).

    Gates stand in ONNX's order: input, output, forget, cell. The model takes `rows` (L, N, D) and
    gives `shares` (N, C).
    """
    hidden = weights["state"].shape[1]
    bias = np.concatenate([weights["bias"], np.zeros_like(weights["bias"])])
    tensors = {
        "W": weights["input"][None],
        "R": weights["state"][None],
        "B": bias[None],
        "out": weights["out"],
        "shift": weights["shift"],
    }
    nodes = [
        _node("LSTM", [INPUT, "W", "R", "B"], ["states"], _whole("hidden_size", hidden)),
        _node("ReduceMean", ["states"], ["mean"], _wholes("axes", [0, 1]), _whole("keepdims", 0)),
        _node("Gemm", ["mean", "out", "shift"], ["values"]),
        _node("Softmax", ["values"], [OUTPUT], _whole("axis", 1)),
    ]
    graph = b"".join(
        [
            *(_bytes(1, node) for node in nodes),
            _bytes(2, b"lstm_v1"),
            *(_bytes(5, _tensor(name, values)) for name, values in tensors.items()),
            _bytes(11, _value(INPUT, ["L", "N", weights["input"].shape[1]])),
            _bytes(12, _value(OUTPUT, ["N", weights["out"].shape[1]])),
        ]
    )
    opset = _bytes(1, b"") + _number(2, 13)
    return _number(1, 7) + _bytes(2, b"visavis") + _bytes(7, graph) + _bytes(8, opset)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _node(kind: str, inputs: Sequence[str], outputs: Sequence[str], *attributes: bytes) -> bytes:
    return b"".join(
        [
            *(_bytes(1, name.encode()) for name in inputs),
            *(_bytes(2, name.encode()) for name in outputs),
            _bytes(4, kind.encode()),
            *(_bytes(5, attribute) for attribute in attributes),
        ]
    )


def _whole(name: str, value: int) -> bytes:
    return _bytes(1, name.encode()) + _number(3, value) + _number(20, _INT)


def _wholes(name: str, values: Sequence[int]) -> bytes:
    each = b"".join(_number(8, value) for value in values)
    return _bytes(1, name.encode()) + each + _number(20, _INTS)


def _tensor(name: str, values: NDArray[np.float32]) -> bytes:
    dims = b"".join(_number(1, length) for length in values.shape)
    raw = struct.pack(f"<{values.size}f", *values.ravel().tolist())
    return dims + _number(2, _FLOAT) + _bytes(8, name.encode()) + _bytes(9, raw)


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(
        _bytes(1, _number(1, side) if isinstance(side, int) else _bytes(2, side.encode()))
        for side in shape
    )
    tensor = _number(1, _FLOAT) + _bytes(2, dims)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, tensor))
