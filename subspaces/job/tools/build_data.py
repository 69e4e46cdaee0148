"""Builds the compact data the plugin ships, from a folder with the three sources; same input, same bytes.

Run: ``python subspaces/job/tools/build_data.py --source DIR``, where DIR holds ``nyc_job_postings.csv``,
``onet_occupations.csv`` and ``esco_skills.csv``. What is chosen is in ``selection.toml``.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ammo_subspace_job.postings import tellable

HERE = Path(__file__).parent
OUT = HERE.parent / "ammo_subspace_job" / "data"
TEXT = ("Job Description", "Minimum Qual Requirements", "Preferred Skills")
"""Fields of a posting in which a skill may be named, besides its title; nearly always empty in the source."""
UNIT = re.compile(r"(?:,| -|-| in the)\s*(?:Bureau|Office|Division|Unit|Department|Dept)\b.*")
"""The rest of a title that names an office: *Bureau of Vital Statistics* is no skill."""
LONGEST_DEFINITION = 260
SMALL = frozenset("a an and at by for from in of on or the to with".split())
UPPER = frozenset(
    """IT GIS NYC HIV AIDS HR QA QC II III IV VI SQL ETL CAD HVAC EEO FOIL DNA STEM PMO CEO CIO CPM RN OCME SH
    MS UX UI API BI ECM ERP IOT EMS MIS SCADA ADA HPD DOE EHS STI CPC ACCO LAN WAN SIEM MWBE MEP IPM IFA BWSO BWT BEDC""".split()
)
SEEN, GROUP = 2, 4
"""An occupation with so many postings brings its neighbours (the same group of its code, ``17-2``) that name a skill."""


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tidy(text: str) -> str:
    """Return a title with even spaces and plain quotes, in mixed case where the source shouts."""
    text = " ".join(text.replace("’", "'").replace("–", "-").replace("\xa0", " ").split())
    if text != text.upper():
        return text
    return re.sub(r"[A-Z][A-Z']*", _cased, text)


def _cased(found: re.Match[str]) -> str:
    word, start = found.group(), found.start()
    if word in UPPER or (len(word) == 1 and word != "A"):
        return word
    if start and word.lower() in SMALL:
        return word.lower()
    return word.capitalize()


def families_of(text: str, families: Sequence[str]) -> list[str]:
    """Return the families of a category, which the source writes one behind the other; none where it holds more than that."""
    found: list[str] = []
    rest = text.strip()
    while rest:
        head = max((f for f in families if rest.startswith(f)), key=len, default=None)
        if head is None:
            return []
        found.append(head)
        rest = rest.removeprefix(head).strip()
    return found


def singular(title: str) -> str:
    """Return the title of an occupation for one person: ``Civil Engineers`` → ``civil engineer``."""
    head, _, last = title.lower().rpartition(" ")
    for ending, one in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if last.endswith(ending) and not last.endswith("ss"):
            last = last.removesuffix(ending) + one
            break
    return f"{head} {last}".strip()


def plain(text: str) -> str:
    """Return lower-case words between single blanks, with one at both ends: for looking up whole words."""
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def skills(source: Path, chosen: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the chosen skills with the first sentence of their definitions.

    Raises:
        SystemExit: an id, a label or the beginning of a definition is not as `selection.toml` says.
    """
    by_end = {row["id"][-8:]: row for row in rows(source / "esco_skills.csv")}
    found = []
    for end, name, start, terms in chosen:
        row = by_end.get(end)
        text = row["description"] if row else ""
        at = text.find(start or "The ")
        if row is None or not text.startswith(name) or at < 0:
            raise SystemExit(f"selection.toml: {end} {name!r} does not fit the source")
        definition = re.split(r"(?<=[a-z)])\.(?:\s|$)", text[at:])[0].strip().rstrip(".")
        definition = definition[:1].lower() + definition[1:]
        record = {"name": name, "uri": row["id"], "terms": terms}
        if len(definition) <= LONGEST_DEFINITION and "`" not in definition:
            record["definition"] = " ".join(definition.split())
        found.append(record)
    return found


