"""A CSV file as rows with line numbers; every row that does not fit its header is refused where it stands."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ammo_agents.authoring.reading import text_of
from ammo_agents.authoring.refusal import instead, refused, shown
from ammo_agents.errors import BadInputError

LARGEST = 16 * 1024 * 1024
"""Bytes of one table."""
MOST_ROWS = 50_000
LONGEST = 2_000
"""Letters of one cell."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its cells by column, trimmed, and where it stands."""

    path: Path
    line: int
    """The line it ends on, counted from 1."""
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """Return a cell; empty where the table has no such column."""
        return self.cells.get(column, "")

    def wrong(self, column: str, reason: str, hint: str) -> BadInputError:
        """Return the refusal of one cell."""
        return refused(self.path, f"{column}: {reason}", hint=hint, line=self.line)


def rows(path: Path, *, columns: Sequence[str], needed: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a CSV file whose header holds all of `needed` and nothing beyond `columns`.

    Raises:
        BadInputError: as `reading.text_of`; a header with a column twice, unknown or lacking; a row
            with more or fewer cells than the header; a cell over 2,000 letters; over 50,000 rows.
    """
    lines = text_of(path, most=LARGEST).split("\n")
    reader = csv.reader((f"{line}\n" for line in lines), strict=True)
    header: list[str] = []
    count = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise refused(
                path,
                f"is no CSV here: {error}",
                hint='Put text with commas in "quotes", and write "" for a quote inside.',
                line=reader.line_num,
            ) from error
        if cells is None:
            break
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = _header(path, cells, reader.line_num, columns, needed)
            continue
        count += 1
        if count > MOST_ROWS:
            raise refused(path, f"has more than {MOST_ROWS:,} rows", hint="Split the subspace.")
        yield _row(path, reader.line_num, header, cells)
    if not header:
        raise refused(
            path, "is empty", hint=f"Begin with a header line: {','.join(columns)}", line=1
        )


def _header(
    path: Path, cells: Sequence[str], line: int, columns: Sequence[str], needed: Sequence[str]
) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise refused(
            path,
            "separates its columns with something else than commas",
            hint="Export it as CSV with commas (in a spreadsheet: field delimiter ,).",
            line=line,
        )
    for name in names:
        if name not in columns:
            raise refused(
                path,
                f"no column {shown(name)} is known",
                hint=instead(name, columns, noun="column"),
                line=line,
            )
        if names.count(name) > 1:
            raise refused(
                path, f"column {name!r} is there twice", hint="Take one of them out.", line=line
            )
    lacking = [name for name in needed if name not in names]
    if lacking:
        raise refused(
            path,
            f"the header lacks {', '.join(lacking)}",
            hint=f"Columns: {','.join(columns)}",
            line=line,
        )
    return names


def _row(path: Path, line: int, header: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) != len(header):
        raise refused(
            path,
            f"has {len(cells)} cells, the header has {len(header)}",
            hint='Put text that holds a comma in "quotes"; leave an empty cell between two commas.',
            line=line,
        )
    found = {name: " ".join(cell.split()) for name, cell in zip(header, cells, strict=True)}
    for name, cell in found.items():
        if len(cell) > LONGEST:
            raise refused(
                path,
                f"{name}: has {len(cell):,} letters, at most {LONGEST:,} are read",
                hint="Say it in several facts.",
                line=line,
            )
        if not cell.isprintable():
            raise refused(
                path,
                f"{name}: holds a character that no page shows: {shown(cell)}",
                hint="Take it out; plain letters, digits and signs are enough.",
                line=line,
            )
    return Row(path, line, found)


def parts(cell: str) -> tuple[str, ...]:
    """Return the parts of a cell that holds several, separated by ``;``, each once."""
    return tuple(dict.fromkeys(part.strip() for part in cell.split(";") if part.strip()))
