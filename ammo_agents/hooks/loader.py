"""The loader: each plugin is imported, registered and asked apart, so that a bad one hurts nobody else (S2)."""

from __future__ import annotations

import difflib
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy

from ammo_agents.errors import AmmoError, MissingPartError, PluginError
from ammo_agents.hooks.specs import Hooks
from ammo_agents.plugins import answers, culprit, faults, fence, guard, imports, watch
from ammo_agents.plugins.answers import KINDS, Kind
from ammo_agents.plugins.found import GROUP, Found, found, of_module
from ammo_agents.plugins.shadow import CORE
from ammo_agents.plugins.trust import Trust
from ammo_agents.ports import (
    BuddyGraph,
    ChannelProvider,
    Evidence,
    Factoriser,
    GymProvider,
    ModelProvider,
    StoreProvider,
    Subspace,
)
from ammo_agents.records import EVERYTHING, GoalBuddy
from ammo_agents.settings import Settings

if TYPE_CHECKING:  # their weight is for who runs a verb or serves pages
    from fastapi import APIRouter
    from typer import Typer

TRACE = 12
"""Lines of a traceback that are kept."""
MARK = f"{GROUP}_impl"
"""Attribute that `hookimpl` leaves on a function."""
OWN = {
    "stores": frozenset({"exact"}),
    "channels": frozenset({"webhook"}),
    "subspaces": frozenset({str(EVERYTHING)}),
}
"""Kind → names that are AMMO's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginState:
    """One plugin as the loader found it."""

    name: str
    module: str
    version: str
    fault: str = ""
    """Why it is disabled; empty = loaded."""
    hint: str = ""
    """The way out of the fault."""
    found: Found | None = None
    """What was seen of it without importing; None = an object that was added."""
    trace: str = ""
    """The traceback of what it raised, for its author; empty = it raised nothing."""


class _Manager(pluggy.PluginManager):
    """pluggy's, quick to see that a name of a module is no hook: it looks at each with care, at the price of an import."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        """Return the options of a hook implementation; None = it is none."""
        if isinstance(plugin, ModuleType) and not hasattr(vars(plugin).get(name), MARK):
            return None
        return super().parse_hookimpl_opts(plugin, name)


