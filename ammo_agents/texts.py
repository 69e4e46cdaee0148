"""Finds a prompt text, fills it, and gives its fingerprint."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ammo_agents.errors import BadInputError
from ammo_agents.records import digest

FIELD = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Text:
    """One prompt text of ``prompts/``: Markdown with ``{{ field }}`` places."""

    name: str
    body: str
    fingerprint: str
    """First 12 hex letters of the hash of the body: stored with every creation it helped to write."""

    def fill(self, **values: str) -> str:
        """Return the text with every field filled.

        Raises:
            BadInputError: a field without a value, or a value without a field.
        """
        wanted = set(FIELD.findall(self.body))
        if wanted != set(values):
            raise BadInputError(
                f"prompt {self.name!r} has fields {sorted(wanted)}, got {sorted(values)}",
                hint="Give exactly the fields of the text.",
            )
        return FIELD.sub(lambda match: values[match.group(1)], self.body)


@cache
def text(name: str) -> Text:
    """Return the prompt text ``prompts/<name>.md``; raises `BadInputError` for an unknown name."""
    place = resources.files("ammo_agents.prompts").joinpath(*f"{name}.md".split("/"))
    if not place.is_file():
        raise BadInputError(f"no prompt text {name!r}", hint="The texts lie in prompts/.")
    body = place.read_text(encoding="utf-8").strip()
    return Text(name=name, body=body, fingerprint=digest(body)[:12])
