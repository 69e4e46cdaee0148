"""The inbox: what buddies wrote first and why, what they held back and why, and where else it goes (W13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from ammo_agents.app import App
from ammo_agents.errors import BadInputError
from ammo_agents.records import CreationId
from ammo_agents.round import abroad, channels, contact, profile
from ammo_agents.round.addresses import AddressBook, shown
from ammo_agents.round.answers import ANSWERS, Answering
from ammo_agents.round.asking import Asking, Question
from ammo_agents.round.companion import Companion
from ammo_agents.round.delivery import Mail
from ammo_agents.round.desk import Desk
from ammo_agents.round.notices import KIND, Notice, fold
from ammo_agents.round.outward import Outward
from ammo_agents.user.contact import Rules, local_day, next_open
from ammo_agents.views.cards import card as card_of
from ammo_agents.views.quotes import names_of

Plain = dict[str, Any]
RECENT = 200
"""Entries looked back for the count of unread notices."""
RULES = ("proactive", "quiet_from", "quiet_to", "zone", "most_a_day", "never_hours", "muted")
"""Choices of the profile that are about being contacted."""
FOLDED = 50
"""Earlier and suppressed notices that are listed."""


async def unread(app: App) -> int:
    """Return how many notices wait to be read: cheap enough for every page."""
    newest = await app.ledger.diary.newest(app.person, kind=KIND, limit=RECENT)
    now = app.clock.now()
    found = fold(reversed(newest)).values()
    return sum(notice.is_unread and not notice.is_expired(now) for notice in found)


async def inbox(app: App, *, with_channels: bool = True) -> Plain:
    """Give the notices, newest first, each with every gate's value; what was held back today, and the rules."""
    desk, now = desk_of(app), app.clock.now()
    rules, chosen = await desk.rules(), await desk.profile()
    known = sorted((await desk.notices()).values(), key=lambda one: one.at, reverse=True)
    day = local_day(now, rules)
    sent = [one for one in known if one.stand == "sent"]
    current = [one for one in sent if not one.is_expired(now)]
    held = [one for one in known if one.stand != "sent" and local_day(one.at, rules) == day]
    used = sum(local_day(one.at, rules) == day for one in sent)
    folded = [one for one in sent if one.is_expired(now)][:FOLDED]
    told = [one.proposal.buddy for one in (*current, *folded, *held[:FOLDED])]
    names = await names_of(app, (*told, *chosen.muted))
    return {
        "line": f"{'' if any(n.is_unread for n in current) else 'Quiet. '}{used} of {rules.most_a_day} used today",
        "used": used,
        "most": rules.most_a_day,
        "unread": sum(one.is_unread for one in current),
        "messages": [_notice(one, now, rules, names) for one in current],
        "earlier": [_notice(one, now, rules, names) for one in folded],
        "held_back": [_notice(one, now, rules, names) for one in held[:FOLDED]],
        "names": names,
        "held_back_count": len(held),
        "channels": await _channels(app, known, chosen.channels) if with_channels else [],
        "answers": list(ANSWERS),
        "rules": _rules(chosen, rules, now),
    }


async def answer(app: App, *, which: str, said: str) -> Plain:
    """Keep an answer to a notice: more, less, mute its buddy, or never at this time."""
    answering = answering_of(app)
    found = await answering.answer(which, said)
    return {
        **await _told(app, found.notice, await answering.desk.rules()),
        "said": said,
        "repeated": found.repeated,
        "receipt": found.words,
        "feedback": None if found.given is None else found.given.feedback,
    }


async def open_notice(app: App, *, which: str) -> Plain:
    """Mark a notice as read and give its card, which may be judged from now on."""
    answering = answering_of(app)
    notice, presented = await answering.open(which)
    about, rules = notice.proposal, await answering.desk.rules()
    found: Plain = {**await _told(app, notice, rules), "open_card": None}
    if about.creation:
        here = await app.companion(about.subspace)
        creation = await app.ledger.creation(CreationId(about.creation))
        slot, _ = await here.explain(creation)
        found["open_card"] = card_of(creation, slot=slot, acts=here.acts_on(creation))
    found["first_shown"] = presented is not None
    return found


async def one(app: App, *, which: str) -> Plain:
    """Give one notice by its number, its id or the first letters of it."""
    answering = answering_of(app)
    return await _told(app, await answering.find(which), await answering.desk.rules())


