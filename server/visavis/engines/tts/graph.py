"""Reading more out of an ONNX model than its maker exported."""


def with_outputs(model: bytes, *names: str) -> bytes:
    """The ONNX ``model`` with the intermediate tensors ``names`` as further outputs.

    Concatenated protobuf messages merge, and repeated fields append (protobuf encoding guide,
    "Last One Wins"), so a fragment holding ModelProto.graph (field 7) with GraphProto.output
    (field 12) entries of ValueInfoProto.name (field 1) does it without the onnx package. The
    runtime infers the types. A name that the graph lacks raises when the session is made.
    """
    outputs = b"".join(_field(12, _field(1, name.encode())) for name in names)
    return model + _field(7, outputs)


def _field(number: int, payload: bytes) -> bytes:
    """One length-delimited field (wire type 2); field numbers below 16 take one byte."""
    return bytes([number << 3 | 2]) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])
