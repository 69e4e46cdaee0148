"""The only reader of ``ammo.toml`` and of ``AMMO_*`` variables.

Precedence: a flag > ``AMMO_*`` > ``./ammo.toml`` > ``<config>/config.toml`` > the default.
"""

from __future__ import annotations

import os
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from ammo_agents.errors import SettingError

PREFIX = "AMMO_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, its default and what it is for."""

    home: Path | None = None
    """One folder for data, models and configuration; None = the XDG folders."""
    models_dir: Path | None = None
    """Where model files are kept, if not in the home; lets several homes share them."""
    model: str = "local/smollm2-135m"
    """The language model buddies write with: ``local/<name>`` or ``litellm/<any litellm name>``."""
    embedder: str = "local/minilm-l6-v2"
    """The consensus embedder. A MetaSpace keeps the one it was made with."""
    store: str = "chroma"
    """The vector store: ``chroma`` or ``exact``."""
    plugins: tuple[str, ...] | None = None
    """Plugins to load, by entry point; None = all that are installed, empty = none (safe mode)."""
    plugin_modules: tuple[str, ...] = ()
    """Modules to load as plugins without installing them: for authors at work."""
    plugin_policy: str = "installed"
    """Which plugins are loaded: ``installed`` (the environment's, and the home's that match their lock), ``strict`` (only what the lock holds, unchanged) or ``none``."""
    plugin_seconds: float = 10.0
    """Seconds a plugin may take to be imported and to say what it offers."""
    plugin_index: str = ""
    """Where ``ammo plugin search`` looks: a folder, a file or an https address, with ``#sha256=HASH`` pinned; empty = the shipped list."""
    person: str = "you"
    """Whose User Buddy this is."""
    subspace: str = "coin"
    """The subspace the runtime starts with."""
    slots: int = 8
    """N: attention slots of one sitting."""
    exploration: float = 0.15
    """ε: the share of a slate that a greedy buddy would not have shown, in [0, 0.9]."""
    seed: int = 7
    """Everything random follows from it."""
    live: bool = False
    """Let subspaces ask the network for news."""
    offline: bool = False
    """Refuse every connection beyond this machine, also to model providers."""
    cost_limit: float = 0.34
    """Cost(e) above which a draft is rejected, in [0, 1]; one unsupported sentence of three passes without it."""
    cost_weight: float = 1.0
    """λ: the weight of Cost(e) in a Goal Buddy's utility."""
    creations_per_day: int = 24
    """What one Goal Buddy may publish in a day of its world."""
    tokens_per_day: int = 2_000_000
    """Tokens all buddies together may read and write in a UTC day."""
    money_per_day: float = 0.50
    """US dollars all buddies together may spend in a UTC day."""
    model_slots: int = 2
    """Answers the local model writes at the same time."""
    model_threads: int = 0
    """Threads of the local model; 0 = one per core."""
    model_deadline_s: float = 60.0
    """Seconds until a model call is given up."""
    free_space_mb: int = 500
    """Free disk space below which writes are refused."""
    days_live: int = 30
    """Days of the subspace's world after which a creation leaves the candidates."""
    idle_days: float = 3.0
    """Days without anybody looking after which no buddy writes first."""
    contact_score: float = 0.7
    """Least φ(e)·q of a card that a buddy may write first about; everything starts near 0.6."""
    contact_novelty: float = 0.1
    """Least distance, 1 - cosine, of such a card from what the person has seen, in [0, 2]."""
    telemetry: str = ""
    """An OTLP endpoint that gets spans of buddies, model calls and tools, never their content; empty = off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One setting's value and where it came from."""

    name: str
    value: object
    default: object
    origin: str
    help: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with the origin of each value."""

    settings: Settings
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where things are kept."""

    config: Path
    data: Path
    models: Path
    cache: Path
    """What can be computed again, at the price of minutes."""
    ledger: Path = field(init=False)
    lock: Path = field(init=False)
    index: Path = field(init=False)
    checkpoints: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ledger", self.data / "ledger.db")
        object.__setattr__(self, "lock", self.data / "ammo.lock")
        object.__setattr__(self, "index", self.data / "index")
        object.__setattr__(self, "checkpoints", self.data / "checkpoints.db")


def folders(settings: Settings) -> Folders:
    """Return the folders of these settings, without making them."""
    if settings.home is not None:
        home = settings.home.expanduser()
        return Folders(
            config=home,
            data=home / "data",
            models=settings.models_dir or home / "models",
            cache=home / "cache",
        )
    return Folders(
        config=_xdg("XDG_CONFIG_HOME", ".config"),
        data=_xdg("XDG_DATA_HOME", ".local/share"),
        models=settings.models_dir or _xdg("XDG_CACHE_HOME", ".cache") / "models",
        cache=_xdg("XDG_CACHE_HOME", ".cache"),
    )


