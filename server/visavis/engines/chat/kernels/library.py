"""llama.cpp's C interface, as far as a conversation needs it.

The structures are those of the one version that the manifest pins by hash; the defaults that the
library itself gives are compared with known ones, so that another version is refused and nothing
is read at wrong places.
"""

import ctypes
from ctypes import (
    POINTER,
    Structure,
    c_bool,
    c_char_p,
    c_float,
    c_int8,
    c_int32,
    c_size_t,
    c_uint32,
    c_void_p,
)
from pathlib import Path
from typing import Any

BASE, GGML, LLAMA = "libggml-base.so", "libggml.v0.5.0.so", "libllama.v0.5.0.so"
F16 = 1
Q4_0 = 2
"""Of llama.cpp's file types."""


class KernelError(Exception):
    """The library can't be used, or a model can't be used with it; the message says why."""


class ModelParams(Structure):
    """`llama_model_params`."""

    _fields_ = (
        ("devices", c_void_p),
        ("tensor_buft_overrides", c_void_p),
        ("n_gpu_layers", c_int32),
        ("split_mode", c_int32),
        ("load_mode", c_int32),
        ("lazy_mode", c_int32),
        ("main_gpu", c_int32),
        ("tensor_split", c_void_p),
        ("progress_callback", c_void_p),
        ("progress_callback_user_data", c_void_p),
        ("kv_overrides", c_void_p),
        ("vocab_only", c_bool),
        ("check_tensors", c_bool),
        ("use_extra_bufts", c_bool),
        ("no_host", c_bool),
        ("no_alloc", c_bool),
        ("load_mtp", c_bool),
    )


class ContextParams(Structure):
    """`llama_context_params`."""

    _fields_ = (
        ("n_ctx", c_uint32),
        ("n_batch", c_uint32),
        ("n_ubatch", c_uint32),
        ("n_seq_max", c_uint32),
        ("n_rs_seq", c_uint32),
        ("n_outputs_max", c_uint32),
        ("n_outputs_max_per_seq", c_uint32),
        ("n_threads", c_int32),
        ("n_threads_batch", c_int32),
        ("ctx_type", c_int32),
        ("rope_scaling_type", c_int32),
        ("pooling_type", c_int32),
        ("attention_type", c_int32),
        ("flash_attn_type", c_int32),
        ("rope_freq_base", c_float),
        ("rope_freq_scale", c_float),
        ("yarn_ext_factor", c_float),
        ("yarn_attn_factor", c_float),
        ("yarn_beta_fast", c_float),
        ("yarn_beta_slow", c_float),
        ("yarn_orig_ctx", c_uint32),
        ("defrag_thold", c_float),
        ("cb_eval", c_void_p),
        ("cb_eval_user_data", c_void_p),
        ("type_k", c_int32),
        ("type_v", c_int32),
        ("abort_callback", c_void_p),
        ("abort_callback_data", c_void_p),
        ("embeddings", c_bool),
        ("offload_kqv", c_bool),
        ("no_perf", c_bool),
        ("op_offload", c_bool),
        ("swa_full", c_bool),
        ("kv_unified", c_bool),
        ("samplers", c_void_p),
        ("n_samplers", c_size_t),
        ("ctx_other", c_void_p),
    )


class QuantizeParams(Structure):
    """`llama_model_quantize_params`."""

    _fields_ = (
        ("nthread", c_int32),
        ("ftype", c_int32),
        ("output_tensor_type", c_int32),
        ("token_embedding_type", c_int32),
        ("allow_requantize", c_bool),
        ("quantize_output_tensor", c_bool),
        ("only_copy", c_bool),
        ("pure", c_bool),
        ("keep_split", c_bool),
        ("dry_run", c_bool),
        ("imatrix", c_void_p),
        ("kv_overrides", c_void_p),
        ("tt_overrides", c_void_p),
        ("prune_layers", c_void_p),
        ("max_buf_size", c_size_t),
    )


class LlamaBatch(Structure):
    """`llama_batch`: tokens with their places and sequences."""

    _fields_ = (
        ("n_tokens", c_int32),
        ("token", POINTER(c_int32)),
        ("embd", POINTER(c_float)),
        ("pos", POINTER(c_int32)),
        ("n_seq_id", POINTER(c_int32)),
        ("seq_id", POINTER(POINTER(c_int32))),
        ("logits", POINTER(c_int8)),
    )


class ChatMessage(Structure):
    """`llama_chat_message`."""

    _fields_ = (("role", c_char_p), ("content", c_char_p))


class LogitBias(Structure):
    """`llama_logit_bias`."""

    _fields_ = (("token", c_int32), ("bias", c_float))


class ChainParams(Structure):
    """`llama_sampler_chain_params`."""

    _fields_ = (("no_perf", c_bool),)


_LOG = ctypes.CFUNCTYPE(None, c_int32, c_char_p, c_void_p)