async def read(app: App, *, which: str = "") -> Plain:
    """Mark one notice, or all of them, as read."""
    answering, now = answering_of(app), app.clock.now()
    waiting = [n for n in (await answering.desk.notices()).values() if n.is_unread]
    names = [which] if which else [n.id for n in waiting if not n.is_expired(now)]
    done = [await answering.read(name) for name in names]
    return {"read": [notice.id for notice in done], "unread": await unread(app)}


async def set_rules(
    app: App, *, choices: Mapping[str, Any], allow: Mapping[str, Sequence[Any]] | None = None
) -> Plain:
    """Keep choices about being contacted: proactive, quiet_from, quiet_to, zone, most_a_day, never_hours, muted.

    `allow` takes members out of ``muted`` and ``never_hours``. All is checked before anything is kept.
    """
    desk = desk_of(app)
    chosen, wanted = await desk.profile(), dict(choices)
    for name, members in (allow or {}).items():
        if members:
            wanted[name] = [one for one in getattr(chosen, name, ()) if one not in members]
    for name, value in wanted.items():
        if name not in RULES:
            raise BadInputError(
                f"no rule is called {name!r}", hint=f"There are {', '.join(RULES)}."
            )
        profile.converted(name, value)
    for name, value in wanted.items():
        await profile.choose(
            desk.diary, desk.person, name, value, settings=app.settings, clock=app.clock
        )
    return {"rules": _rules(await desk.profile(), await desk.rules(), app.clock.now())}


async def channel_list(app: App) -> Plain:
    """List the channels with the last error of each, never with an address."""
    desk = desk_of(app)
    known = sorted((await desk.notices()).values(), key=lambda one: one.at, reverse=True)
    listed = await _channels(app, known, (await desk.profile()).channels)
    return {"channels": listed, "sorts": sorted(channels.providers(app.plugins))}


async def channel_add(
    app: App, *, name: str, address: str, events: Sequence[str] = ("notice",), owner: bool = False
) -> Plain:
    """Keep an address and switch its channel on; a webhook's secret is shown this once.

    Only the `owner` of this machine may type private addresses and apprise lines (S9).
    """
    desk, book = desk_of(app), book_of(app)
    offered = channels.providers(app.plugins)
    wanted = await channels.checked(name, address, events, owner=owner, offered=offered)
    kept = await book.add(app.person, wanted)
    chosen = (*(c for c in (await desk.profile()).channels if c != name), name)
    await profile.choose(
        desk.diary, desk.person, "channels", chosen, settings=app.settings, clock=app.clock
    )
    return {
        "name": name,
        "sort": kept.provider,
        "address": shown(kept),
        "events": list(kept.events),
        "secret": kept.secret if kept.provider == channels.WEBHOOK else "",
    }


async def channel_test(app: App, *, name: str) -> Plain:
    """Send one test message now."""
    mail = mail_of(app)
    try:
        done = await mail.test(name)
    finally:
        await mail.close()
    return {"name": name, "delivered": done.delivered, "error": done.error}


async def channel_remove(app: App, *, name: str) -> Plain:
    """Switch a channel off and forget its address."""
    desk = desk_of(app)
    await book_of(app).remove(app.person, name)
    chosen = tuple(c for c in (await desk.profile()).channels if c != name)
    await profile.choose(
        desk.diary, desk.person, "channels", chosen, settings=app.settings, clock=app.clock
    )
    return {"name": name, "removed": True}


# --- the parts it is made of ------------------------------------------------------------------
def desk_of(app: App) -> Desk:
    """Return the desk of the app's person."""

    async def seen() -> dt.datetime | None:
        newest = await app.ledger.slates(app.person, limit=1)
        return newest[0].at if newest else None

    return Desk(
        person=app.person,
        settings=app.settings,
        diary=app.ledger.diary,
        clock=app.clock,
        seen=seen,
        turn=app.parts.locks[f"contact/{app.person}"],
    )


def book_of(app: App) -> AddressBook:
    """Return the address book of this home."""
    return AddressBook(app.folders.data / "keys", app.parts.locks["addresses"])


def mail_of(app: App, *, url: str = "") -> Mail:
    """Return what carries the person's notices out; `url` is where the app answers, for links."""
    return Mail(
        person=app.person,
        book=book_of(app),
        providers=channels.providers(app.plugins),
        clock=app.clock,
        url=url,
    )


