"""What an error code means, from the tree at the top of `errors`."""

from __future__ import annotations

import sys

from ammo_agents import errors
from ammo_agents.errors import AmmoError, NotFoundError


def explain(code: str) -> None:
    """Print what `code` stands for; raises `NotFoundError` for an unknown one."""
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, AmmoError)]
    for kind in kinds:
        if kind.code == code.upper():
            sys.stdout.write(
                f"{kind.code}  {kind.__name__}, exit code {kind.exit_code}\n{kind.__doc__}\n"
            )
            return
    known = ", ".join(sorted(k.code for k in kinds if k is not AmmoError))
    raise NotFoundError(f"no error code {code!r}", hint=f"The codes: {known}.")
