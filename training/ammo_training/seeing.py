"""How a row looks to the model: the chat template applied, tokens counted; without a base an estimate, told as such."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ammo_agents.aipp.pairs.clean import TEMPLATE, estimated
from ammo_agents.aipp.pairs.record import Pair, Taught
from ammo_agents.records import Message
from ammo_agents.settings import Settings
from ammo_training.base_folder import check
from ammo_training.files import sha256_of
from ammo_training.folders import models_folder, training_folders
from ammo_training.offline import set_offline

Plain = dict[str, Any]
PREPARE = "The base is not converted yet, so tokens are estimated at 4 letters each; a first plan converts it: ammo train plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """What reads a row as the model does."""

    base: str = ""
    """Name of the base whose tokenizer this is; empty = there is none, and counts are estimates."""
    tokens: Callable[[str], int] = estimated
    template: Callable[[Sequence[Message]], str] | None = None

    def seen(self, one: Taught) -> Plain:
        """Return a row as the model reads it, with the tokens of each part."""
        prompt = self.prompt(one.messages)
        texts = {"chosen": one.chosen, "rejected": one.rejected} if isinstance(one, Pair) else {}
        if not isinstance(one, Pair):
            texts = {"wanted" if one.label else "unwanted": one.completion}
        extra = 0 if self.template else TEMPLATE * len(one.messages)
        return {
            "id": one.id,
            "split": one.split,
            "source": one.source,
            "signal": one.signal,
            "subspace": one.subspace,
            "buddy": one.buddy,
            "events": list(one.events),
            "prompt": prompt,
            "prompt_tokens": self.tokens(prompt) + extra,
            "texts": texts,
            "text_tokens": {name: self.tokens(said) for name, said in texts.items()},
            "counted": bool(self.base),
        }

    def prompt(self, messages: Sequence[Message]) -> str:
        """Return a prompt with the chat template around it; without a base its turns as they are."""
        if self.template is not None:
            return self.template(messages)
        return "\n".join(f"<{m.role}>\n{m.text}" for m in messages)


def eyes(settings: Settings, *, base: Path | None = None) -> Eyes:
    """Return how the base of these settings reads, if it was converted on this machine; blocking, seconds.

    Raises:
        TamperedError: a file of the base is not the one that was made.
    """
    folder = base or _base_of(settings)
    if folder is None or not folder.is_dir():
        return Eyes()
    checked = check(folder)
    set_offline()
    from transformers import AutoTokenizer  # noqa: PLC0415 - 1.6 s, only where a base is there

    tokenizer: Any = AutoTokenizer.from_pretrained(checked.folder, local_files_only=True)

    def count(said: str) -> int:
        return len(tokenizer(said, add_special_tokens=False)["input_ids"])

    def templated(messages: Sequence[Message]) -> str:
        turns = [{"role": m.role, "content": m.text} for m in messages]
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))

    return Eyes(
        base=checked.name or checked.sha256[:12],
        tokens=count,
        template=templated if tokenizer.chat_template else None,
    )


def _base_of(settings: Settings) -> Path | None:
    """Return where the base of the settings' model lies once it is converted; None = it has no GGUF here."""
    found = sorted((models_folder(settings) / settings.model.partition("/")[2]).glob("*.gguf"))
    return training_folders(settings).bases / sha256_of(found[0]) if found else None