def answering_of(app: App) -> Answering:
    """Return what takes the person's answers."""

    async def asking(name: str) -> Asking:
        knowledge = await app.knowledge(app.subspace(name))
        return Asking(companion=await app.companion(name), knowledge=knowledge)

    return Answering(desk=desk_of(app), companion=app.companion, asking=asking)


def watch_of(app: App, *, url: str = "", say: contact.Say | None = None) -> contact.Watch:
    """Return the watch of the app's person, whose `tick` a server calls every minute."""

    async def companions() -> list[Companion]:
        if await app.ledger.meta("basis") is None:
            return []  # nothing was ever shown here: no reason to open an embedder
        chosen = (await desk_of(app).profile()).subspace
        feeds = abroad.places(app, chosen or app.settings.subspace)
        names = dict.fromkeys([*feeds, *app.parts.worlds])
        return [await app.companion(name) for name in names]

    async def ask(companion: Companion) -> Question | None:
        if app.parts.embedder is None:
            return None  # a question is not worth opening one for
        space = app.subspace(companion.subspace)
        return await Asking(companion=companion, knowledge=await app.knowledge(space)).question()

    mail = mail_of(app, url=url)
    return contact.Watch(
        desk=desk_of(app),
        companions=companions,
        mail=mail,
        outward=Outward(mail=mail, ledger=app.ledger),
        say=say,
        ask=ask,
    )


async def _told(app: App, notice: Notice, rules: Rules) -> Plain:
    """Return one notice with the name of whoever writes it."""
    names = await names_of(app, [notice.proposal.buddy])
    return _notice(notice, app.clock.now(), rules, names)


def _notice(notice: Notice, now: dt.datetime, rules: Rules, names: Mapping[str, str]) -> Plain:
    about, local = notice.proposal, notice.at.astimezone(rules.zone)
    today = local.date() == local_day(now, rules)
    return {
        "id": notice.id,
        "number": notice.number,
        "kind": about.kind,
        "title": about.title,
        "text": about.text,
        "buddy": about.buddy,
        "buddy_name": names.get(about.buddy, about.buddy),
        "subspace": about.subspace,
        "card": about.creation,
        "matter": about.matter,
        "url": about.url,
        "at": notice.at.isoformat(),
        "when": f"{local:%H:%M}" if today else f"{local.day} {local:%b, %H:%M}",
        "expires": notice.expires.isoformat(),
        "stand": "expired" if notice.is_expired(now) else notice.stand,
        "unread": notice.is_unread and not notice.is_expired(now),
        "answers": list(notice.answers),
        "among": about.among,
        "reason": notice.reason,
        "failed": notice.failed,
        "waits": notice.waits and now < notice.expires,
        "gates": [dict(gate) for gate in notice.gates],
        "channels": [
            {
                "name": name,
                "delivered": name in notice.delivered,
                "error": notice.failures[name].error if name in notice.failures else "",
            }
            for name in notice.channels
        ],
    }


async def _channels(app: App, known: Sequence[Notice], on: Sequence[str]) -> list[Plain]:
    """Return each kept channel with its last success and its last error, newest notice first."""
    found = []
    for name, address in sorted((await book_of(app).all(app.person)).items()):
        failures = [
            (n.failures[name].at, n.failures[name].error) for n in known if name in n.failures
        ]
        went = [n.delivered[name] for n in known if name in n.delivered]
        error_at, error = max(failures, default=(None, ""))
        last = max(went, default=None)
        if last is not None and error_at is not None and last > error_at:
            error = ""
        found.append({
            "name": name,
            "sort": address.provider,
            "address": shown(address),
            "events": list(address.events),
            "on": name in on,
            "delivered_at": None if last is None else last.isoformat(),
            "error": error,
            "error_at": error_at.isoformat() if error and error_at else None,
            "waiting": sum(name in n.pending and app.clock.now() < n.expires for n in known),
        })
    return found


def _rules(chosen: profile.Profile, rules: Rules, now: dt.datetime) -> Plain:
    opens = next_open(now, rules)
    return {
        "proactive": chosen.proactive,
        "quiet_from": chosen.quiet_from,
        "quiet_to": chosen.quiet_to,
        "zone": chosen.zone,
        "most_a_day": chosen.most_a_day,
        "never_hours": list(chosen.never_hours),
        "muted": list(chosen.muted),
        "open_now": opens is not None and opens <= now,
        "opens": None if opens is None else opens.astimezone(rules.zone).isoformat(),
        "score": rules.score,
        "novelty": rules.novelty,
        "idle_days": rules.idle_days,
    }