_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "llama_log_set": (None, (_LOG, c_void_p)),
    "llama_backend_init": (None, ()),
    "llama_model_default_params": (ModelParams, ()),
    "llama_context_default_params": (ContextParams, ()),
    "llama_model_quantize_default_params": (QuantizeParams, ()),
    "llama_sampler_chain_default_params": (ChainParams, ()),
    "llama_model_load_from_file": (c_void_p, (c_char_p, ModelParams)),
    "llama_init_from_model": (c_void_p, (c_void_p, ContextParams)),
    "llama_free": (None, (c_void_p,)),
    "llama_model_free": (None, (c_void_p,)),
    "llama_model_get_vocab": (c_void_p, (c_void_p,)),
    "llama_model_chat_template": (c_char_p, (c_void_p, c_char_p)),
    "llama_model_quantize": (c_uint32, (c_char_p, c_char_p, POINTER(QuantizeParams))),
    "llama_get_memory": (c_void_p, (c_void_p,)),
    "llama_memory_seq_rm": (c_bool, (c_void_p, c_int32, c_int32, c_int32)),
    "llama_memory_seq_cp": (None, (c_void_p, c_int32, c_int32, c_int32, c_int32)),
    "llama_vocab_n_tokens": (c_int32, (c_void_p,)),
    "llama_vocab_is_eog": (c_bool, (c_void_p, c_int32)),
    "llama_tokenize": (
        c_int32,
        (c_void_p, c_char_p, c_int32, POINTER(c_int32), c_int32, c_bool, c_bool),
    ),
    "llama_token_to_piece": (
        c_int32,
        (c_void_p, c_int32, c_char_p, c_int32, c_int32, c_bool),
    ),
    "llama_chat_apply_template": (
        c_int32,
        (c_char_p, POINTER(ChatMessage), c_size_t, c_bool, c_char_p, c_int32),
    ),
    "llama_batch_init": (LlamaBatch, (c_int32, c_int32, c_int32)),
    "llama_batch_free": (None, (LlamaBatch,)),
    "llama_decode": (c_int32, (c_void_p, LlamaBatch)),
    "llama_sampler_chain_init": (c_void_p, (ChainParams,)),
    "llama_sampler_chain_add": (None, (c_void_p, c_void_p)),
    "llama_sampler_free": (None, (c_void_p,)),
    "llama_sampler_sample": (c_int32, (c_void_p, c_void_p, c_int32)),
    "llama_sampler_init_logit_bias": (c_void_p, (c_int32, c_int32, POINTER(LogitBias))),
    "llama_sampler_init_penalties": (c_void_p, (c_int32, c_int32, c_float, c_float, c_float)),
    "llama_sampler_init_top_k": (c_void_p, (c_int32,)),
    "llama_sampler_init_top_p": (c_void_p, (c_float, c_size_t)),
    "llama_sampler_init_min_p": (c_void_p, (c_float, c_size_t)),
    "llama_sampler_init_temp": (c_void_p, (c_float,)),
    "llama_sampler_init_dist": (c_void_p, (c_uint32,)),
}
"""Each function's result and arguments."""


class Library:
    """The library in `folder`, with the kernels of one family. Loaded once in a process.

    Functions are attributes under their C names. Raises KernelError when a file is missing, isn't
    for this system, or is of a version with other structures.
    """

    def __init__(self, folder: Path, family: str) -> None:
        try:
            ctypes.CDLL(str(folder / BASE), mode=ctypes.RTLD_GLOBAL)
            ggml = ctypes.CDLL(str(folder / GGML), mode=ctypes.RTLD_GLOBAL)
            self._llama = ctypes.CDLL(str(folder / LLAMA))
            for name, (result, arguments) in _FUNCTIONS.items():
                function = getattr(self._llama, name)
                function.restype, function.argtypes = result, arguments
            ggml.ggml_backend_load.restype = c_void_p
            ggml.ggml_backend_load.argtypes = (c_char_p,)
        except (OSError, AttributeError) as error:
            raise KernelError(f"the library in {folder} can't be loaded: {error}") from error
        self._quiet = _LOG(_ignore)  # kept: the library calls it as long as it lives
        self.llama_log_set(self._quiet, None)
        if not ggml.ggml_backend_load(str(folder / f"libggml-cpu-{family}.so").encode()):
            raise KernelError(f"the kernels {family!r} in {folder} can't be loaded")
        self.llama_backend_init()
        self._check()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._llama, name)

    def _check(self) -> None:
        context = self.llama_context_default_params()
        model = self.llama_model_default_params()
        quantize = self.llama_model_quantize_default_params()
        known = (
            (context.n_ctx, context.n_batch, context.n_ubatch) == (512, 2048, 512)
            and (context.type_k, context.type_v) == (F16, F16)
            and (context.n_samplers, context.ctx_other) == (0, None)
            and (context.offload_kqv, context.op_offload, context.kv_unified) == (True, True, False)
            and model.use_extra_bufts
            and not model.vocab_only
            and quantize.quantize_output_tensor
            and not quantize.allow_requantize
        )
        if not known:
            raise KernelError("the library is of another version than the one that is known")


def _ignore(_level: int, _text: bytes, _data: int | None) -> None:
    """What the library tells of its loading; its errors come back as results."""