@dataclass(slots=True, weakref_slot=True)
class Plugins:
    """The loaded plugins of one running AMMO."""

    settings: Settings
    states: list[PluginState] = field(default_factory=list)
    _parts: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """Plugin → kind → name → part, in the order the plugins came."""
    _breaches: dict[str, PluginError] = field(default_factory=dict)
    _turns: dict[str, object] = field(default_factory=dict)
    """Plugin → the try to load it that counts."""
    _manager: _Manager = field(default_factory=lambda: _Manager(GROUP))

    def __post_init__(self) -> None:
        self._manager.add_hookspecs(Hooks)

    def subspaces(self) -> list[Subspace]:
        """Return every subspace; of two with one id the first plugin's, by name, stays."""
        return self._all("subspaces")

    def buddies(self) -> list[GoalBuddy]:
        """Return every Goal Buddy that a plugin offers beside those of the subspaces."""
        return self._all("buddies")

    def graphs(self) -> list[BuddyGraph]:
        """Return every graph of an author's own."""
        return self._all("graphs")

    def models(self) -> list[ModelProvider]:
        """Return every model provider."""
        return self._all("models")

    def stores(self) -> list[StoreProvider]:
        """Return every vector store."""
        return self._all("stores")

    def evidence(self) -> list[Evidence]:
        """Return every entailment checker."""
        return self._all("evidence")

    def factors(self) -> list[Factoriser]:
        """Return every factorisation of who liked what."""
        return self._all("factors")

    def channels(self) -> list[ChannelProvider]:
        """Return every provider of channels."""
        return self._all("channels")

    def gyms(self) -> list[GymProvider]:
        """Return every provider of worlds to train in; blocks while plugins are asked for the first time."""
        return self._late("gyms")

    def commands(self, plugin: str) -> dict[str, Typer]:
        """Return one plugin's verbs by name; blocks as `gyms`."""
        self._late("commands", only=plugin)
        return dict(self._parts.get(plugin, {}).get("commands", {}))

    def routes(self) -> dict[str, list[APIRouter]]:
        """Return the routers by plugin; blocks as `gyms`."""
        self._late("routes")
        return {n: list(p["routes"].values()) for n, p in self._parts.items() if p.get("routes")}

    def owner(self, kind: str, name: str) -> str:
        """Return the plugin that offers a part; empty = none does."""
        return next((n for n, parts in self._parts.items() if name in parts.get(kind, {})), "")

    def missing(self, kind: str, name: str) -> PluginError | None:
        """Return why a part is missing whose plugin is there and withheld by policy; None = it is missing otherwise."""
        for state in self.states:
            one = state.found
            if one is None or not one.withheld:
                continue
            if name == one.name or (one.manifest and name in one.manifest.offered(kind)):
                return PluginError(
                    f"{name!r}: its plugin {one.name!r} is not loaded: {one.fault}", hint=one.hint
                )
        return None

    def add(self, name: str, module: object, *, version: str = "") -> PluginState:
        """Register one plugin object; a fault disables it and is kept with its reason."""
        module_name = str(getattr(module, "__name__", type(module).__name__))
        state = PluginState(name=name, module=module_name, version=version)
        if self._manager.has_plugin(name):
            return self._refused(state)
        return self._brought(state, lambda: module)

    def bring(self, one: Found, *, trust: Trust | None = None) -> PluginState:
        """Import and register one plugin now; its fault, if there is one, is in what comes back. Blocks.

        One of that name that is loaded already stays: `drop` it first. `trust` = the lock as somebody
        read it already.
        """
        trust = trust or Trust.of(self.settings)
        one = trust.judged(one)
        state = PluginState(
            name=one.name,
            module=one.module,
            version=one.version,
            fault=one.fault,
            hint=one.hint,
            found=one,
        )
        if one.fault or self._manager.has_plugin(one.name):
            return self._refused(state)
        if one.root is not None and one.top != CORE:
            culprit.claim(one.name, one.root)
            watch.over(one.name, trust.granted(one), self._breached)
        return self._brought(state, lambda: imports.bring(one))

    def drop(self, name: str) -> None:
        """Take a plugin away whole: its parts, its state and its modules; what others hold of it goes on living."""
        gone = [state for state in self.states if state.name == name]
        self._unregister(name)
        self.states = [state for state in self.states if state.name != name]
        self._breaches.pop(name, None)
        culprit.release(name)
        watch.no_longer(name)
        for state in gone:
            if state.found is not None:
                imports.purge(state.found)

    def remember(self) -> None:
        """Keep what went wrong in loading, so that `ammo plugin list` can tell it and load nothing; blocks."""
        if self.settings.plugins is None and self.settings.plugin_policy != "none":
            failed = [s for s in self.states if s.fault and s.found and not s.found.fault]
            seen = {s.name: faults.Remembered(s.version, s.fault, s.hint) for s in failed}
            faults.remember(self.settings, seen)

    def _refused(self, state: PluginState) -> PluginState:
        """Keep the state of a plugin that is not even looked into."""
        fault = state.fault or f"another plugin is named {state.name!r} already"
        state = replace(state, fault=fault)
        self.states.append(state)
        return state

    def _brought(self, state: PluginState, module: Callable[[], object]) -> PluginState:
        """Keep the state of a plugin after it was imported, registered and asked, apart from the rest."""
        name = state.name
        turn = self._turns[name] = object()

        def work() -> dict[str, dict[str, Any]]:
            brought = module()
            return self._take(state, brought) if self._turns.get(name) is turn else {}

        try:
            parts = guard.within(name, self.settings.plugin_seconds, work)
            if name in self._breaches:
                raise self._breaches[name]
            self._parts[name] = parts
        except PluginError as error:
            del self._turns[name]  # what still hangs in its thread comes too late
            self._unregister(name)
            state = replace(state, fault=error.message, hint=error.hint, trace=_trace(error))
        self.states.append(state)
        return state

    def _take(self, state: PluginState, module: object) -> dict[str, dict[str, Any]]:
        """Register a plugin and return what it offers, by kind and name; runs in the plugin's own thread."""
        name = state.name
        known = self._manager.get_name(module)
        if known is not None:
            raise PluginError(
                f"{state.module} is loaded already, as plugin {known!r}",
                hint="One module is one plugin: take one entry point out.",
            )
        try:
            self._manager.register(module, name=name)
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            said = str(error).strip().splitlines()[-1]
            raise PluginError(said, hint=_nearest(said)) from error
        offering = {caller.name for caller in self._manager.get_hookcallers(module) or ()}
        return {
            kind.name: self._asked(state, kind)
            for kind in KINDS.values()
            if not kind.late and (kind.hook in offering or _declares(state, kind.name))
        }

    def _asked(self, state: PluginState, kind: Kind) -> dict[str, Any]:
        """Return what one plugin offers of one kind, checked; runs in the plugin's own thread."""
        name = state.name
        offered: dict[str, Any] = {}
        for impl in reversed(getattr(self._manager.hook, kind.hook).get_hookimpls()):
            if impl.plugin_name != name:
                continue
            if impl.wrapper or impl.hookwrapper:
                raise PluginError(
                    f"plugin {name!r}: {kind.hook} wraps what others offer, a hook only offers",
                    hint="Take wrapper=True out.",
                )
            given = {"settings": self.settings} if "settings" in impl.argnames else {}
            offered = answers.read(name, kind, impl.function(**given))
            break
        answers.compare(name, state.found.manifest if state.found else None, kind.name, offered)
        for part in offered:
            owner = "AMMO" if part in OWN.get(kind.name, ()) else self.owner(kind.name, part)
            if owner and kind.name != "routes":  # those of two plugins lie apart
                raise PluginError(
                    f"plugins {owner!r} and {name!r} both offer {part!r}",
                    hint=f"Uninstall one of them; {owner!r} is in use.",
                )
        if kind.name == "subspaces":
            return {part: fence.fenced(name, space) for part, space in offered.items()}
        return offered

    def _all(self, kind: str) -> list[Any]:
        return [
            part for parts in list(self._parts.values()) for part in parts.get(kind, {}).values()
        ]

    def _late(self, kind: str, *, only: str = "") -> list[Any]:
        """Return what all plugins offer of a kind that is asked when it is first needed."""
        offering = {
            i.plugin_name for i in self._manager.hook.__dict__[KINDS[kind].hook].get_hookimpls()
        }
        for state in self.states:
            parts = self._parts.get(state.name)
            if state.fault or parts is None or kind in parts or only not in {"", state.name}:
                continue
            if state.name not in offering and not _declares(state, kind):
                parts[kind] = {}
                continue
            asked = partial(self._asked, state, KINDS[kind])
            try:
                parts[kind] = guard.within(state.name, self.settings.plugin_seconds, asked)
            except PluginError as error:
                self._disable(state.name, error)
        return self._all(kind)

    def _breached(self, name: str, error: PluginError) -> None:
        """Hear that a plugin did what it was not granted: it is disabled for the rest of the run."""
        self._breaches[name] = error
        self._disable(name, error)
        threading.Thread(
            target=self.remember, daemon=True
        ).start()  # it may be an event loop that hears this

    def _disable(self, name: str, error: AmmoError) -> None:
        self._unregister(name)
        self.states = [
            replace(state, fault=error.message, hint=error.hint) if state.name == name else state
            for state in self.states
        ]

    def _unregister(self, name: str) -> None:
        self._parts.pop(name, None)
        if self._manager.has_plugin(name):
            self._manager.unregister(name=name)


