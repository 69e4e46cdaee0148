"""Verbs of who may come in: account add, list, role, password, remove; token show, new, list, revoke."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum
from typing import Annotated

import typer

from ammo_agents.cli.options import Json, part, perform
from ammo_agents.errors import BadInputError

account = typer.Typer(help="Who may log in to this home.", no_args_is_help=True)
token = typer.Typer(help="Tokens with which programs come in.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The account's name: a-z, 0-9, _ and -.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")
]
Without = Annotated[
    bool, typer.Option("--no-password", help="No password: only links and tokens let them in.")
]


class RoleName(StrEnum):
    """What an account may do."""

    reader = "reader"
    user = "user"
    author = "author"
    admin = "admin"


class ScopeName(StrEnum):
    """What a token may do."""

    read = "read"
    feedback = "feedback"
    publish = "publish"
    admin = "admin"


def attach(app: typer.Typer) -> None:
    """Add these verbs to the command."""
    app.add_typer(account, name="account")
    app.add_typer(token, name="token")


@account.command("add")
def add(
    name: Name,
    role: Annotated[RoleName, typer.Option("--role", help="What they may do.")] = RoleName.user,
    password_stdin: FromStdin = False,
    no_password: Without = False,
    as_json: Json = False,
) -> None:
    """Make an account."""
    secret = _hashed(from_stdin=password_stdin, without=no_password)
    perform("account_add", json=as_json, name=name, role=role.value, password=secret)


@account.command("list")
def listed(as_json: Json = False) -> None:
    """Show every account."""
    perform("account_list", json=as_json)


@account.command("role")
def role(
    name: Name,
    role: Annotated[RoleName, typer.Argument(help="What they may do from now on.")],
    as_json: Json = False,
) -> None:
    """Give an account another role; its sessions end."""
    perform("account_role", json=as_json, name=name, role=role.value)


@account.command("password")
def password(
    name: Name,
    password_stdin: FromStdin = False,
    no_password: Without = False,
    as_json: Json = False,
) -> None:
    """Give an account another password, or none; its sessions end."""
    secret = _hashed(from_stdin=password_stdin, without=no_password)
    perform("account_password", json=as_json, name=name, password=secret)


@account.command("remove")
def remove(name: Name, as_json: Json = False) -> None:
    """Remove an account and everything that lets it in; what the person said stays."""
    perform("account_remove", json=as_json, name=name)


@token.command("show")
def show(as_json: Json = False) -> None:
    """Print the token of programs on this machine; it is kept in a file only you may read."""
    perform("token_show", json=as_json)


@token.command("new")
def new(
    scope: Annotated[
        list[ScopeName], typer.Option("--scope", help="What it may do; may be given again.")
    ],
    label: Annotated[str, typer.Option("--label", help="What it is for.")] = "",
    days: Annotated[int | None, typer.Option("--days", help="How long it works.")] = None,
    person: Annotated[
        str | None, typer.Option("--for", help="The account it belongs to; you, if left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a token and print it, this once."""
    scopes = [one.value for one in scope]
    perform("token_new", json=as_json, scopes=scopes, label=label, days=days, person=person)


@token.command("list")
def tokens(
    person: Annotated[str | None, typer.Option("--for", help="Only this person's.")] = None,
    as_json: Json = False,
) -> None:
    """Show what lets somebody in: links, sessions, tokens and feed addresses."""
    perform("token_list", json=as_json, person=person)


@token.command("revoke")
def revoke(
    hash: Annotated[str, typer.Argument(help="The first 8 letters, as the list shows them.")],
    as_json: Json = False,
) -> None:
    """End a token, a session, a link or a feed address at once."""
    perform("token_revoke", json=as_json, hash=hash)


def _hashed(*, from_stdin: bool, without: bool) -> str:
    """Return the argon2id hash of the password as given; empty = none. The words leave this process never."""
    if from_stdin and without:
        raise BadInputError("--password-stdin and --no-password exclude each other")
    if without:
        return ""
    if from_stdin:
        words = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        words = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        raise BadInputError(
            "there is nobody to ask for a password",
            hint="Pipe it in with --password-stdin, or say --no-password.",
        )
    hashed: str = asyncio.run(part("round.login").hash_password(words))
    return hashed
