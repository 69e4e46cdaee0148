"""The base of a GGUF as safetensors, made once and kept under the GGUF's hash (training.md 3.1).

transformers reads a GGUF and gives plain float32 weights, but marks the model as quantised: then it can be neither
saved nor trained. The marks are taken off before saving; the weights are the same to the bit.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from ammo_agents.durable import whole
from ammo_agents.errors import BadInputError, MissingPartError, TamperedError
from ammo_training.base_folder import ALLOWED, NAME, Base, check, seal
from ammo_training.files import sha256_of, sha256_of_json

MARKS = ("is_quantized", "quantization_method")
KEPT = ("config.json", "generation_config.json", "chat_template.jinja")


def find_source(asked: str, models: Path) -> Path:
    """Return the GGUF file or the folder of safetensors that `asked` names.

    `asked` is ``local/<model>`` (its only GGUF below `models`), a path to a GGUF, or a folder.

    Raises:
        MissingPartError: it is not on this machine. BadInputError: a model without weights of ours.
    """
    if asked.startswith("local/"):
        folder = models / asked.removeprefix("local/")
        found = sorted(folder.glob("*.gguf"))
        if not found:
            raise MissingPartError(
                f"model {asked!r} is not on this machine ({folder})",
                hint=f"Pull it: ammo models pull {asked}",
            )
        return found[0]
    path = Path(asked).expanduser()
    if path.is_file() and path.suffix == ".gguf":
        return path
    if path.is_dir() and (path / "config.json").is_file() and any(path.glob("*.safetensors")):
        return path
    if path.is_dir() and (pickles := [*path.glob("*.bin"), *path.glob("*.pt*")]):
        raise TamperedError(
            f"{path} holds pickled weights only ({pickles[0].name}): they are never opened",
            hint="Take the same model as safetensors.",
        )
    raise BadInputError(
        f"{asked!r} is no base that can be trained: neither local/<model>, nor a GGUF file, nor a "
        "folder with config.json and safetensors",
        hint="Hosted models cannot be trained here. See what is here: ammo models list",
    )


def prepare(source: Path, bases: Path) -> Base:
    """Return the checked base of a GGUF or of a folder, made now if it is not there; blocking.

    Raises:
        TamperedError: what lies there is not what was made, or a folder holds a forbidden file.
        DiskFullError: no room; nothing was kept.
    """
    if source.is_dir():
        return _adopted(source, bases)
    sha = sha256_of(source)
    folder = bases / sha
    if not folder.exists():
        with whole(folder) as part:
            part.mkdir()
            _convert(source, part)
            seal(part, name=source.parent.name, sha256=sha, source=source.name)
    return check(folder, sha256=sha)


def other_base(run: str, began: str, now: str, source: Path) -> TamperedError:
    """Return the refusal to go on with a run on another base than it began with."""
    return TamperedError(
        f"run {run} began on base {began}, {source} now is {now}",
        hint="Bring the old file back, or start a new run on the new one.",
    )


def _convert(source: Path, folder: Path) -> None:
    """Write model and tokenizer of a GGUF as safetensors and JSON."""
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    model = AutoModelForCausalLM.from_pretrained(
        source.parent, gguf_file=source.name, dtype=torch.float32
    )
    model.hf_quantizer = None
    del model.config.quantization_config
    for name in MARKS:
        if hasattr(model, name):
            delattr(model, name)
    model.save_pretrained(folder, max_shard_size="4GB")
    tokenizer.save_pretrained(folder)


def _adopted(source: Path, bases: Path) -> Base:
    """Return a base that came as safetensors: its files linked (or copied) below `bases`, and sealed."""
    if (source / NAME).is_file():
        return check(source)
    names = sorted(p for p in source.iterdir() if p.is_file() and _is_wanted(p))
    sha = sha256_of_json({path.name: sha256_of(path) for path in names})
    folder = bases / sha
    if not folder.exists():
        with whole(folder) as part:
            part.mkdir()
            for path in names:
                _link(path, part / path.name)
            seal(part, name=source.name, sha256=sha)
    return check(folder, sha256=sha)


def _is_wanted(path: Path) -> bool:
    """Does a loader need the file? A README or a pickle beside the weights is left where it is."""
    if path.name in KEPT or path.suffix == ".safetensors":
        return True
    return path.suffix in ALLOWED and any(
        path.name.startswith(start)
        for start in ("tokenizer", "special_tokens", "added_tokens", "vocab", "merges", "model.saf")
    )


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source.resolve(), target)
    except OSError:  # another file system
        shutil.copyfile(source, target)
