"""The plugin seam: what a plugin may offer, and the loader that keeps a bad one from hurting the rest.

The only file that imports pluggy. A plugin is a module with ``@hookimpl`` functions, named by an
entry point of the group ``ammo``. Hooks register objects; the objects do the work.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, Protocol, TypeVar, cast

import pluggy

from ammo_agents.errors import AmmoError, PluginError
from ammo_agents.ports import Evidence, ModelProvider, StoreProvider, Subspace
from ammo_agents.settings import Settings

GROUP = "ammo"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)
T = TypeVar("T")


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

    def subspaces(self) -> list[Subspace]:
        """Return every subspace; two with one id are a fault of both."""
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

    def add(self, name: str, module: object, *, version: str = "") -> None:
        """Register one plugin object; a fault disables it and is kept with its reason."""
        fault = ""
        try:
            self._manager.register(module, name=name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            fault = str(error).strip().splitlines()[-1]
        module_name = str(getattr(module, "__name__", type(module).__name__))
        self.states.append(PluginState(name=name, module=module_name, version=version, fault=fault))

    def _collect(
        self, hook: str, kind: type[Any], name_of: Callable[[Any], str], **arguments: object
    ) -> list[Any]:
        found: dict[str, tuple[str, Any]] = {}
        for impl in getattr(self._manager.hook, hook).get_hookimpls():
            owner = str(impl.plugin_name)
            try:
                wanted = {k: v for k, v in arguments.items() if k in impl.argnames}
                for part in _checked(owner, hook, kind, impl.function(**wanted)):
                    key = name_of(part)
                    if key in found:
                        raise PluginError(
                            f"plugins {found[key][0]!r} and {owner!r} both offer {key!r}",
                            hint=f"Uninstall one of them; {found[key][0]!r} is in use.",
                        )
                    found[key] = (owner, part)
            except Exception as error:  # noqa: BLE001 - the plugin boundary: one bad plugin never stops the rest
                self._disable(owner, error)
        return [part for _, part in found.values()]

    def _disable(self, name: str, error: Exception) -> None:
        if self._manager.has_plugin(name):
            self._manager.unregister(name=name)
        reason = (
            error.message if isinstance(error, AmmoError) else f"{type(error).__name__}: {error}"
        )
        self.states = [
            PluginState(name=s.name, module=s.module, version=s.version, fault=reason)
            if s.name == name
            else s
            for s in self.states
        ]


def _checked(owner: str, hook: str, kind: type[T], offered: object) -> Iterable[T]:
    if not isinstance(offered, Sequence) or isinstance(offered, str):
        raise PluginError(
            f"plugin {owner!r}: {hook} returned {type(offered).__name__}, which is no list",
            hint=f"{hook} must return a list of {kind.__name__}.",
        )
    for part in offered:
        names = (
            [n for n in getattr(kind, "__protocol_attrs__", ())]
            if not isinstance(kind, type)
            else []
        )
        if getattr(kind, "_is_protocol", False):
            names = sorted(kind.__annotations__) + [n for n in vars(kind) if not n.startswith("_")]
            missing = [n for n in names if not hasattr(part, n)]
            if missing:
                raise PluginError(
                    f"plugin {owner!r} offers {part!r}, which is no {kind.__name__}: no {', '.join(missing)}",
                    hint=f"{hook} must return a list of {kind.__name__}.",
                )
        elif not isinstance(part, kind):
            raise PluginError(
                f"plugin {owner!r} offers {part!r}, which is no {kind.__name__}",
                hint=f"{hook} must return a list of {kind.__name__}.",
            )
        yield cast(T, part)


def load_plugins(settings: Settings) -> Plugins:
    """Return the plugins named by entry points; a broken one is disabled, listed with its reason, and never just absent."""
    plugins = Plugins(settings)
    plugins._manager.add_hookspecs(Hooks)
    wanted = settings.plugins
    for point in sorted(metadata.entry_points(group=GROUP), key=lambda p: p.name):
        if wanted is not None and point.name not in wanted:
            continue
        version = point.dist.version if point.dist is not None else ""
        try:
            module = importlib.import_module(point.value.partition(":")[0])
        except Exception as error:  # noqa: BLE001 - the plugin boundary
            fault = f"{type(error).__name__}: {error}"
            plugins.states.append(
                PluginState(name=point.name, module=point.value, version=version, fault=fault)
            )
            continue
        plugins.add(point.name, module, version=version)
    return plugins
