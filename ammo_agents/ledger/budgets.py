"""Spend: booked at its worst before a call, corrected after it (S10)."""

from __future__ import annotations

import datetime as dt
import sqlite3

from ammo_agents.errors import BudgetError, ConflictError, NotFoundError
from ammo_agents.ledger.codec import body_hash
from ammo_agents.ledger.log import Request, append, stored
from ammo_agents.ports import BudgetLimits, Receipt, Spent
from ammo_agents.records import Usage

CENT = 1e-9
"""US dollars by which a sum of floats may pass a limit."""


def reserve(
    db: sqlite3.Connection,
    request: Request,
    spender: str,
    day: dt.date,
    want: Spent,
    limits: BudgetLimits,
) -> Receipt:
    """Book `want` for `spender` on `day`; raises `BudgetError` and books nothing beyond a limit."""
    if receipt := stored(db, request):
        return receipt
    used = spent(db, spender, day)
    _check(spender, day, used, want, limits)
    seq = append(db, request)
    row = (spender, day.isoformat(), want.creations, want.tokens, want.money)
    db.execute("INSERT INTO reservations VALUES (?, ?, ?, ?, ?, ?, 0)", (request.key, *row))
    _book(db, row)
    return Receipt(seq=seq)


def reservation_request(key: str, spender: str, day: dt.date, want: Spent) -> Request:
    """Return what a reservation says of itself; the limits are the program's, not the caller's."""
    return Request(key=key, kind="reserve", body=body_hash(spender, day, want))


def settle(db: sqlite3.Connection, key: str, reservation: str, usage: Usage | None) -> Receipt:
    """Replace the reservation's tokens and money by what was used; None keeps the worst case."""
    request = Request(key=key, kind="settle", body=body_hash(reservation, usage))
    if receipt := stored(db, request):
        return receipt
    row = db.execute(
        "SELECT spender, day, tokens, money, settled FROM reservations WHERE key = ?",
        (reservation,),
    ).fetchone()
    if row is None:
        raise NotFoundError(f"no reservation {reservation}", hint="Reserve before you settle.")
    spender, day, tokens, money, settled = row
    if settled:
        raise ConflictError(
            f"reservation {reservation} was settled before, under another key",
            hint="Settle each reservation once.",
        )
    seq = append(db, request)
    db.execute("UPDATE reservations SET settled = 1 WHERE key = ?", (reservation,))
    if usage is not None:
        more = usage.tokens_in + usage.tokens_out - tokens
        _book(db, (spender, day, 0, more, usage.money - money))
    return Receipt(seq=seq)


def spent(db: sqlite3.Connection, spender: str, day: dt.date) -> Spent:
    """Return what a spender used and reserved on a day; ``name*`` sums every spender beginning with it."""
    where, value = "spender = ?", spender
    if spender.endswith("*"):
        where, value = "substr(spender, 1, length(?)) = ?", spender[:-1]
    query = (
        "SELECT COALESCE(SUM(creations), 0), COALESCE(SUM(tokens), 0), COALESCE(SUM(money), 0.0) "  # noqa: S608 - one of the two texts above
        f"FROM spend WHERE day = ? AND {where}"
    )
    values = [value] * where.count("?")
    row = db.execute(query, (day.isoformat(), *values)).fetchone()
    return Spent(creations=row[0], tokens=row[1], money=row[2])


def worst_case(worst: Usage, creations: int) -> Spent:
    """Return what a call may use at most."""
    return Spent(creations=creations, tokens=worst.tokens_in + worst.tokens_out, money=worst.money)


def _check(spender: str, day: dt.date, used: Spent, want: Spent, limits: BudgetLimits) -> None:
    for name, unit in (("creations", "creations"), ("tokens", "tokens"), ("money", "US dollars")):
        limit = getattr(limits, name)
        after = getattr(used, name) + getattr(want, name)
        if limit is not None and after > limit + (CENT if name == "money" else 0):
            raise BudgetError(
                f"{spender} has used {getattr(used, name):g} of {limit:g} {unit} on {day}, "
                f"{getattr(want, name):g} more would pass the limit",
                hint=f"Wait for the next day, or raise {name}_per_day.",
            )


def _book(db: sqlite3.Connection, row: tuple[str, str, int, int, float]) -> None:
    db.execute(
        "INSERT INTO spend VALUES (?, ?, ?, ?, ?) ON CONFLICT (spender, day) DO UPDATE SET "
        "creations = creations + excluded.creations, tokens = tokens + excluded.tokens, "
        "money = money + excluded.money",
        row,
    )
