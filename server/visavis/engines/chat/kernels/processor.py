"""Which build of the kernels suits a processor, by the flags that Linux tells of it."""

import os
import platform
from collections.abc import Iterable
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
WHEEL = "wheel"
"""The llama.cpp of the wheel, which is built for AVX2 and serves every system."""

_SSE = frozenset({"sse4_2"})
_AVX = _SSE | {"avx"}
_F16C = _AVX | {"f16c"}
_AVX2 = _F16C | {"fma", "avx2", "bmi2"}
_AVX512 = _AVX2 | {"avx512f", "avx512cd", "avx512vl", "avx512dq", "avx512bw"}
_VNNI = _AVX512 | {"avx512_vnni"}
_ZEN4 = _VNNI | {"avx512vbmi", "avx512_bf16"}

FAMILIES: dict[str, frozenset[str]] = {
    "sapphirerapids": _ZEN4 | {"amx_tile", "amx_int8"},
    "zen4": _ZEN4,
    "cooperlake": _VNNI | {"avx512_bf16"},
    "icelake": _VNNI | {"avx512vbmi"},
    "cascadelake": _VNNI,
    "cannonlake": _AVX512 | {"avx512vbmi"},
    "skylakex": _AVX512,
    "alderlake": _AVX2 | {"avx_vnni"},
    "haswell": _AVX2,
    "piledriver": _F16C | {"fma"},
    "ivybridge": _F16C,
    "sandybridge": _AVX,
    "sse42": _SSE,
    "x64": frozenset(),
}
"""Each build's name and the flags that it needs, fastest first."""
REPACKED = tuple(family for family, needs in FAMILIES.items() if "avx2" in needs)
"""Those that lay 4-bit blocks out anew for their widest instructions: they gain by Q4_0."""


def flags(cpuinfo: str) -> frozenset[str]:
    """What every processor of this text of `/proc/cpuinfo` can do."""
    lines = [line.partition(":") for line in cpuinfo.splitlines()]
    found = [frozenset(told.split()) for key, _, told in lines if key.strip() == "flags"]
    return frozenset.intersection(*found) if found else frozenset()


def name(cpuinfo: str) -> str:
    """What the processor calls itself, and how many there are: measures belong to it."""
    lines = [line.partition(":") for line in cpuinfo.splitlines()]
    models = [told.strip() for key, _, told in lines if key.strip() == "model name"]
    return f"{models[0] if models else platform.machine()} × {max(1, len(models))}"


def best(able: Iterable[str]) -> str:
    """The fastest build for a processor that is able to do so much."""
    able = frozenset(able)
    return next(family for family, needs in FAMILIES.items() if needs <= able)


def supported() -> bool:
    """Whether there are kernels for this system at all: 64-bit Intel or AMD, Linux with glibc."""
    return (
        platform.system() == "Linux"
        and platform.machine() == "x86_64"
        and platform.libc_ver()[0] == "glibc"
    )


def here() -> str:
    """This machine's `/proc/cpuinfo`; empty where there is none."""
    try:
        return CPUINFO.read_text()
    except OSError:
        return ""


def chosen(wanted: str, cpuinfo: str) -> str:
    """The build for a setting: "auto", "wheel", or a family's name.

    What the processor can't run would end the process at its first instruction, so a family that
    is beyond it raises ValueError, as an unknown one does.
    """
    if wanted == WHEEL:
        return WHEEL
    able = flags(cpuinfo)
    if wanted == "auto":
        return best(able)
    if wanted not in FAMILIES:
        raise ValueError(f"there are no kernels {wanted!r}; there are: {', '.join(FAMILIES)}")
    if lacks := FAMILIES[wanted] - able:
        raise ValueError(
            f"this processor can't run the kernels {wanted!r}: it lacks {', '.join(sorted(lacks))}"
        )
    return wanted


def threads(wanted: int) -> int:
    """So many as are wanted, but no more than this process may use processors."""
    return max(1, min(wanted, len(os.sched_getaffinity(0))))
