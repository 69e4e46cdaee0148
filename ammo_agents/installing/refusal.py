"""Why a plugin is not installed: the rule it breaks, the culprit, the reason, the way out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ammo_agents.errors import PluginError


class Rule(StrEnum):
    """What a distribution must keep to before a byte of it is written into the home."""

    WHEEL = "wheel"
    """It is a wheel for this interpreter, whole and readable."""
    HASH = "hash"
    """Its bytes are those that the index speaks of."""
    PATH = "path"
    """No name leads out of the folder or stands for two files."""
    LINK = "link"
    """Plain files only."""
    STARTUP = "startup"
    """Nothing that Python would run by itself: ``.pth``, ``sitecustomize``."""
    OUTSIDE = "outside"
    """Nothing beyond its one package and its dist-info."""
    NAMESAKE = "namesake"
    """No name of another distribution, of an import, of an entry point, of the standard library."""
    NATIVE = "native"
    """Compiled code only where it is declared and allowed."""
    BYTECODE = "bytecode"
    """No bytecode: nobody could read what it does."""
    RECORD = "record"
    """Every file is in RECORD with its hash and size, and no other."""
    SIZE = "size"
    """What it becomes when it is unpacked stays small."""
    ENTRY = "entry"
    """Exactly one entry point of the group ``ammo``."""
    MANIFEST = "manifest"
    """An ``ammo.toml`` in its package, of this api and of the same name."""
    REQUIRES = "requires"
    """The environment has what it needs, in versions that fit."""
    PROBE = "probe"
    """It loads, alone and within the time limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One broken rule."""

    rule: Rule
    culprit: str
    """What breaks it: a file, a name, a requirement."""
    reason: str
    way_out: str

    def error(self) -> PluginError:
        """Return it as the error a door shows."""
        return PluginError(f"{self.culprit}: {self.reason}", hint=self.way_out)
