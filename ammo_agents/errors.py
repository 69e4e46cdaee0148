"""Every error AMMO raises on purpose.

::

    AmmoError                     exit  code
    ├── BadInputError              2    AMMO-0100   misuse, malformed data, a missing extra, key or model
    │   ├── NotFoundError          2    AMMO-0101   an id nobody knows
    │   ├── SettingError           2    AMMO-0102   a setting that cannot be used
    │   ├── MissingPartError       2    AMMO-0103   a plugin or a model file that is not installed
    │   └── VectorError            2    AMMO-0104   NaN, infinite, zero or wrongly sized vectors
    ├── RefusedError               3    AMMO-0300   safety, lock, version, guard
    │   ├── LockedError            3    AMMO-0301   another process owns the data directory
    │   ├── SpaceMismatchError     3    AMMO-0302   another embedder, or another D, than the space's
    │   ├── VersionError           3    AMMO-0303   data of a newer AMMO
    │   ├── TamperedError          3    AMMO-0304   a file whose hash is not the manifest's
    │   ├── PluginError            3    AMMO-0305   a plugin that broke the contract
    │   ├── ConflictError          3    AMMO-0306   one idempotency key with two bodies
    │   └── LeakError              3    AMMO-0307   an evaluation that would let the answers into what is learned
    ├── DamagedError               4    AMMO-0400   a store that cannot be trusted
    ├── ResourceError              5    AMMO-0500   out of a resource
    │   ├── BudgetError            5    AMMO-0501   creations, tokens or money of the day are spent
    │   └── DiskFullError          5    AMMO-0502   free space is below the floor
    └── ModelError                 2    AMMO-0600   a model gave no usable answer: an attempt, never a crash
        ├── ModelTimeoutError      2    AMMO-0601   nothing in time
        ├── ModelCrashedError      2    AMMO-0602   the process or the provider went away
        ├── ModelAnswerError       2    AMMO-0603   an answer that breaks its schema, is cut off, or is no text
        └── AdapterError           3    AMMO-0604   an adapter that this model cannot, or may not, write with

Exit code 1 is kept for bugs. Each message names the thing and both sides of a mismatch; each hint is one way out.
"""

from __future__ import annotations

from typing import ClassVar


class AmmoError(Exception):
    """A refusal that says what failed, why, and what to do."""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "AMMO-0000"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadInputError(AmmoError):
    """The caller gave something that cannot be used."""

    exit_code = 2
    code = "AMMO-0100"


class NotFoundError(BadInputError):
    """An id that nobody knows, or that belongs to somebody else."""

    code = "AMMO-0101"


class SettingError(BadInputError):
    """A setting that cannot be used."""

    code = "AMMO-0102"


class MissingPartError(BadInputError):
    """A plugin, an extra or a model file that is not on this machine."""

    code = "AMMO-0103"


class VectorError(BadInputError):
    """A vector that is not finite, is zero, or has the wrong length."""

    code = "AMMO-0104"


class RefusedError(AmmoError):
    """AMMO will not do this, for safety."""

    exit_code = 3
    code = "AMMO-0300"


class LockedError(RefusedError):
    """Another process owns the data directory."""

    code = "AMMO-0301"

    def __init__(self, message: str, *, hint: str = "", pid: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.pid = pid


class SpaceMismatchError(RefusedError):
    """Two parts of one MetaSpace disagree about the embedder or about D."""

    code = "AMMO-0302"


class VersionError(RefusedError):
    """The data were written by a newer AMMO."""

    code = "AMMO-0303"


class TamperedError(RefusedError):
    """A file whose hash is not the one its manifest states."""

    code = "AMMO-0304"


class PluginError(RefusedError):
    """A plugin that broke the contract; it names the culprit."""

    code = "AMMO-0305"


class ConflictError(RefusedError):
    """One idempotency key came with two different bodies."""

    code = "AMMO-0306"


class LeakError(RefusedError):
    """An evaluation that would let the answers, or the evaluated person, into what is learned."""

    code = "AMMO-0307"


class DamagedError(AmmoError):
    """A store that cannot be trusted; nothing is served from it."""

    exit_code = 4
    code = "AMMO-0400"


class ResourceError(AmmoError):
    """Out of a resource."""

    exit_code = 5
    code = "AMMO-0500"


class BudgetError(ResourceError):
    """The creations, tokens or money of the day are spent."""

    code = "AMMO-0501"


class DiskFullError(ResourceError):
    """Free disk space is below the floor; reads go on."""

    code = "AMMO-0502"


class ModelError(AmmoError):
    """A model gave no usable answer; the attempt is recorded and nothing is published."""

    exit_code = 2
    code = "AMMO-0600"


class ModelTimeoutError(ModelError):
    """Nothing came within the deadline."""

    code = "AMMO-0601"


class ModelCrashedError(ModelError):
    """The child process or the provider went away."""

    code = "AMMO-0602"


class ModelAnswerError(ModelError):
    """An answer that breaks its schema, is cut off, or is no text."""

    code = "AMMO-0603"


class AdapterError(ModelError):
    """An adapter this model does not write with: it takes none, or this one is unknown, altered or another base's."""

    exit_code = 3
    code = "AMMO-0604"
