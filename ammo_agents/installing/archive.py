"""The zip of a wheel, looked at without unpacking: names, kinds, sizes and the hashes of RECORD."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ammo_agents.installing.refusal import Refusal, Rule

MOST_FILES = 20_000
LARGEST = 400 * 1024 * 1024
"""Bytes that all files of a wheel may have together."""
SWELLING = 200
"""Times its packed size that a file of more than a megabyte may have."""
CHUNK = 1 << 20
AUTHOR = "Ask its author for a wheel made by: python -m build --wheel"
UNHASHED = {"RECORD", "RECORD.jws", "RECORD.p7s"}
NATIVE = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xca\xfe\xba\xbe")
"""First bytes of compiled code: ELF, PE, Mach-O."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What lies in a wheel, wholly read once."""

    dist_info: str
    """Name of its metadata's folder."""
    files: dict[str, str]
    """Path → sha256, of every file."""
    native: tuple[str, ...]
    """Files that are compiled code."""
    texts: dict[str, bytes]
    """The small files that say what it is: those of dist-info, and each ``ammo.toml``."""

    @property
    def tops(self) -> set[str]:
        """Names that stand at the top, its dist-info left out."""
        return {name.partition("/")[0] for name in self.files} - {self.dist_info}


def read(path: Path) -> Contents | Refusal:
    """Return what a wheel holds, or the first rule of a sound archive that it breaks; blocks while hashing."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            for member in members:
                if refusal := _unsound(member):
                    return refusal
            return _crowded(members) or _read(archive, members)
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        return Refusal(
            rule=Rule.WHEEL, culprit=path.name, reason=f"is no sound zip: {error}", way_out=AUTHOR
        )
    except OSError as error:
        return Refusal(
            rule=Rule.WHEEL,
            culprit=path.name,
            reason=f"cannot be read: {error.strerror or error}",
            way_out="Look at the path; a wheel is a file that ends in .whl.",
        )


def _unsound(member: zipfile.ZipInfo) -> Refusal | None:
    """Return why one entry of the zip cannot be unpacked."""
    name, raw = member.filename, getattr(member, "orig_filename", member.filename)
    parts = PurePosixPath(name).parts
    bad = "\\" in raw or "\0" in raw or name.startswith("/") or ":" in name or ".." in parts
    if bad or not parts or not raw.isprintable() or "//" in name or "." in name.split("/"):
        return Refusal(
            rule=Rule.PATH,
            culprit=repr(raw)[:120],
            reason="is a path that does not stay below the wheel's folder",
            way_out=AUTHOR,
        )
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return Refusal(
            rule=Rule.LINK,
            culprit=name,
            reason="is a link or a device, a wheel holds plain files",
            way_out=AUTHOR,
        )
    if member.flag_bits & 1:
        return Refusal(rule=Rule.WHEEL, culprit=name, reason="is encrypted", way_out=AUTHOR)
    if member.file_size > CHUNK and member.file_size > SWELLING * max(1, member.compress_size):
        return _too_large(
            name, f"would swell from {member.compress_size:,} to {member.file_size:,} bytes"
        )
    return None


def _crowded(members: list[zipfile.ZipInfo]) -> Refusal | None:
    total = sum(member.file_size for member in members)
    if len(members) > MOST_FILES or total > LARGEST:
        said = f"holds {len(members):,} files of {total:,} bytes together"
        return _too_large("the wheel", f"{said}; at most {MOST_FILES:,} and {LARGEST:,} are taken")
    seen: dict[str, str] = {}
    for member in members:
        name = member.filename.rstrip("/")
        if other := seen.get(name.casefold()):
            return Refusal(
                rule=Rule.PATH,
                culprit=name,
                reason=f"stands there twice (also as {other!r}); which one counts is anybody's guess",
                way_out=AUTHOR,
            )
        seen[name.casefold()] = name
    return None


def _too_large(culprit: str, reason: str) -> Refusal:
    return Refusal(
        rule=Rule.SIZE,
        culprit=culprit,
        reason=reason,
        way_out="Large data belong in a file that the plugin's user brings, not in its wheel.",
    )


def _read(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Contents | Refusal:
    plain = [member for member in members if not member.is_dir()]
    tops = {member.filename.partition("/")[0] for member in plain}
    infos = sorted(top for top in tops if top.endswith(".dist-info"))
    if len(infos) != 1:
        return Refusal(
            rule=Rule.WHEEL,
            culprit=", ".join(infos) or "the wheel",
            reason=f"has {len(infos)} folders *.dist-info, a wheel has one",
            way_out=AUTHOR,
        )
    files, sizes, texts, native = {}, {}, {}, []
    for member in plain:
        total, size, first = hashlib.sha256(), 0, b""
        small = _telling(member, infos[0])
        kept = bytearray()
        for part in _parts(archive, member):
            first = first or part[:4]
            size += len(part)
            if size > member.file_size:  # a header that lies about the size
                return _too_large(
                    member.filename, f"is larger than the {member.file_size:,} bytes it claims"
                )
            total.update(part)
            if small:
                kept += part
        files[member.filename], sizes[member.filename] = total.hexdigest(), size
        if small:
            texts[member.filename] = bytes(kept)
        if first.startswith(NATIVE):
            native.append(member.filename)
    return _unrecorded(infos[0], files, sizes, texts) or Contents(
        dist_info=infos[0], files=files, native=tuple(native), texts=texts
    )


def _telling(member: zipfile.ZipInfo, info: str) -> bool:
    """Is this one of the small files that say what the wheel is?"""
    inside = member.filename.startswith(f"{info}/")
    return (inside or member.filename.endswith("ammo.toml")) and member.file_size <= 4 * CHUNK


def _parts(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as stream:
        while part := stream.read(CHUNK):
            yield part


def _unrecorded(
    info: str, files: dict[str, str], sizes: dict[str, int], texts: dict[str, bytes]
) -> Refusal | None:
    """Return how RECORD and the files disagree."""
    record = texts.get(f"{info}/RECORD")
    if record is None:
        return _odd(f"{info}/RECORD", "is missing")
    try:
        rows = [row for row in csv.reader(io.StringIO(record.decode("utf-8"))) if row]
        named = {row[0]: (row[1], row[2]) for row in rows}
    except (UnicodeDecodeError, csv.Error, IndexError) as error:
        return _odd(f"{info}/RECORD", f"cannot be read: {error}")
    unhashed = {f"{info}/{name}" for name in UNHASHED}
    for name in sorted((files.keys() | named.keys()) - unhashed):
        if name not in named or name not in files:
            there, not_there = ("the wheel", "RECORD") if name in files else ("RECORD", "the wheel")
            return _odd(name, f"is in {there} and not in {not_there}")
        wanted, size = named[name]
        if wanted != _recorded(files[name]):
            return _odd(name, f"has another hash than RECORD says ({wanted[:20] or 'none'}…)")
        if size and size != str(sizes[name]):
            return _odd(name, f"has {sizes[name]} bytes, RECORD says {size}")
    return None


def _odd(culprit: str, reason: str) -> Refusal:
    return Refusal(
        rule=Rule.RECORD,
        culprit=culprit,
        reason=reason,
        way_out="The wheel was changed after it was made, or cut off: fetch it again.",
    )


def _recorded(digest: str) -> str:
    """Return a sha256 as RECORD writes it."""
    packed = base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode()
    return f"sha256={packed}"
