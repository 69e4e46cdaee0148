"""Builds the compact data the plugin ships, from a folder with the full source; same input, same bytes.

Run: ``python subspaces/movie/tools/build_data.py --source DIR``, where DIR holds files ``*.jsonl`` whose lines
have title, year, genres, cast, extract and wikipedia (the article's name). Other fields are not read.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ammo_subspace_movie.facts import note, premise
from ammo_subspace_movie.films import FIRST_NEW, Film, slug_of
from ammo_subspace_movie.reading import Read, plain, read
from ammo_subspace_movie.wordings import WORDINGS

from ammo_agents.goal.gate import judge
from ammo_agents.goal.licence import licence
from ammo_agents.records import Claim

OUT = Path(__file__).parents[1] / "ammo_subspace_movie" / "data"
CATALOGUE, ARRIVALS = 3_000, 900
"""Films before 2018, and films since, that are shipped."""
KNOWN_DIRECTOR, KNOWN_ACTOR = 3, 10
"""Films of the whole source from which a director or an actor counts as a connection."""
STEP = 300
"""Characters of an opening that count as much as one certain statement."""
LICENCE = "CC BY-SA 4.0, https://creativecommons.org/licenses/by-sa/4.0/"


@dataclass(frozen=True, slots=True)
class Row:
    """One film of the source and what its opening states."""

    raw: dict[str, Any]
    read: Read


def rows_of(source: Path) -> list[Row]:
    """Return the films whose opening is about them and names nearly the same year, in the source's order."""
    found = []
    seen: set[tuple[str, int]] = set()
    for file in sorted(source.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            raw = json.loads(line)
            said = read(raw["title"], raw["extract"], raw["cast"])
            key = (plain(raw["title"]), raw["year"])
            if said is None or abs(said.year - raw["year"]) > 1 or key in seen:
                continue
            if not said.directors or not raw["genres"]:
                continue
            seen.add(key)
            found.append(Row(raw, said))
    return found


def chosen(rows: Sequence[Row]) -> list[Row]:
    """Return the films with the most certain statements, connections and text, in the source's order."""
    directors = Counter(d for row in rows for d in row.read.directors)
    actors = Counter(a for row in rows for a in row.read.cast)

    def worth(row: Row) -> int:
        r = row.read
        kinds = (
            len(r.cast) >= 2,
            r.premise,
            r.note,
            r.source,
            r.money,
            r.sequel,
            r.debut,
            r.released,
        )
        known = 2 * any(directors[d] >= KNOWN_DIRECTOR for d in r.directors)
        known += min(4, sum(actors[a] >= KNOWN_ACTOR for a in r.cast))
        return sum(map(bool, kinds)) + known + len(row.raw["extract"]) // STEP

    kept: set[int] = set()
    for new, most in ((False, CATALOGUE), (True, ARRIVALS)):
        pool = [n for n, row in enumerate(rows) if (row.raw["year"] >= FIRST_NEW) == new]
        kept.update(
            sorted(pool, key=lambda n: (-worth(rows[n]), -len(rows[n].raw["extract"]), n))[:most]
        )
    return [row for n, row in enumerate(rows) if n in kept]


def record_of(row: Row) -> dict[str, Any]:
    """Return the line that is shipped; empty fields are left out."""
    r = row.read
    record: dict[str, Any] = {
        "title": row.raw["title"],
        "year": row.raw["year"],
        "said_year": r.year,
        "genres": row.raw["genres"],
        "directors": r.directors,
        "cast": r.cast,
        "released": r.released.isoformat() if r.released else None,
        "premise": r.premise,
        "note": r.note,
        "source": r.source,
        "money": r.money,
        "sequel": r.sequel if r.sequel and r.sequel[1] else None,
        "debut": r.debut,
        "text": " ".join(row.raw["extract"].split()),
        "article": unquote(row.raw["wikipedia"]).replace("_", " "),
    }
    return {key: value for key, value in record.items() if value not in (None, "", (), [], False)}


def gated(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without a sentence in the article's words that could not be published as it stands."""
    film = Film.of(record, slug=slug_of(record["title"], record["year"]))
    dropped = set()
    for field, maker in (("premise", premise), ("note", note)):
        fact = maker(film)
        if fact is not None:
            rules = [licence(fact, WORDINGS.get(fact.predicate), {})]
            said = Claim(text=fact.statement, facts=(fact.id,))
            if judge(said, rules) is not None:
                dropped.add(field)
    return {key: value for key, value in record.items() if key not in dropped}


def attribution(records: Sequence[dict[str, Any]]) -> str:
    """Return the notice that the licence asks for, with every article's name."""
    lines = [
        "# Attribution",
        "",
        "`films.jsonl.gz` holds the openings of English Wikipedia articles and what was read out of them.",
        f"Text: Wikipedia contributors, {LICENCE}.",
        "Changes: white space is evened out; nothing else. The openings were collected on 2023-04-19 by",
        "https://github.com/prust/wikipedia-movie-data (MIT, Peter Rust). An article's history and authors are behind",
        "`https://en.wikipedia.org/wiki/<article name>`.",
        "",
        "This file and `films.jsonl.gz` are under CC BY-SA 4.0, apart from the code around them.",
        "",
        "## Articles",
        "",
    ]
    names = sorted({record["article"] for record in records})
    return "\n".join([*lines, *(f"- {name}" for name in names)]) + "\n"


def main() -> None:
    """Write ``films.jsonl.gz`` and ``ATTRIBUTION.md`` into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder with the full source")
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write to")
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    records = [gated(record_of(row)) for row in chosen(rows_of(options.source))]
    text = "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in records)
    packed = gzip.compress(text.encode(), compresslevel=9, mtime=0)
    (options.out / "films.jsonl.gz").write_bytes(packed)
    (options.out / "ATTRIBUTION.md").write_text(attribution(records), encoding="utf-8")


if __name__ == "__main__":
    main()
