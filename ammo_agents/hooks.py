"""The plugin seam: what a plugin may offer, and the loader that keeps a bad one from hurting the rest.

The only file that imports pluggy. A plugin is a module with ``@hookimpl`` functions, named by an
entry point of the group ``ammo``. Hooks register objects; the objects do the work.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from typing import Any, Protocol

import pluggy

from ammo_agents.errors import AmmoError, MissingPartError, PluginError
from ammo_agents.ports import (
    ChannelProvider,
    Evidence,
    Factoriser,
    ModelProvider,
    StoreProvider,
    Subspace,
)
from ammo_agents.settings import Settings

GROUP = "ammo"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


class Hooks(Protocol):
    """Everything a plugin may offer. Each hook returns a list and does no work of its own."""

    @hookspec
    def ammo_subspaces(self) -> list[Subspace]:
        """Offer subspaces."""
        raise NotImplementedError

    @hookspec
    def ammo_models(self, settings: Settings) -> list[ModelProvider]:
        """Offer providers of language models and embedders."""
        raise NotImplementedError

    @hookspec
    def ammo_stores(self, settings: Settings) -> list[StoreProvider]:
        """Offer vector stores."""
        raise NotImplementedError

    @hookspec
    def ammo_evidence(self, settings: Settings) -> list[Evidence]:
        """Offer entailment checkers beyond the rule gate."""
        raise NotImplementedError

    @hookspec
    def ammo_factors(self, settings: Settings) -> list[Factoriser]:
        """Offer factorisations of who liked what."""
        raise NotImplementedError

    @hookspec
    def ammo_channels(self, settings: Settings) -> list[ChannelProvider]:
        """Offer channels that notices can also go to."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginState:
    """One plugin as the loader found it."""

    name: str
    module: str
    version: str
    fault: str = ""
    """Why it is disabled; empty = loaded."""