def occupations(
    source: Path,
    selection: Mapping[str, Any],
    titles: Sequence[str],
    known: Sequence[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Return the occupations that titles of postings name, and their neighbours that name a skill."""
    listed = [
        row for row in rows(source / "onet_occupations.csv") if "All Other" not in row["title"]
    ]
    names: dict[str, list[str]] = {row["title"]: [] for row in listed}
    for title in names:
        if "," not in title and " and " not in title and title not in selection["not_occupations"]:
            names[title].append(singular(title))
    for word, title in selection["also"].items():
        if title not in names:
            raise SystemExit(f"selection.toml: the source has no occupation {title!r}")
        names[title] = list(dict.fromkeys([*names[title], word]))
    said = Counter(
        title for text in titles if (title := named(UNIT.sub("", text), names, selection))
    )
    near = {row["code"][:GROUP] for row in listed if said[row["title"]] >= SEEN}
    found = []
    for row in listed:
        text = plain(row["description"])
        naming = [s["name"] for s in known if any(plain(term) in text for term in s["terms"])]
        neighbour = naming and row["code"][:GROUP] in near
        if not said[row["title"]] and not neighbour:
            continue
        record: dict[str, Any] = {
            "code": row["code"],
            "title": row["title"],
            "said": selection["said"].get(row["title"], row["title"]),
            "names": names[row["title"]],
            "description": " ".join(row["description"].split()),
            "skills": naming,
        }
        found.append(record)
    return found


def named(title: str, names: Mapping[str, Sequence[str]], selection: Mapping[str, Any]) -> str:
    """Return the occupation whose longest name stands in a title; empty = none, or one that the selection refuses."""
    text = plain(title)
    hits = [(len(n), o) for o, own in names.items() for n in own if plain(n) in text]
    best = max(hits)[1] if hits else ""
    refused = (*selection["not_in_titles"], *selection["not_when"].get(best, ()))
    return "" if any(plain(word) in text for word in refused) else best


def postings(source: Path, selection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the postings whose title can be told, by day and id."""
    found = []
    for row in rows(source / "nyc_job_postings.csv"):
        title = tidy(row["Business Title"])
        if not tellable(title):
            continue
        record: dict[str, Any] = {
            "id": int(row["Job ID"]),
            "date": row["Posting Date"][:10],
            "title": title,
            "agency": selection["agencies"][row["Agency"]],
            "service": tidy(row["Civil Service Title"]),
            "type": row["Posting Type"].lower(),
            "families": families_of(row["Job Category"], selection["families"]),
            "level": row["Level"],
            "time": {"F": "full-time", "P": "part-time"}.get(row["Full-Time/Part-Time indicator"], ""),
            "positions": int(row["# Of Positions"] or 0),
            "pay": [float(row["Salary Range From"]), float(row["Salary Range To"]), row["Salary Frequency"].lower()],
            "text": " | ".join(" ".join(row[field].split()) for field in TEXT if row[field].strip()),
        }  # fmt: skip
        found.append({
            key: value
            for key, value in record.items()
            if value not in ("", []) and (key, value) != ("positions", 0)
        })
    return sorted(found, key=lambda r: (r["date"], r["id"]))


def marked(
    found: Sequence[dict[str, Any]],
    jobs: Sequence[dict[str, Any]],
    known: Sequence[dict[str, Any]],
    selection: Mapping[str, Any],
) -> Iterable[dict[str, Any]]:
    """Yield each posting with the occupation and the skills that it names; of its longer text nothing else is shipped."""
    names = {job["title"]: job["names"] for job in jobs}
    for record in found:
        title = UNIT.sub("", record["title"])
        text = f"{plain(title)}|{plain(record.get('text', ''))}"
        skilled = [s["name"] for s in known if any(plain(term) in text for term in s["terms"])]
        rest = {key: value for key, value in record.items() if key not in {"text", "service"}}
        occupation = named(title, names, selection)
        yield {**rest, **({"occupation": occupation} if occupation else {}), **({"skills": skilled} if skilled else {})}  # fmt: skip


def write(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write records as packed lines of JSON, the same bytes for the same records."""
    text = "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in records)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def main() -> None:
    """Write the three packed files into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder with the sources")
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write to")
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    selection = tomllib.loads((HERE / "selection.toml").read_text(encoding="utf-8"))
    known = skills(options.source, selection["skills"])
    found = postings(options.source, selection)
    jobs = occupations(options.source, selection, [r["title"] for r in found], known)
    write(options.out / "postings.jsonl.gz", marked(found, jobs, known, selection))
    write(options.out / "occupations.jsonl.gz", jobs)
    write(options.out / "skills.jsonl.gz", known)


if __name__ == "__main__":
    main()
