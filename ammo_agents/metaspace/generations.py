"""The folders of an index: numbered generations, the pointer to the one in use, and what was set aside (D6)."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from ammo_agents import durable

POINTER = "current.json"
BAD_KEPT = 2
"""Damaged generations that are kept for a look; older ones are removed."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which generation is in use, and whose it is."""

    generation: str
    store: str


class Generations:
    """The folder `index/`. Everything here is blocking and quick."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def current(self) -> Pointer | None:
        """Return the generation in use; None when there is none, or the pointer cannot be read."""
        try:
            plain = json.loads((self.root / POINTER).read_bytes())
            pointer = Pointer(str(plain["generation"]), str(plain["store"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        named = Path(pointer.generation).name == pointer.generation
        return pointer if named and self.folder(pointer.generation).is_dir() else None

    def folder(self, generation: str) -> Path:
        """Return a generation's folder."""
        return self.root / generation

    def begin(self) -> str:
        """Return the name of a new generation; its folder is made by the store."""
        self.root.mkdir(parents=True, exist_ok=True)
        taken = [p.name.removeprefix("bad-") for p in self.root.iterdir()]
        numbers = [int(n[1:4]) for n in taken if n.startswith("g") and n[1:4].isdigit()]
        return f"g{max(numbers, default=0) + 1:03d}"

    def switch(self, pointer: Pointer) -> None:
        """Point to another generation, atomically, and remove every other one."""
        plain = {"generation": pointer.generation, "store": pointer.store}
        durable.write_text(self.root / POINTER, json.dumps(plain))
        for path in self.root.glob("g*"):
            if path.is_dir() and path.name != pointer.generation:
                shutil.rmtree(path)
            elif path.suffix == ".closed" and path.stem != pointer.generation:
                path.unlink()

    def set_aside(self, generation: str) -> None:
        """Rename a damaged generation to ``bad-…``; the oldest of too many is removed."""
        folder = self.folder(generation)
        if folder.exists():
            folder.rename(self.root / f"bad-{generation}")
        for old in sorted(self.root.glob("bad-*"))[:-BAD_KEPT]:
            shutil.rmtree(old)

    def forget_bad(self) -> None:
        """Remove everything that was set aside."""
        for old in self.root.glob("bad-*"):
            shutil.rmtree(old)

    def note_closed(self, generation: str, seq: int) -> None:
        """Write that a generation was closed cleanly, having heard of the outbox up to `seq`."""
        durable.write_text(self.root / f"{generation}.closed", str(seq))

    def take_closed(self, generation: str) -> int | None:
        """Return the seq of the clean close and take the note away; None after an unclean stop."""
        path = self.root / f"{generation}.closed"
        try:
            seq = int(path.read_text(encoding="utf-8"))
            path.unlink()
        except (OSError, ValueError):
            return None
        return seq
