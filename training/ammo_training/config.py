"""What a job is asked to do: one YAML file, ``--set`` for single values, resolved, printed and hashed."""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Literal

import yaml

from ammo_agents.errors import SettingError
from ammo_training import options
from ammo_training.files import read_json, sha256_of_json
from ammo_training.options import KTO_LOSSES, LOSSES, SECTIONS, Machine, TrainConfig

__all__ = ["Machine", "TrainConfig", "resolve"]


def resolve(file: Path | None = None, sets: Sequence[str] = (), **flags: Any) -> TrainConfig:
    """Return the configuration: a flag > ``--set a.b=value`` > the file > the default.

    `flags` are dotted names with ``__`` for the dot; None = not given.

    Raises:
        SettingError: an unknown name, a value that does not fit, two that contradict each other, or a file
            that is no YAML. It names the place, and the nearest known name.
    """
    found = TrainConfig()
    for name, value, where in [*_from_file(file), *_from_sets(sets), *_from_flags(flags)]:
        found = _with(found, name, value, where)
    check(found)
    return found


def as_json(config: TrainConfig) -> dict[str, Any]:
    """Return the configuration as plain JSON, sections inside it."""
    return {k: _plain(v) for k, v in asdict(config).items()}


def from_json(path: Path) -> TrainConfig:
    """Return the configuration a run was started with.

    Raises:
        DamagedError: it cannot be read. SettingError: it was written by another version.
    """
    found = TrainConfig()
    for name, value in _flat(read_json(path)):
        found = _with(found, name, value, str(path))
    return found


def sha256_of(config: TrainConfig) -> str:
    """Return the hash of everything that was asked."""
    return sha256_of_json(as_json(config))


def as_yaml(config: TrainConfig) -> str:
    """Return the configuration as the YAML that would ask for the same."""
    text: str = yaml.safe_dump(as_json(config), sort_keys=False, allow_unicode=True)
    return text


def check(config: TrainConfig) -> None:
    """Refuse what cannot be meant.

    Raises:
        SettingError: it names the value and what it may be.
    """
    known = LOSSES if config.kind == "dpo" else KTO_LOSSES
    smooth = config.loss.label_smoothing
    rules = {
        "data.set": not (config.data.set and config.data.pairs),
        "data.test": config.data.dev >= 0
        and config.data.test >= 0
        and config.data.dev + config.data.test < 1,
        "loss.types": set(config.losses) <= set(known)
        and (config.kind == "dpo" or len(config.losses) == 1),
        "loss.weights": len(config.loss.weights) in {0, len(config.losses)},
        "loss.beta": config.loss.beta > 0,
        "loss.label_smoothing": 0 <= smooth < 0.5
        and ("exo_pair" not in config.losses or smooth > 0),
        "lora.r": 1 <= config.lora.r <= 512 and config.lora.alpha > 0,
        "lora.targets": bool(config.lora.targets) and "lm_head" not in config.lora.targets,
        "train.batch": config.train.batch >= (2 if config.kind == "kto" else 1)
        and config.train.accumulate >= 1,
        "train.epochs": config.train.epochs > 0 and config.train.steps >= 0,
        "train.learning_rate": 0 < config.train.learning_rate < 1,
        "train.save_every": config.train.save_every >= 1 and config.train.keep >= 1,
        "machine.devices": config.machine.devices >= 1,
        "machine.nice": 0 <= config.machine.nice <= 19,
        "trackers": set(config.trackers) <= {"tensorboard", "trackio", "wandb"},
    }
    for name, holds in rules.items():
        if not holds:
            raise SettingError(
                f"{name} cannot be {_value(config, name)!r} here", hint=f"{name}: {help_of(name)}"
            )


def help_of(name: str) -> str:
    """Return the sentence about one dotted name; what a section is for, for a section."""
    section, _, last = name.rpartition(".")
    kind = SECTIONS.get(section, TrainConfig)
    return _HELP.get((kind.__name__, last), "")


def _with(config: TrainConfig, name: str, value: object, where: str) -> TrainConfig:
    section, _, last = name.rpartition(".")
    kind: Any = SECTIONS.get(section) if section else TrainConfig
    hints = typing.get_type_hints(kind) if kind else {}
    if last not in hints or dataclasses.is_dataclass(hints[last]):
        raise _unknown(name, where)
    try:
        cast = _cast(hints[last], value)
    except (TypeError, ValueError) as error:
        raise SettingError(
            f"{where} sets {name} to {value!r}: {error}", hint=f"{name}: {help_of(name)}"
        ) from error
    changed: dict[str, Any] = {last: cast}
    if section:
        changed = {section: replace(getattr(config, section), **changed)}
    return replace(config, **changed)


