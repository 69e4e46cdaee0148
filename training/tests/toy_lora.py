"""Plain LoRA adapters on the toy base with weights of a seed, as PEFT saves them: large enough to be seen in log-probs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import toy
from peft import LoraConfig, get_peft_model

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def on(model: Any, *, seed: int = 3, spread: float = 0.15, **more: Any) -> Any:
    """Return the model with a random adapter on it, in evaluation mode."""
    asked = {"r": 4, "lora_alpha": 12, "target_modules": TARGETS, "task_type": "CAUSAL_LM", **more}
    torch.manual_seed(seed)
    made = get_peft_model(model, LoraConfig(**asked))
    for name, value in made.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(value, std=spread)
    return made.eval()


def saved(folder: Path, *, seed: int = 3, **more: Any) -> Path:
    """Write a random adapter of the toy base and return its folder."""
    on(toy.model(), seed=seed, **more).save_pretrained(str(folder))
    (folder / "README.md").unlink(missing_ok=True)
    return folder
