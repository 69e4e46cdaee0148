"""Export and import: one zip of JSON lines that a person can read and another AMMO can take in."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ammo_agents import __version__, durable
from ammo_agents.errors import BadInputError, RefusedError
from ammo_agents.ledger.codec import decode, encode
from ammo_agents.ledger.faults import no_folder
from ammo_agents.records import Composition, Creation, Fact, Feedback, PersonId, Rejected, Slate

FORMAT = "ammo-export-1"
MANIFEST, README = "manifest.json", "README.md"
LIMIT = 4 << 30
"""Bytes an archive may unfold to."""
RATIO = 200
"""Times its packed size that one file may unfold to, beyond the first MiB: JSON lines pack far less."""
RECORDS: Mapping[str, type[Any]] = {
    "facts": Fact,
    "creations": Creation,
    "attempts": Rejected,
    "slates": Slate,
    "feedback": Feedback,
    "diary": dict,
    "compositions": Composition,
}
TABLES = tuple(
    """events meta blobs facts creations cited memberships attempts slates shown feedback preferences worlds
    reservations spend effects outbox diary compositions""".split()
)
"""What must survive, parents first; `projected` tells of indexes, accounts and grants of doors: not exported."""
TOUCHED = "SELECT creation FROM shown WHERE person = :person UNION SELECT creation FROM feedback WHERE person = :person"
CITED = f"SELECT fact FROM cited WHERE creation IN ({TOUCHED})"  # noqa: S608 - our own text
OF_PERSON = {
    "events": "person = :person "  # noqa: S608 - our own text
    f"OR seq IN (SELECT seq FROM creations WHERE id IN ({TOUCHED})) "
    f"OR seq IN (SELECT seq FROM facts WHERE id IN ({CITED}))",
    "meta": "name LIKE 'ledger.%' AND :person = :person",
    "facts": f"id IN ({CITED})",
    "creations": f"id IN ({TOUCHED})",
    "cited": f"creation IN ({TOUCHED})",
    "memberships": f"creation IN ({TOUCHED})",
    "slates": "person = :person",
    "shown": "person = :person",
    "feedback": "person = :person",
    "preferences": "person = :person",
    "diary": "person = :person",
}
"""What a person left, and the cards and facts it speaks of."""
UNDONE = "SELECT seq FROM compositions WHERE undone IS NOT NULL UNION SELECT undone FROM compositions WHERE undone IS NOT NULL"
STANDING = {"events": f"seq NOT IN ({UNDONE})", "compositions": "undone IS NULL"}
"""What counts as content: a change of the map that was taken back, and its taking back, are as if never."""
TEXT = """# An export of AMMO

Each `.jsonl` file is one table of the ledger, one row a line, in JSON.
`feedback.jsonl` is what a person said, `slates.jsonl` what was shown to them and why,
`preferences.jsonl` what AMMO believes they like, `diary.jsonl` talks, runs, notices and choices in order, `creations.jsonl` the cards, `facts.jsonl` what the cards stand on.
Values `{"base64": ...}` are bytes: vectors are little-endian float32 (`vector`) or float64 after a 9-byte head.
`manifest.json` holds the SHA-256 of every file. Take it in with: ammo data import FILE
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """A verified archive: rows as they go into the tables."""

    columns: Mapping[str, tuple[str, ...]]
    values: Mapping[str, list[tuple[Any, ...]]]
    schema: int