def load(
    flags: Mapping[str, object] | None = None,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Loaded:
    """Return the settings and where each came from.

    Raises:
        SettingError: an unknown name, or a value that does not fit; it names file or variable.
    """
    environ = os.environ if env is None else env
    flags = {k: v for k, v in (flags or {}).items() if v is not None}
    layers: list[tuple[str, Mapping[str, object]]] = [("flag", flags), ("", _from_env(environ))]
    local = (cwd or Path.cwd()) / "ammo.toml"
    layers.append((str(local), _from_file(local)))
    home = flags.get("home") or environ.get(PREFIX + "HOME")
    personal = (
        Path(str(home)).expanduser() if home else _xdg("XDG_CONFIG_HOME", ".config", environ)
    ) / "config.toml"
    layers.append((str(personal), _from_file(personal)))

    hints = typing.get_type_hints(Settings)
    values: dict[str, typing.Any] = {}
    origins = []
    for item in fields(Settings):
        value, origin = item.default, "default"
        for where, layer in layers:
            if item.name in layer:
                origin = where or PREFIX + item.name.upper()
                value = _convert(item.name, hints[item.name], layer[item.name], origin)
                break
        values[item.name] = value
        origins.append(
            Origin(
                name=item.name,
                value=value,
                default=item.default,
                origin=origin,
                help=_help(item.name),
            )
        )
    settings = Settings(**values)
    _check(settings)
    return Loaded(settings, tuple(origins))


def secret(name: str) -> str | None:
    """Return a key from the environment; keys are never in a settings file and never printed."""
    return os.environ.get(name) or None


def proxy_hosts() -> frozenset[str]:
    """Return the hosts that connections are sent through by this environment, small letters."""
    names = ("http_proxy", "https_proxy", "all_proxy")
    lines = [os.environ.get(n) or os.environ.get(n.upper()) or "" for n in names]
    found = (urlsplit(line if "://" in line else f"//{line}").hostname for line in lines if line)
    return frozenset(host.lower() for host in found if host)


def child_environment(**more: str) -> dict[str, str]:
    """Return what a process sees that loads code nobody trusts yet: where Python is, no key, and `more`."""
    kept = (
        "PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "TMPDIR",
        "LD_LIBRARY_PATH",
        "PYTHONPATH",
        "VIRTUAL_ENV",
    )
    return {name: os.environ[name] for name in kept if name in os.environ} | more


def display() -> bool:
    """Return whether this session has a screen to open a browser on."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def set_environment(name: str, value: str, *, unless_set: bool = False) -> None:
    """Set a variable that a library reads at its import; for adapters, before they import it."""
    if unless_set:
        os.environ.setdefault(name, value)
    else:
        os.environ[name] = value


def _xdg(variable: str, fallback: str, env: Mapping[str, str] | None = None) -> Path:
    base = (os.environ if env is None else env).get(variable)
    return (Path(base) if base else Path.home() / fallback) / "ammo"


def _from_env(environ: Mapping[str, str]) -> dict[str, object]:
    known = {f.name for f in fields(Settings)}
    names = {k: k.removeprefix(PREFIX).lower() for k in environ if k.startswith(PREFIX)}
    return {name: environ[variable] for variable, name in names.items() if name in known}


def _from_file(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(
            f"{path} is no TOML: {error}", hint="Correct the file or move it away."
        ) from error
    if "api" in found:  # the manifest of a plugin at whose top somebody stands
        return {}
    known = {f.name for f in fields(Settings)}
    for name in found:
        if name not in known:
            raise SettingError(
                f"{path} sets {name!r}, which AMMO does not know",
                hint="See the known names with: ammo config show",
            )
    return found


def _convert(name: str, kind: typing.Any, value: object, origin: str) -> object:
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    target = next(o for o in options if o is not type(None))
    try:
        return _cast(target, value)
    except (TypeError, ValueError) as error:
        raise SettingError(
            f"{origin} sets {name} to {value!r}, which is no {getattr(target, '__name__', target)}",
            hint=f"{name}: {_help(name)}",
        ) from error


def _cast(target: typing.Any, value: object) -> object:
    if typing.get_origin(target) is tuple:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple):
            raise TypeError
        return tuple(str(part).strip() for part in parts if str(part).strip())
    if target is bool:
        if isinstance(value, bool):
            return value
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }
        if str(value).lower() not in words:
            raise ValueError
        return words[str(value).lower()]
    if isinstance(value, bool):
        raise TypeError
    if target is Path:
        return Path(str(value)).expanduser()
    return target(str(value)) if target is not str else str(value)


def _check(settings: Settings) -> None:
    rules = {
        "plugin_policy": settings.plugin_policy in {"installed", "strict", "none"},
        "plugin_seconds": settings.plugin_seconds > 0,
        "slots": settings.slots >= 1,
        "exploration": 0 <= settings.exploration <= 0.9,
        "cost_limit": 0 <= settings.cost_limit <= 1,
        "cost_weight": settings.cost_weight >= 0,
        "model_slots": 1 <= settings.model_slots <= 16,
        "model_deadline_s": settings.model_deadline_s > 0,
        "days_live": settings.days_live >= 1,
        "creations_per_day": settings.creations_per_day >= 0,
        "idle_days": settings.idle_days > 0,
        "contact_novelty": 0 <= settings.contact_novelty <= 2,
        "telemetry": settings.telemetry.startswith(("http://", "https://"))
        or not settings.telemetry,
    }
    for name, holds in rules.items():
        if not holds:
            raise SettingError(
                f"{name} cannot be {getattr(settings, name)!r}", hint=f"{name}: {_help(name)}"
            )


def _help(name: str) -> str:
    return HELP.get(name, "")


def _read_help() -> dict[str, str]:
    """Return the sentence under each field of `Settings`, read from this file's own source."""
    lines = (
        Path(__file__)
        .read_text(encoding="utf-8")
        .split("class Settings:")[1]
        .split("@dataclass")[0]
        .splitlines()
    )
    found, last = {}, ""
    for line in lines:
        text = line.strip()
        if text.startswith('"""') and last:
            found[last] = text.strip('"')
            last = ""
        elif ":" in text and not text.startswith('"'):
            last = text.split(":")[0]
    return found


HELP = _read_help()
