"""Finds out what a folder holds, and reads it; and reads the list of people to evaluate."""

from __future__ import annotations

import json
from pathlib import Path

from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.replay import export, movielens
from ammo_agents.replay.log import RatingsLog


def read_log(place: Path) -> RatingsLog:
    """Return the ratings log at `place`: a MovieLens folder (or its parent), or exports of AMMO.

    Raises:
        NotFoundError: nothing is there.
        BadInputError: it is neither, or a line of it cannot be used.
    """
    if not place.exists():
        raise NotFoundError(f"there is no {place}", hint="Name the folder that holds the log.")
    archives = export.archives_in(place)
    if archives:
        return export.read(archives)
    folder = movielens.folder_in(place) if place.is_dir() else None
    if folder is None:
        raise BadInputError(
            f"{place} is no ratings log that AMMO can read",
            hint="Name a MovieLens folder (ratings.csv, movies.csv) or what ammo data export wrote.",
        )
    return movielens.read(folder)


def read_people(path: Path, log: RatingsLog) -> tuple[str, ...]:
    """Return the ids that a file names: one a line, a JSON list, or a CSV with the column userId.

    Raises:
        NotFoundError: no file, or ids that the log does not know.
        BadInputError: the file names nobody, or everybody.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}", hint="Write one id a line.")
    try:
        named = tuple(dict.fromkeys(_ids(path)))
    except UnicodeDecodeError as error:
        raise BadInputError(
            f"{path} is no text in UTF-8: {error}", hint="Save it as such."
        ) from error
    known = {person.person for person in log.people}
    strangers = [name for name in named if name not in known]
    if strangers:
        raise NotFoundError(
            f"{path.name} names {len(strangers)} people the log does not know: {', '.join(strangers[:5])}",
            hint=f"Ids look like {', '.join(sorted(known)[:3])}.",
        )
    if not named or len(named) == len(known):
        raise BadInputError(
            f"{path.name} names {'nobody' if not named else 'everybody'}",
            hint="Name some people; everybody else is who is learned from.",
        )
    return named


def _ids(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8-sig").strip()
    if text.startswith("["):
        try:
            return [str(one) for one in json.loads(text)]
        except ValueError as error:
            raise BadInputError(f"{path} is no JSON list: {error}", hint="Write [1, 2].") from error
    rows = [line.strip() for line in text.splitlines() if line.strip()]
    if rows and "userId" in rows[0].split(","):
        return [row["userId"] for _, row in movielens.lines(path, ("userId",))]
    return rows