def write(db: sqlite3.Connection, target: Path, person: PersonId | None = None) -> Path:
    """Write the archive `target` (a folder gets ``ammo-export.zip``) and return its path."""
    path = target / "ammo-export.zip" if target.is_dir() else target
    tables = TABLES if person is None else tuple(OF_PERSON)
    files: dict[str, Any] = {}
    try:
        with (
            durable.whole(path, private=True) as part,
            zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            archive.writestr(README, TEXT)
            for table in tables:
                name = f"{table}.jsonl"
                files[name] = _write_table(archive, name, lines(db, table, person))
            manifest = {
                "format": FORMAT,
                "ammo": __version__,
                "schema": int(db.execute("PRAGMA user_version").fetchone()[0]),
                "person": person,
                "files": files,
            }
            archive.writestr(MANIFEST, json.dumps(manifest, indent=2, sort_keys=True))
    except OSError as error:
        raise no_folder(path, error) from error
    return path


def canonical_hash(db: sqlite3.Connection) -> str:
    """Return the SHA-256 over every line an export of everything would hold, table by table."""
    whole = hashlib.sha256()
    for table in TABLES:
        whole.update(f"{table}\n".encode())
        for line in lines(db, table, None, STANDING.get(table, "")):
            whole.update(line)
    return whole.hexdigest()


def lines(
    db: sqlite3.Connection, table: str, person: PersonId | None, which: str = ""
) -> Iterator[bytes]:
    """Yield the rows of a table (`which` of them) in the order of its key, each one canonical line."""
    which = which if person is None else OF_PERSON[table]
    where = f" WHERE {which}" if which else ""
    names = _columns(db, table)
    order = ", ".join(str(index + 1) for index in range(len(names)))
    columns = ", ".join(names)
    query = f"SELECT {columns} FROM {table}{where} ORDER BY {order}"  # noqa: S608 - our own names
    for row in db.execute(query, {} if person is None else {"person": person}):
        yield encode(dict(map(_said, names, row))).encode() + b"\n"


def read(source: Path) -> Rows:
    """Return the rows of an archive whose every file is as its manifest says.

    Raises:
        BadInputError: a foreign or damaged archive, a path outside, an oversized one, a row that is none.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _manifest(archive)
            values: dict[str, list[tuple[Any, ...]]] = {}
            columns: dict[str, tuple[str, ...]] = {}
            for table in TABLES:
                name = f"{table}.jsonl"
                if name in manifest["files"]:
                    content = _content(archive, name, manifest["files"][name]["sha256"])
                    columns[table], values[table] = _rows(table, content)
            return Rows(columns, values, int(manifest["schema"]))
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        zipfile.BadZipFile,
    ) as error:
        raise BadInputError(
            f"{source} is no export of AMMO: {error}",
            hint="Name a file that ammo data export wrote.",
        ) from error


def fill(db: sqlite3.Connection, rows: Rows) -> Mapping[str, int]:
    """Write the rows into an empty ledger, in the caller's transaction, and return how many of each.

    Raises:
        RefusedError: the ledger holds something.
        BadInputError: rows that do not belong together.
    """
    if db.execute("SELECT 1 FROM events UNION ALL SELECT 1 FROM diary LIMIT 1").fetchone():
        raise RefusedError(
            "the ledger is not empty",
            hint="Import into a new one: AMMO_HOME=FOLDER ammo data import",
        )
    schema = int(db.execute("PRAGMA user_version").fetchone()[0])
    if rows.schema != schema:
        raise BadInputError(
            f"the archive has schema {rows.schema}, this ledger {schema}",
            hint="Export and import with one version of AMMO.",
        )
    db.execute("DELETE FROM meta")
    try:
        for table, values in rows.values.items():
            if not values:
                continue
            names = rows.columns[table]
            if not set(names) <= set(_columns(db, table)):
                raise BadInputError(
                    f"the archive's {table} has columns {names}", hint="It is no export of AMMO."
                )
            places = ", ".join("?" * len(names))
            query = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - names checked
            db.executemany(query, values)
    except (sqlite3.IntegrityError, OverflowError) as error:
        raise BadInputError(
            f"the archive's rows do not belong together: {error}", hint="It is no export of AMMO."
        ) from error
    return {table: len(values) for table, values in rows.values.items()}


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns of a table, its key first."""
    found = db.execute("SELECT name FROM pragma_table_info(?) ORDER BY pk = 0, pk, cid", (table,))
    return [row[0] for row in found]


def _said(name: str, value: object) -> tuple[str, object]:
    if name == "json":
        return name, json.loads(str(value))
    if isinstance(value, bytes):
        return name, {"base64": base64.b64encode(value).decode()}
    return name, value


def _write_table(
    archive: zipfile.ZipFile, name: str, rows: Iterator[bytes]
) -> dict[str, str | int]:
    seen, size, count = hashlib.sha256(), 0, 0
    with archive.open(name, "w", force_zip64=True) as file:
        for line in rows:
            file.write(line)
            seen.update(line)
            size, count = size + len(line), count + 1
    return {"sha256": seen.hexdigest(), "size": size, "rows": count}


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    known = {MANIFEST, README, *(f"{table}.jsonl" for table in TABLES)}
    total = 0
    for item in archive.infolist():
        if item.filename not in known:
            raise ValueError(f"it holds {item.filename!r}")
        total += item.file_size
        if item.file_size > max(1 << 20, RATIO * item.compress_size) or total > LIMIT:
            raise ValueError(f"{item.filename} would unfold to {item.file_size} bytes")
    manifest: dict[str, Any] = json.loads(_bounded(archive, MANIFEST))
    if manifest["format"] != FORMAT:
        raise ValueError(f"its format is {manifest['format']!r}, this AMMO reads {FORMAT!r}")
    stray = set(archive.namelist()) - {MANIFEST, README} - set(manifest["files"])
    if stray:
        raise ValueError(f"its manifest does not name {sorted(stray)}")
    return manifest


def _content(archive: zipfile.ZipFile, name: str, sha256: str) -> bytes:
    content = _bounded(archive, name)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ValueError(f"{name} has hash {found}, the manifest says {sha256}")
    return content


def _bounded(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a file of the archive, but never more than its directory stated."""
    size = archive.getinfo(name).file_size
    with archive.open(name) as file:
        content = file.read(size + 1)
    if len(content) > size:
        raise ValueError(f"{name} unfolds to more than the {size} bytes it states")
    return content


def _rows(table: str, content: bytes) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    columns: tuple[str, ...] = ()
    found: list[tuple[Any, ...]] = []
    for line in content.splitlines():
        row = json.loads(line)
        names = tuple(row)
        if columns and names != columns:
            raise ValueError(f"{table} has rows of columns {columns} and {names}")
        columns = names
        found.append(tuple(_taken(table, name, value) for name, value in row.items()))
    return columns, found


def _taken(table: str, name: str, value: object) -> object:
    if name == "json" and table in RECORDS:
        return encode(decode(RECORDS[table], json.dumps(value)))
    if name == "json":
        return encode(value)
    if isinstance(value, dict):
        return base64.b64decode(value["base64"], validate=True)
    return value