def _unknown(name: str, where: str) -> SettingError:
    near = difflib.get_close_matches(name, names(), n=3, cutoff=0.5)
    said = f"Did you mean {' or '.join(near)}?" if near else "See them all: ammo train plan --help"
    return SettingError(f"{where} sets {name!r}, which no job knows", hint=said)


def names() -> list[str]:
    """Return every dotted name a configuration knows."""
    own = [f.name for f in fields(TrainConfig) if f.name not in SECTIONS]
    return own + [f"{s}.{f.name}" for s, kind in SECTIONS.items() for f in fields(kind)]


def _cast(kind: Any, value: object) -> object:
    if typing.get_origin(kind) is Literal:
        if value not in typing.get_args(kind):
            raise ValueError(f"it may be {', '.join(typing.get_args(kind))}")
        return value
    if isinstance(kind, types.UnionType):
        inner = next(k for k in typing.get_args(kind) if k is not type(None))
        return None if value in {None, "", "none", "null"} else _cast(inner, value)
    if typing.get_origin(kind) is tuple:
        each = typing.get_args(kind)[0]
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple):
            raise TypeError("it must be a list")
        return tuple(_cast(each, p.strip() if isinstance(p, str) else p) for p in parts if p != "")
    return _simple(kind, value)


def _simple(kind: Any, value: object) -> object:
    if kind is bool:
        words = {"true": True, "false": False, "True": True, "False": False}
        if str(value) not in words:
            raise TypeError("it must be true or false")
        return words[str(value)]
    if kind is str:
        if not isinstance(value, str):
            raise TypeError("it must be a text")
        return value
    return _number(kind, value)


def _number(kind: Any, value: object) -> object:
    wanted = "it must be a whole number" if kind is int else "it must be a number"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(wanted)
    try:
        number = float(value)
    except ValueError:
        raise ValueError(wanted) from None
    if number - number != 0:
        raise ValueError("it must be finite")
    if kind is int and not number.is_integer():
        raise ValueError(wanted)
    return kind(number)


def _from_file(file: Path | None) -> list[tuple[str, object, str]]:
    if file is None:
        return []
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingError(
            f"{file} cannot be read as YAML: {error}", hint="Compare it with docs/training.md."
        ) from error
    if found is None:
        return []
    if not isinstance(found, dict):
        raise SettingError(f"{file} holds no names and values", hint="See docs/training.md.")
    return [(name, value, str(file)) for name, value in _flat(found)]


def _flat(found: Mapping[Any, Any]) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for name, value in found.items():
        if isinstance(value, Mapping):
            rows += [(f"{name}.{inner}", v) for inner, v in value.items()]
        else:
            rows.append((str(name), value))
    return rows


def _from_sets(sets: Sequence[str]) -> list[tuple[str, object, str]]:
    rows: list[tuple[str, object, str]] = []
    for word in sets:
        name, sign, value = word.partition("=")
        if not sign:
            raise SettingError(f"--set {word} sets nothing", hint="--set train.epochs=2")
        try:
            read = yaml.safe_load(value) if value.startswith("[") else value
        except yaml.YAMLError as error:
            raise SettingError(f"--set {word}: {value!r} is no value", hint="Quote it.") from error
        rows.append((name.strip(), read, "--set"))
    return rows


def _from_flags(flags: Mapping[str, Any]) -> list[tuple[str, object, str]]:
    given = ((name.replace("__", "."), value) for name, value in flags.items() if value is not None)
    return [(name, value, f"--{name.rpartition('.')[2]}") for name, value in given]


def _value(config: TrainConfig, name: str) -> object:
    section, _, last = name.rpartition(".")
    return getattr(getattr(config, section) if section else config, last)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _read_help() -> dict[tuple[str, str], str]:
    """Return the sentence under each field, read from this file's own source."""
    found, kind, last = {}, "", ""
    for line in Path(options.__file__).read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("class "):
            kind, last = text.split()[1].split(":")[0], ""
        elif text.startswith('"""') and last:
            found[kind, last] = text.strip('"')
            last = ""
        elif line.startswith("    ") and ":" in text and not text.startswith('"'):
            last = text.split(":")[0]
    return found


_HELP = _read_help()
