"""The subspace's own name, its ids, and where its statements come from."""

from __future__ import annotations

import re
import unicodedata

from ammo_agents.records import EntityId, Source, SubspaceId

JOB = SubspaceId("job")
ONET_YEAR = 2018
"""The year of the copy of O*NET."""
ESCO_VERSION = 1

NYC = Source(
    name="NYC Open Data, NYC Jobs (postings of New York City's agencies)",
    url="https://opendata.cityofnewyork.us",
    licence="NYC Open Data Terms of Use",
    verified_by="read and counted by ammo_subspace_job",
)
ESCO = Source(
    name="ESCO, the classification of the European Commission",
    url="https://esco.ec.europa.eu",
    licence="Commission Decision 2011/833/EU",
    verified_by="European Commission",
)


def onet(code: str) -> Source:
    """Return the page of one occupation in O*NET."""
    return Source(
        name=f"O*NET Database, USDOL/ETA, {code}",
        url=f"https://www.onetonline.org/link/summary/{code}",
        licence="CC BY 4.0",
        verified_by="U.S. Department of Labor, Employment and Training Administration",
    )


def slug_of(text: str) -> str:
    """Return a slug of lower-case letters, digits and hyphens: ``law-department``."""
    letters = unicodedata.normalize("NFKD", text.replace("&", " and ").replace("'", ""))
    return re.sub(r"[^a-z0-9]+", "-", letters.encode("ascii", "ignore").decode().lower()).strip("-")


def entity(slug: str) -> EntityId:
    """Return the id of one of this subspace's entities."""
    return EntityId(f"{JOB}/{slug}")


def agency_id(name: str) -> EntityId:
    """Return the id of an agency: ``job/agency-law-department``."""
    return entity(f"agency-{slug_of(name)}")


def family_id(name: str) -> EntityId:
    """Return the id of a family of jobs: ``job/family-health``."""
    return entity(f"family-{slug_of(name)}")


def skill_id(name: str) -> EntityId:
    """Return the id of a skill: ``job/skill-statistics``."""
    return entity(f"skill-{slug_of(name)}")


def occupation_id(said: str) -> EntityId:
    """Return the id of an occupation: ``job/civil-engineers``."""
    return entity(slug_of(said))