def _trace(error: PluginError) -> str:
    """Return what a plugin raised with the lines that led there, newest last."""
    cause = error.__cause__
    lines = [] if cause is None else traceback.format_exception(cause)[-TRACE:]
    return "".join(lines).strip()


def provider_of(plugins: Plugins, model_id: str) -> ModelProvider:
    """Return the provider that a model id names: the part before the first slash.

    Raises:
        MissingPartError: no plugin offers it.
        PluginError: the plugin that offers it is withheld by policy.
    """
    name = model_id.partition("/")[0]
    offered = {p.name: p for p in plugins.models()}
    if name not in offered:
        if error := plugins.missing("models", name):
            raise error
        broken = [f"{s.name}: {s.fault}" for s in plugins.states if s.fault]
        raise MissingPartError(
            f"model {model_id!r}: no plugin offers {name!r} (installed: {', '.join(sorted(offered)) or 'none'})",
            hint="; ".join(broken) or f"pip install ammo-{name}",
        )
    return offered[name]


def load_plugins(settings: Settings) -> Plugins:
    """Return the installed plugins, loaded; a broken one is disabled, listed with its reason, and never just absent."""
    plugins, trust = Plugins(settings), Trust.of(settings)
    with guard.shut():
        for one in found(settings):
            if settings.plugins is None or one.name in settings.plugins:
                plugins.bring(one, trust=trust)
        for module in settings.plugin_modules:
            plugins.bring(of_module(module), trust=trust)
    plugins.remember()
    return plugins


def _declares(state: PluginState, kind: str) -> bool:
    manifest = state.found.manifest if state.found else None
    return manifest is not None and bool(
        manifest.commands if kind == "commands" else manifest.offered(kind)
    )


def _nearest(said: str) -> str:
    """Return the hook that a misspelt one may mean."""
    named = said.split("'")[1] if said.count("'") > 1 else ""
    hooks = [name for name in vars(Hooks) if name.startswith("ammo_")]
    near = difflib.get_close_matches(named, hooks, n=1)
    return f"Did you mean {near[0]}?" if near else f"The hooks are: {', '.join(hooks)}."
