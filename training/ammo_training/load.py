"""A base, its tokenizer and, if asked for, an adapter on it, as transformers objects on the right device."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors import SafetensorError, safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

from ammo_agents.errors import BadInputError, TamperedError
from ammo_training.base_folder import Base
from ammo_training.config import Machine
from ammo_training.hardware import Where, choose

# PEFT asks transformers 5 for a name that transformers 6 drops; nobody who trains can do anything about it.
warnings.filterwarnings(
    "ignore", "`is_gradient_checkpointing` is deprecated", category=FutureWarning
)
PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a forward pass needs."""

    base: Base
    model: Any
    """`PreTrainedModel`, or `PeftModel` with an adapter on it; in evaluation mode."""
    tokenizer: Tokenizer
    where: Where


def gpus() -> tuple[int, bool]:
    """Return how many GPUs torch sees, and whether they know bfloat16."""
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return count, bool(count) and torch.cuda.is_bf16_supported()


def weights_of(base: Base) -> int:
    """Return the number of weights of a base, from the headers of its files."""
    total = 0
    for name in base.files:
        if name.endswith(".safetensors"):
            with safe_open(base.folder / name, framework="pt") as held:
                for key in held.keys():  # noqa: SIM118 - it is no mapping
                    size = 1
                    for side in held.get_slice(key).get_shape():
                        size *= side
                    total += size
    return total


def place(base: Base, machine: Machine | None = None) -> Where:
    """Return where this base is computed on this machine; raises `BadInputError` as `choose` does."""
    count, bf16 = gpus()
    return choose(machine or Machine(), weights=weights_of(base), cuda=count, bf16=bf16)


def load_tokenizer(base: Base) -> Tokenizer:
    """Return the tokenizer of a checked base; it has a padding token and a chat template.

    Raises:
        BadInputError: it has no chat template: a base that was never taught to answer.
    """
    tokenizer: Tokenizer = AutoTokenizer.from_pretrained(base.folder, local_files_only=True)
    if not tokenizer.chat_template:
        raise BadInputError(
            f"base {base.name!r} has no chat template, so nobody can say what it reads",
            hint="Take an instruct model.",
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(base: Base, where: Where) -> PreTrainedModel:
    """Return the model of a checked base on its device, in evaluation mode.

    Raises:
        TamperedError: a weight file that cannot be read as safetensors.
    """
    torch.set_num_threads(where.threads)
    options: dict[str, Any] = {"attn_implementation": "flash_attention_2"} if where.flash else {}
    try:
        model = AutoModelForCausalLM.from_pretrained(
            base.folder,
            dtype=getattr(torch, where.dtype),
            local_files_only=True,
            use_safetensors=True,
            **options,
        )
    except SafetensorError as error:
        raise TamperedError(
            f"{base.folder} holds no whole safetensors: {error}", hint=f"Delete {base.folder}."
        ) from error
    if where.device == "cuda" and where.devices == 1:  # of several processes each has its own GPU
        model = model.to("cuda")
    return model.eval()


def load(base: Base, *, adapter: Path | None = None, machine: Machine | None = None) -> Loaded:
    """Return base and tokenizer, with the PEFT adapter of a folder on it if one is named.

    `base` is one that `base_folder.check` passed; the hashes of `adapter` are its keeper's to check.

    Raises:
        BadInputError: no PEFT adapter there. TamperedError: a pickle beside it, NaN in it.
    """
    where = place(base, machine)
    model: Any = load_model(base, where)
    if adapter is not None:
        model = with_adapter(model, adapter)
    return Loaded(base=base, model=model, tokenizer=load_tokenizer(base), where=where)


def with_adapter(model: Any, adapter: Path) -> Any:
    """Return the model with the adapter of a folder on it, in evaluation mode."""
    check_adapter(adapter)
    made = PeftModel.from_pretrained(model, str(adapter), is_trainable=False)
    return made.eval()


def check_adapter(adapter: Path) -> dict[str, Any]:
    """Return the ``adapter_config.json`` of a PEFT folder that may be opened.

    Raises:
        BadInputError: no adapter there. TamperedError: a pickle in the folder, or weights that are not finite.
    """
    for pattern in PICKLES:
        for pickle in adapter.glob(pattern):
            raise TamperedError(
                f"{pickle} is a pickle in the folder of an adapter; nothing in it is opened",
                hint="Weights are safetensors. Delete the file if the adapter is yours.",
            )
    config, weights = adapter / "adapter_config.json", adapter / "adapter_model.safetensors"
    if not config.is_file() or not weights.is_file():
        raise BadInputError(
            f"{adapter} holds no PEFT adapter (adapter_config.json, adapter_model.safetensors)",
            hint="See the adapters: ammo runs list",
        )
    try:
        with safe_open(weights, framework="pt") as held:
            for key in held.keys():  # noqa: SIM118 - it is no mapping
                if not bool(torch.isfinite(held.get_tensor(key)).all()):
                    raise TamperedError(f"{weights}: {key} is not finite", hint="Train it again.")
        found: dict[str, Any] = json.loads(config.read_text(encoding="utf-8"))
    except (SafetensorError, ValueError) as error:
        raise TamperedError(f"{adapter} is damaged: {error}", hint="Train it again.") from error
    return found