@dataclass(slots=True)
class Plugins:
    """The loaded plugins of one running AMMO."""

    settings: Settings
    states: list[PluginState] = field(default_factory=list)
    _manager: pluggy.PluginManager = field(default_factory=lambda: pluggy.PluginManager(GROUP))

    def __post_init__(self) -> None:
        self._manager.add_hookspecs(Hooks)

    def subspaces(self) -> list[Subspace]:
        """Return every subspace; of two with one id the first plugin's, by name, stays."""
        return self._collect("ammo_subspaces", Subspace, lambda s: s.id)

    def models(self) -> list[ModelProvider]:
        """Return every model provider."""
        return self._collect("ammo_models", ModelProvider, lambda p: p.name, settings=self.settings)

    def stores(self) -> list[StoreProvider]:
        """Return every vector store."""
        return self._collect("ammo_stores", StoreProvider, lambda p: p.name, settings=self.settings)

    def evidence(self) -> list[Evidence]:
        """Return every entailment checker."""
        return self._collect("ammo_evidence", Evidence, lambda e: e.name, settings=self.settings)

    def factors(self) -> list[Factoriser]:
        """Return every factorisation of who liked what."""
        return self._collect("ammo_factors", Factoriser, lambda f: f.name, settings=self.settings)

    def channels(self) -> list[ChannelProvider]:
        """Return every provider of channels."""
        kind = ChannelProvider
        return self._collect("ammo_channels", kind, lambda c: c.name, settings=self.settings)

    def add(self, name: str, module: object, *, version: str = "") -> None:
        """Register one plugin object; a fault disables it and is kept with its reason."""
        module_name = str(getattr(module, "__name__", type(module).__name__))
        fault = self._register(name, module)
        self.states.append(PluginState(name=name, module=module_name, version=version, fault=fault))

    def load(self, points: Sequence[metadata.EntryPoint]) -> None:
        """Import and register what the entry points of one name offer; two with one name are refused both (S2)."""
        owners = " and ".join(sorted(p.dist.name for p in points if p.dist is not None))
        for point in points:
            fault = f"{owners} both claim the plugin name {point.name!r}: uninstall one of them"
            module, version = (
                point.value.partition(":")[0],
                point.dist.version if point.dist else "",
            )
            if len(points) == 1:
                try:
                    self.add(point.name, importlib.import_module(module), version=version)
                    continue
                except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
                    fault = _reason(error)
            self.states.append(
                PluginState(name=point.name, module=module, version=version, fault=fault)
            )

    def _register(self, name: str, module: object) -> str:
        """Return why the plugin could not be registered; empty = it is."""
        if self._manager.has_plugin(name):
            return f"another plugin is named {name!r} already"
        try:
            self._manager.register(module, name=name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            return str(error).strip().splitlines()[-1]
        return ""

    def _collect(
        self, hook: str, kind: type[Any], name_of: Callable[[Any], str], **arguments: object
    ) -> list[Any]:
        """Return what all plugins offer to one hook; a plugin that offers anything wrong offers nothing."""
        found: dict[str, tuple[str, Any]] = {}
        for impl in getattr(self._manager.hook, hook).get_hookimpls():
            owner = str(impl.plugin_name)
            wanted = {name: value for name, value in arguments.items() if name in impl.argnames}
            try:
                parts = _checked(owner, hook, kind, impl.function(**wanted))
                named = {name_of(part): (owner, part) for part in parts}
                for name in named.keys() & found.keys():
                    raise PluginError(
                        f"plugins {found[name][0]!r} and {owner!r} both offer {name!r}",
                        hint=f"Uninstall one of them; {found[name][0]!r} is in use.",
                    )
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
                self._disable(owner, error)
            else:
                found |= named
        return [part for _, part in found.values()]

    def _disable(self, name: str, error: BaseException) -> None:
        self._manager.unregister(name=name)
        self.states = [
            replace(state, fault=_reason(error)) if state.name == name else state
            for state in self.states
        ]


def provider_of(plugins: Plugins, model_id: str) -> ModelProvider:
    """Return the provider that a model id names: the part before the first slash.

    Raises:
        MissingPartError: no plugin offers it.
    """
    name = model_id.partition("/")[0]
    found = {p.name: p for p in plugins.models()}
    if name not in found:
        broken = [f"{s.name}: {s.fault}" for s in plugins.states if s.fault]
        raise MissingPartError(
            f"model {model_id!r}: no plugin offers {name!r} (installed: {', '.join(sorted(found)) or 'none'})",
            hint="; ".join(broken) or f"pip install ammo-{name}",
        )
    return found[name]


def load_plugins(settings: Settings) -> Plugins:
    """Return the plugins named by entry points; a broken one is disabled, listed with its reason, and never just absent."""
    by_name: dict[str, list[metadata.EntryPoint]] = defaultdict(list)
    for point in metadata.entry_points(group=GROUP):
        if settings.plugins is None or point.name in settings.plugins:
            by_name[point.name].append(point)
    plugins = Plugins(settings)
    for name in sorted(by_name):
        plugins.load(by_name[name])
    for module in settings.plugin_modules:
        try:
            plugins.add(module, importlib.import_module(module))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
            plugins.states.append(
                PluginState(name=module, module=module, version="", fault=_reason(error))
            )
    return plugins


def _checked(owner: str, hook: str, kind: type[Any], offered: object) -> list[Any]:
    """Return what a plugin offered as a list of `kind`; raises `PluginError` that names the culprit."""
    way_out = f"{hook} must return a list of {kind.__name__}."
    if not isinstance(offered, Sequence) or isinstance(offered, str):
        raise PluginError(
            f"plugin {owner!r}: {hook} returned {type(offered).__name__}, which is no list",
            hint=way_out,
        )
    for part in offered:
        if lacking := _lacking(part, kind):
            raise PluginError(
                f"plugin {owner!r} offers {part!r}, which is no {kind.__name__}: {lacking}",
                hint=way_out,
            )
    return list(offered)


def _lacking(part: object, kind: type[object]) -> str:
    """Return what keeps `part` from being a `kind`: for a Protocol its members, else its class; empty = nothing."""
    if Protocol not in kind.__mro__:
        return "" if isinstance(part, kind) else f"it is a {type(part).__name__}"
    members = {
        name
        for base in kind.__mro__
        if Protocol in base.__mro__ and base is not Protocol
        for name in (*vars(base), *getattr(base, "__annotations__", {}))
        if not name.startswith("_")
    }
    missing = sorted(name for name in members if not hasattr(part, name))
    return f"no {', '.join(missing)}" if missing else ""


def _reason(error: BaseException) -> str:
    return error.message if isinstance(error, AmmoError) else f"{type(error).__name__}: {error}"
