"""Bytes that an author wrote, as text: sized, decoded and free of what no text holds; blocks, so call it in a thread."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from ammo_agents.authoring.refusal import refused

WAY_OUT = "Save the file as UTF-8 text."


def bytes_of(path: Path, *, most: int) -> bytes:
    """Return a regular file's bytes, at most `most` of them; a larger one is refused unread.

    Raises:
        BadInputError: no such file, no regular file (a pipe, a device), too large, or unreadable.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as stream:
            content = _sized(stream, path, most)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refused(
            path, f"cannot be read: {reason}", hint="Put a plain text file there."
        ) from error
    if len(content) > most:
        raise refused(path, f"has more than {most:,} bytes", hint="Split it.")
    return content


def _without_waiting(path: str, flags: int) -> int:
    """Open a file so that a pipe in its place does not make anybody wait."""
    return os.open(path, flags | os.O_NONBLOCK)


def _sized(stream: BinaryIO, path: Path, most: int) -> bytes:
    found = os.fstat(stream.fileno())
    if not stat.S_ISREG(found.st_mode):
        raise refused(path, "is no regular file", hint="Put a plain text file there.")
    if found.st_size > most:
        raise refused(
            path,
            f"has {found.st_size:,} bytes, at most {most:,} are read",
            hint="Split it, or leave out what no card needs.",
        )
    return stream.read(most + 1)


def text_of(path: Path, *, most: int) -> str:
    """Return a file as text with Unix line ends and without a byte order mark.

    Raises:
        BadInputError: as `bytes_of`, or it is no UTF-8, or holds NUL.
    """
    return decoded(bytes_of(path, most=most), path)


def decoded(content: bytes, path: Path) -> str:
    """Return bytes as text; `path` names them in errors. Raises as `text_of`."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise refused(path, "is UTF-16", hint=WAY_OUT)
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise refused(path, "holds a NUL byte", hint=WAY_OUT, line=line)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        wrong = f"byte 0x{content[error.start]:02x} is no UTF-8"
        raise refused(path, wrong, hint=WAY_OUT, line=line) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
