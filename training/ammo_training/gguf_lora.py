"""PEFT LoRA → GGUF LoRA, as llama.cpp reads it (training.md 5.1); by log-probs alone can it be checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gguf import MODEL_ARCH, GGUFWriter, TensorNameMap, get_tensor_name_map
from gguf.constants import GGMLQuantizationType

from ammo_agents.errors import RefusedError
from ammo_training.peft_file import Array, Peft, read

ARCHITECTURES = {"llama": MODEL_ARCH.LLAMA}
"""``model_type`` of a base's config → what llama.cpp calls it; only those whose log-probs were compared."""
LARGEST_HALF = 65504.0
"""Largest number of float16; an adapter with a larger one is written in float32."""
Half = np.float16


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the converter has to know of a base."""

    architecture: str
    heads: int
    key_heads: int
    layers: int
    tensors: Mapping[str, tuple[int, ...]]
    """Weight, as transformers calls it → its shape; a tied head is not among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What was written."""

    modules: int
    rank: int
    alpha: float
    dtype: str


Order = Callable[[Array, int], Array]


def known(base: Path) -> bool:
    """Return whether adapters of a base can be converted: its architecture's log-probs were compared."""
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    return config.get("model_type") in ARCHITECTURES


def shape_of(base: Path) -> Shape:
    """Return what is to be known of a base in safetensors, its folder checked by `base_folder.check`; blocking.

    Raises:
        RefusedError: a base of another architecture.
    """
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    kind = str(config.get("model_type"))
    if kind not in ARCHITECTURES:
        raise RefusedError(
            f"base {base} is of architecture {kind!r}; adapters are converted for {', '.join(ARCHITECTURES)}",
            hint="Serve it with transformers or vLLM, which read the PEFT files as they are.",
        )
    tensors: dict[str, tuple[int, ...]] = {}
    for path in sorted(base.glob("*.safetensors")):
        with path.open("rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(size))
            tensors |= {n: tuple(t["shape"]) for n, t in header.items() if "shape" in t}
    heads = int(config["num_attention_heads"])
    return Shape(
        architecture=kind,
        heads=heads,
        key_heads=int(config.get("num_key_value_heads") or heads),
        layers=int(config["num_hidden_layers"]),
        tensors=tensors,
    )


def rotary(rows: Array, heads: int) -> Array:
    """Return the rows of a q or k weight in GGUF's order: halves of a head become interleaved pairs.

    (out, r) → (heads, 2, out/heads/2, r) → swapped → (out, r). A, which reads the input, stays as it is.
    """
    out, rank = rows.shape
    return rows.reshape(heads, 2, out // heads // 2, rank).swapaxes(1, 2).reshape(out, rank)


def convert(peft: Path, base: Shape, target: Path, *, order: Order = rotary) -> Converted:
    """Write the PEFT adapter of a folder as GGUF LoRA; blocking.

    Raises:
        RefusedError: something in it cannot be said in a GGUF LoRA for this base; it names what and why.
    """
    adapter = read(peft)
    for module, (a, b) in adapter.modules.items():
        _refuse_other_shape(module, (b.shape[0], a.shape[1]), base)
    names = get_tensor_name_map(ARCHITECTURES[base.architecture], base.layers)
    named = {_gguf_name(m, names, base): pair for m, pair in adapter.modules.items()}
    dtype: Any = Half if _largest(adapter) <= LARGEST_HALF else np.float32
    writer = GGUFWriter(target, base.architecture)
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", adapter.alpha)
    kind = GGMLQuantizationType.F16 if dtype is Half else GGMLQuantizationType.F32
    for name, (a, b) in sorted(named.items()):
        rows = order(b, _heads(name, base)) if _heads(name, base) else b
        for part, value in (("lora_a", a), ("lora_b", rows)):
            held = np.ascontiguousarray(value, dtype=dtype)
            writer.add_tensor(f"{name}.{part}", held, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return Converted(
        modules=len(named),
        rank=adapter.rank,
        alpha=adapter.alpha,
        dtype="float16" if dtype is Half else "float32",
    )


def _gguf_name(module: str, names: TensorNameMap, base: Shape) -> str:
    """Return what GGUF calls the weight of a module: ``blk.3.attn_q.weight``."""
    name = names.get_name(module)
    if name is None:
        raise RefusedError(
            f"module {module} has no name in a GGUF of architecture {base.architecture!r}",
            hint="Train on the modules of its layers: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj.",
        )
    if f"{module}.weight" not in base.tensors:
        raise RefusedError(
            f"the base has no weight of its own for {module} (a tied head, or another base)",
            hint="Train on the modules of its layers only.",
        )
    if module.endswith("embed_tokens"):
        raise RefusedError(
            f"module {module} is an embedding: llama.cpp adds no LoRA there",
            hint="Train on the modules of its layers only.",
        )
    return f"{name}.weight"


def _refuse_other_shape(module: str, shape: tuple[int, int], base: Shape) -> None:
    wanted = base.tensors.get(f"{module}.weight", shape)
    if wanted != shape:
        raise RefusedError(
            f"module {module} changes a weight of shape {shape}, the base has one of {wanted}",
            hint="It was trained on another base: convert it with that one.",
        )


def _heads(name: str, base: Shape) -> int:
    """Return the number of heads whose rows lie in rotary order; 0 = the rows of this weight do not."""
    if name.endswith(".attn_q.weight"):
        return base.heads
    return base.key_heads if name.endswith(".attn_k.weight") else 0


def _largest(adapter: Peft) -> float:
    return max(float(np.abs(m).max()) for pair in adapter.modules.values() for m in pair)
