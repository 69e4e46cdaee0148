"""Builds wheels file by file, so that a test can make any of them bad in exactly one way."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

CANARY = "Zanzibarite"
"""A word that stands in the facts of the tides and nowhere else."""
CODE = '''"""The Tides subspace: high water at eight places, one a day."""

import datetime as dt

from ammo_agents.hooks import hookimpl
from ammo_agents.ports import Subspace
from ammo_agents.records import Entity, EntityId, Fact, Knowledge, Quantity, Shift, Source, SubspaceId, fact_id

SPACE, SOURCE, FIRST = SubspaceId("{name}"), Source(name="Tide table"), dt.date(2026, 1, 3)
PLACES = ["Bay", "Cove", "Firth", "Sound", "Lagoon", "Haven", "Reach", "Creek"]


def entity(place):
    return EntityId("{name}/" + place.lower())


def fact(place, day):
    height = f"{{4.2 + PLACES.index(place) + day.day / 100:.2f}}"
    high = Quantity(name="high", value=float(height), unit="m", text=height + " m")
    frame = "High water in the {word} " + place + " reached {{high}}."
    said = fact_id(entity=entity(place), predicate="{name}.high", date=day, statement=frame.replace("{{high}}", high.text))
    return Fact(id=said, subspace=SPACE, entity=entity(place), predicate="{name}.high", frame=frame, quantities=(high,), date=day, source=SOURCE, surprise=3.0)


def knowledge():
    things = [Entity(id=entity(p), subspace=SPACE, name="The {word} " + p, summary="A place with tides.") for p in PLACES]
    return Knowledge(entities=tuple(things), facts=tuple(fact(p, FIRST) for p in PLACES))


class Tides:
    def __init__(self, options):
        self.now = (options.start or FIRST) - dt.timedelta(days=1)

    def day(self):
        return self.now

    async def advance(self):
        self.now += dt.timedelta(days=1)
        facts = [fact(p, self.now) for p in PLACES[:4]]
        return [Shift(subspace=SPACE, entity=f.entity, date=self.now, facts=(f,)) for f in facts]

    def knowledge(self):
        return ()

    async def scheduled(self):
        return ()


@hookimpl
def ammo_subspaces():
    return [Subspace(id=SPACE, title="{title}", summary="High water, place by place.", knowledge=knowledge, triggers=Tides)]
'''
MANIFEST = """api = "1"
name = "{name}"
title = "{title}"
summary = "High water, place by place."
[offers]
subspaces = ["{name}"]
[capabilities]
model = true
schedule = "daily"
[quality]
conformance = "met"
"""


@dataclass(slots=True)
class Wheel:
    """A wheel in the making: whole and sound until a test changes something."""

    name: str = "tides"
    version: str = "0.1.0"
    word: str = CANARY
    files: dict[str, bytes] = field(default_factory=dict)
    """Path in the wheel → bytes; RECORD is made at the end."""
    requires: tuple[str, ...] = ()
    python: str = ">=3.11"
    unrecorded: dict[str, bytes] = field(default_factory=dict)
    """Files that RECORD does not name."""
    external: dict[str, int] = field(default_factory=dict)
    """Path → external attributes of its zip entry: a link, a device."""
    tag: str = "py3-none-any"

    def __post_init__(self) -> None:
        title = self.name.capitalize()
        code = CODE.format(name=self.name, title=title, word=self.word)
        self.files |= {
            f"{self.package}/__init__.py": code.encode(),
            f"{self.package}/ammo.toml": MANIFEST.format(name=self.name, title=title).encode(),
        }

    @property
    def package(self) -> str:
        """The import name."""
        return f"ammo_subspace_{self.name}"

    @property
    def info(self) -> str:
        """The folder of its metadata."""
        return f"{self.package}-{self.version}.dist-info"

    def code(self, text: str) -> Wheel:
        """Replace the plugin's module."""
        self.files[f"{self.package}/__init__.py"] = text.encode()
        return self

    def manifest(self, old: str, new: str) -> Wheel:
        """Change a line of the manifest."""
        path = f"{self.package}/ammo.toml"
        assert old.encode() in self.files[path]
        self.files[path] = self.files[path].replace(old.encode(), new.encode())
        return self

    def into(self, folder: Path) -> Path:
        """Write the wheel and return its path."""
        self.files.setdefault(
            f"{self.info}/entry_points.txt", f"[ammo]\n{self.name} = {self.package}\n".encode()
        )
        needs = "".join(f"Requires-Dist: {line}\n" for line in self.requires)
        head = f"Metadata-Version: 2.4\nName: ammo-subspace-{self.name}\nVersion: {self.version}\n"
        self.files.setdefault(
            f"{self.info}/METADATA", f"{head}Requires-Python: {self.python}\n{needs}".encode()
        )
        self.files.setdefault(
            f"{self.info}/WHEEL",
            f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {self.tag}\n".encode(),
        )
        rows = [f"{p},{_recorded(b)},{len(b)}" for p, b in self.files.items()]
        record = "\n".join([*rows, f"{self.info}/RECORD,,"]) + "\n"
        whole = {f"{self.info}/RECORD": record.encode(), **self.files, **self.unrecorded}
        path = folder / f"{self.package}-{self.version}-{self.tag}.whl"
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in whole.items():
                entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = self.external.get(name, 0o100644 << 16)
                archive.writestr(entry, content)
        return path


def _recorded(content: bytes) -> str:
    packed = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={packed}"
