"""What an adapter is: its files by hash, the base it changes, and everything it was made of (decision 0017)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace

from ammo_agents.errors import TamperedError, VersionError
from ammo_agents.ledger.codec import decode
from ammo_agents.records import digest

FORMAT = 1
ID = re.compile(r"a_[0-9a-f]{16}")
CONFIG, WEIGHTS, GGUF = "adapter_config.json", "adapter_model.safetensors", "adapter.gguf"
NEEDED = (CONFIG, WEIGHTS)
FILES = (*NEEDED, GGUF)
"""What an adapter consists of: PEFT's two files and, of architectures that are converted, the same for llama.cpp."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterManifest:
    """One adapter; `id` follows from every other field and from the files' hashes."""

    id: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    """File name → sha256, hex."""
    base: str
    """The model it changes, as AMMO names it: ``local/smollm2-135m``."""
    base_sha256: str
    """Of the base's weights file (GGUF), hex: an adapter of one base is noise in any other."""
    name: str = ""
    kind: str = "dpo"
    target: str = ""
    """Whose words it is for: ``<subspace>/<buddy>``, ``<subspace>`` or ``*``."""
    run: str = ""
    """The job that made it."""
    parents: tuple[str, ...] = ()
    set: str = ""
    """The data set, and in `set_sha256` what was in it."""
    set_sha256: str = ""
    sources: tuple[str, ...] = ()
    """Where its rows come from: ``human``, ``simulated``, ``rule:<name>``."""
    events: tuple[str, ...] = ()
    """Ids of the events of every row it was trained on."""
    people: tuple[str, ...] = ()
    """Hashes of the people who gave those rows, its parents' included."""
    consent: str = ""
    """The version of the consent under which they were given."""
    personal: bool = False
    """Trained on one person: never exported or shared."""
    seed: int = 0
    config: Mapping[str, object] = field(default_factory=dict)
    """The resolved configuration of the job."""
    lora: Mapping[str, object] = field(default_factory=dict)
    """``r``, ``alpha`` and the number of changed modules."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    """Library → version that made it."""
    created: str = ""
    """ISO 8601, UTC."""
    format: int = FORMAT


def sealed(manifest: AdapterManifest, files: Mapping[str, str]) -> AdapterManifest:
    """Return the manifest with these hashes and the id that follows."""
    # Read back as `read` will: 3 and 3.0 are one number and two texts.
    held = decode(AdapterManifest, written(replace(manifest, files=dict(files), id="")))
    return replace(held, id=id_of(held))


def id_of(manifest: AdapterManifest) -> str:
    """Return ``a_`` and 16 hex digits of the SHA-256 over everything but the id itself."""
    said = asdict(manifest)
    del said["id"]
    return f"a_{digest(said)[:16]}"


def written(manifest: AdapterManifest) -> str:
    """Return the manifest as the text of its file."""
    held = asdict(manifest)
    text = json.dumps(held, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text + "\n"


def read(text: str, *, where: str) -> AdapterManifest:
    """Return the manifest that `written` wrote; `where` names it in what is raised.

    Raises:
        VersionError: a newer AMMO wrote it.
        TamperedError: it is no manifest, or its id is not the hash of what it says.
    """
    try:
        held = json.loads(text)
        if int(held["format"]) > FORMAT:
            raise VersionError(
                f"{where} has format {held['format']}, this AMMO reads {FORMAT}",
                hint="Upgrade AMMO: pip install --upgrade ammo-agents",
            )
        known = {f.name for f in fields(AdapterManifest)}
        if odd := sorted(set(held) - known):
            raise ValueError(f"unknown field {odd[0]!r}")
        manifest = decode(AdapterManifest, text)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TamperedError(
            f"{where} is no adapter manifest: {error}",
            hint="Move the adapter's folder away and train it again.",
        ) from error
    if manifest.id != (found := id_of(manifest)):
        raise TamperedError(
            f"{where} says it is {manifest.id}, what it says hashes to {found}",
            hint="Move the adapter's folder away and train it again.",
        )
    return manifest
