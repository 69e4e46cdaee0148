"""Reads a PEFT LoRA adapter without torch, and refuses by name whatever cannot be said as B·A on a weight."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ammo_agents.errors import RefusedError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PREFIX = "base_model.model."
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
HARMLESS = frozenset({
    "auto_mapping",
    "base_model_name_or_path",
    "exclude_modules",
    "inference_mode",
    "init_lora_weights",
    "layers_pattern",
    "layers_to_transform",
    "lora_alpha",
    "lora_dropout",
    "megatron_core",
    "peft_type",
    "peft_version",
    "qalora_group_size",
    "r",
    "revision",
    "target_modules",
    "task_type",
    "use_rslora",
})
"""What a configuration may say beside plain LoRA: how it was trained, or what is converted too."""
REASONS = {
    "use_dora": "DoRA scales each row by a magnitude that a GGUF LoRA cannot hold",
    "lora_bias": "it has biases of its own",
    "modules_to_save": "it replaces whole modules",
    "rank_pattern": "its modules have different ranks",
    "alpha_pattern": "its modules have different scales",
    "target_parameters": "it changes parameters that belong to no module",
    "trainable_token_indices": "it changes token embeddings",
    "layer_replication": "it repeats layers",
    "alora_invocation_tokens": "it begins to work at a token of its own (aLoRA)",
    "fan_in_fan_out": "its weights are stored the other way round",
}
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peft:
    """A plain LoRA adapter."""

    rank: int
    scale: float
    """What B·A is multiplied by: alpha / r, for rsLoRA alpha / √r."""
    modules: dict[str, tuple[Array, Array]]
    """Module → A of shape (r, in), B of shape (out, r), float32, finite."""
    config: dict[str, Any]

    @property
    def alpha(self) -> float:
        """The alpha that gives `scale` where a reader divides by r."""
        return self.scale * self.rank


def read(folder: Path) -> Peft:
    """Return the adapter of a folder; blocking.

    Raises:
        RefusedError: no plain LoRA, or one with a number that is not finite; it names the reason.
    """
    config = _config(folder / CONFIG)
    rank, scale = int(config["r"]), float(config["lora_alpha"])
    found: dict[str, dict[str, Array]] = {}
    for key, value in tensors(folder / WEIGHTS).items():
        name, part = _named(key)
        if not np.isfinite(value).all():
            raise _refusal(folder, f"{key} holds NaN or infinity")
        found.setdefault(name, {})[part] = value
    modules: dict[str, tuple[Array, Array]] = {}
    for name, parts in sorted(found.items()):
        if set(parts) != {"A", "B"}:
            raise _refusal(folder, f"{name} has only its {'/'.join(sorted(parts))}")
        a, b = parts["A"], parts["B"]
        if a.ndim != 2 or b.ndim != 2 or a.shape[0] != rank or b.shape[1] != rank:
            raise _refusal(
                folder, f"{name} has A {a.shape} and B {b.shape}, the configuration says r = {rank}"
            )
        modules[name] = (a, b)
    if not modules:
        raise _refusal(folder, "it changes nothing")
    by = math.sqrt(rank) if config.get("use_rslora") else rank
    return Peft(rank=rank, scale=scale / by, modules=modules, config=config)


def tensors(path: Path) -> dict[str, Array]:
    """Return every tensor of a safetensors file as float32; blocking.

    Raises:
        RefusedError: it is no whole safetensors file, or holds numbers of another kind.
    """
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    found: dict[str, Array] = {}
    try:
        header = json.loads(raw[8 : 8 + size])
        body = memoryview(raw)[8 + size :]
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            if not 0 <= begin <= end <= len(body):
                raise ValueError(f"{name} lies beyond the file")
            kind = DTYPES[entry["dtype"]]
            flat = np.frombuffer(body[begin:end], dtype=kind)
            if kind == "<u2":  # bfloat16 is the upper half of a float32
                flat = (flat.astype(np.uint32) << 16).view(np.float32)
            with np.errstate(over="ignore"):
                found[name] = flat.reshape(entry["shape"]).astype(np.float32)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedError(
            f"{path} is no whole safetensors file: {error!r}",
            hint="Train it again; only safetensors is read.",
        ) from error
    return found


def _config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        rank, alpha = int(config["r"]), float(config["lora_alpha"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RefusedError(f"{path} is no LoRA configuration: {error!r}", hint="Train it again.") from error  # fmt: skip
    if config.get("peft_type") != "LORA":
        raise _refusal(path, f"its kind is {config.get('peft_type')!r}, not LORA")
    if config.get("bias", "none") != "none":
        raise _refusal(path, f"it changes biases (bias = {config['bias']!r})")
    for name in sorted(set(config) - HARMLESS - {"bias"}):
        if config[name]:
            why = REASONS.get(name, "what it means is not known here")
            raise _refusal(path, f"{name} = {config[name]!r}: {why}")
    if rank < 1 or not math.isfinite(alpha) or alpha == 0:
        raise _refusal(path, f"r = {rank} and alpha = {alpha} change nothing, or everything")
    return dict(config)


def _named(key: str) -> tuple[str, str]:
    """Return the module and the part (A or B) of a tensor of PEFT's.

    Raises:
        RefusedError: it is neither (an embedding, a magnitude, a bias).
    """
    name = key.removeprefix(PREFIX)
    for part in ("A", "B"):
        if name.endswith(f".lora_{part}.weight"):
            return name.removesuffix(f".lora_{part}.weight"), part
    kinds = {
        "lora_embedding": "adapters of embeddings have no place in a GGUF LoRA here",
        "lora_magnitude_vector": REASONS["use_dora"],
        "bias": "it changes biases",
    }
    why = next((said for kind, said in kinds.items() if kind in name), "it is neither A nor B")
    raise RefusedError(
        f"tensor {key} cannot be converted: {why}", hint="Train plain LoRA on linear modules."
    )


def _refusal(where: Path, why: str) -> RefusedError:
    return RefusedError(
        f"{where} cannot be converted to a GGUF adapter: {why}",
        hint="Train plain LoRA: one rank, one alpha, no DoRA, no bias, no modules_to_save.",
    )
