"""The inbox as pages and as JSON: every state, every answer, and nothing of an address."""

import asyncio
import datetime as dt
import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from ammo_agents.app import App
from ammo_agents.ports import Address
from ammo_agents.round.addresses import AddressBook
from ammo_agents.round.notices import Notice, Proposal
from ammo_agents.views import inbox
from ammo_agents.web.server import Server

Came = Callable[..., Awaitable[httpx.AsyncClient]]
FRAGMENT = {"X-Fragment": "1"}


async def written_to(app: App) -> Notice:
    """Send the person a card, whatever the hour is."""
    desk = inbox.desk_of(app)
    choices = {"quiet_from": "00:00", "quiet_to": "00:00"}
    await inbox.set_rules(app, choices=choices)
    here = await app.companion()
    pool = await here.recall(await here.preference())
    card = await app.ledger.creation(pool.ids[0])
    later = app.clock.now() + dt.timedelta(minutes=11)

    class Later:
        def now(self) -> dt.datetime:
            return later

    desk.clock = Later()
    return await desk.notify(
        Proposal(
            kind="notify",
            matter=card.entity,
            title=card.title.text + " <script>alert(1)</script>",
            text=card.hook.text,
            key=card.id,
            subspace=card.subspace,
            creation=card.id,
            entity=card.entity,
            buddy=card.buddy,
            score=0.9,
            novelty=0.5,
        )
    )


async def form(client: httpx.AsyncClient) -> str:
    """Return the form token of the page."""
    text = (await client.get("/inbox")).text
    return str(re.findall(r'name="csrf" value="([0-9a-f]+)"', text)[0])


async def test_an_empty_inbox_is_quiet_and_says_how_much_is_used(come: Came) -> None:
    client = await come()
    found = await client.get("/inbox")
    assert found.status_code == 200
    assert "Quiet. 0 of 3 used today" in found.text
    assert (await client.get("/api/v1/inbox")).json()["line"] == "Quiet. 0 of 3 used today"


async def test_a_message_is_shown_with_why_now_and_its_text_is_inert(come: Came, app: App) -> None:
    client = await come()
    sent = await written_to(app)
    page = (await client.get("/inbox")).text
    assert sent.id in page
    assert re.search(r"<strong>[A-Z][\w. ]+ Buddy</strong>", page)
    assert f">{sent.proposal.buddy}<" not in page
    assert "score 0.90, at least 0.70" in page
    assert "<script>alert" not in page
    assert 'aria-label="1 unread"' in page
    assert await inbox.unread(app) == 1, "looking changes nothing"


async def test_more_by_a_form_counts_and_the_fragment_shows_the_receipt(
    come: Came, app: App
) -> None:
    client, sent = await come(), await written_to(app)
    fields = {"csrf": await form(client), "which": sent.id, "said": "more"}
    part = await client.post("/inbox/answer", data=fields, headers=FRAGMENT)
    assert part.status_code == 200
    assert "go from" in part.text
    assert 'id="inbox-line"' in part.text
    again = await client.post("/inbox/answer", data=fields)
    assert (again.status_code, again.headers["location"]) == (303, f"/inbox#{sent.id}")
    assert [e.feedback.act for e in (await app.companion()).events] == ["like"]
    assert "you said: more" in (await client.get("/inbox")).text


async def test_opening_shows_the_card_so_that_it_can_be_judged(come: Came, app: App) -> None:
    client, sent = await come(), await written_to(app)
    fields = {"csrf": await form(client), "which": sent.id}
    found = await client.post("/inbox/open", data=fields)
    assert found.headers["location"] == f"/card/{sent.proposal.creation}"
    assert (await client.get(found.headers["location"])).status_code == 200
    assert await inbox.unread(app) == 0


async def test_every_form_works_without_javascript(come: Came, app: App) -> None:
    client, sent = await come(), await written_to(app)
    token = {"csrf": await form(client)}
    buddy = sent.proposal.buddy
    posts: list[tuple[str, dict[str, str]]] = [
        ("/inbox/read", {}),
        ("/inbox/answer", {"which": sent.id, "said": "mute"}),
        ("/inbox/answer", {"which": sent.id, "said": "never"}),
        ("/inbox/allow", {"buddy": buddy}),
        ("/inbox/allow", {"hour": "3"}),
        (
            "/inbox/rules",
            {
                "quiet_from": "21:30",
                "quiet_to": "07:00",
                "zone": "Europe/Berlin",
                "most_a_day": "2",
            },
        ),
    ]
    for path, fields in posts:
        assert (await client.post(path, data={**token, **fields})).status_code == 303, path
    rules = (await client.get("/api/v1/inbox")).json()["rules"]
    assert (rules["proactive"], rules["quiet_from"], rules["most_a_day"]) == (False, "21:30", 2)
    assert (rules["zone"], rules["muted"]) == ("Europe/Berlin", [])
    page = (await client.get("/inbox")).text
    assert "switched off" in page


async def test_what_was_held_back_is_listed_with_the_reason(come: Came, app: App) -> None:
    client = await come()
    await inbox.desk_of(app).notify(
        Proposal(kind="notify", matter="a/b", title="Too early", text="x")
    )
    page = (await client.get("/inbox")).text
    assert "1 not sent today, and why" in page
    assert "nobody has ever looked" in page


async def test_a_channel_is_added_tested_and_removed_and_its_address_never_shown(
    come: Came, app: App
) -> None:
    client = await come()
    async with await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    token = await form(client)
    fields = {"csrf": token, "name": "hook", "address": f"http://127.0.0.1:{port}/s3cr3t"}
    added = await client.post("/inbox/channels", data={**fields, "events": ["card"]})
    assert added.status_code == 200
    secret = (await AddressBook(app.folders.data / "keys").all(app.person))["hook"].secret
    assert secret in added.text
    assert "http://…" in added.text
    tested = await client.post("/inbox/channels/test", data={"csrf": token, "name": "hook"})
    assert "did not reach hook" in tested.text
    assert "no answer" in tested.text
    listed = await client.get("/inbox")
    for answer in (added, tested, listed, await client.get("/api/v1/inbox")):
        assert "s3cr3t" not in answer.text
    assert secret not in listed.text + tested.text
    gone = await client.post("/inbox/channels/remove", data={"csrf": token, "name": "hook"})
    assert gone.status_code == 303
    assert "Nowhere else" in (await client.get("/inbox")).text


async def test_somebody_who_is_not_the_owner_may_not_call_into_this_network(
    come: Came, app: App
) -> None:
    client = await come("bea", role="user")
    token = await form(client)
    for address in ("http://127.0.0.1:1/x", "https://10.0.0.1/x", "json://127.0.0.1/x"):
        fields = {"csrf": token, "name": "hook", "address": address}
        assert (await client.post("/inbox/channels", data=fields)).status_code == 403
    assert (await client.get("/api/v1/inbox")).json()["channels"] == []


async def test_the_page_says_which_channel_failed_and_that_nothing_is_lost(
    come: Came, app: App
) -> None:
    client = await come()
    book = AddressBook(app.folders.data / "keys")
    await book.add(app.person, Address(name="phone", provider="nobody", url="nobody://s3cr3t"))
    desk = inbox.desk_of(app)
    await inbox.profile.choose(
        desk.diary, app.person, "channels", ["phone"], settings=app.settings, clock=app.clock
    )
    sent = await written_to(app)
    mail = inbox.mail_of(app)
    assert await mail.deliver({sent.id: sent}, desk.note) == (0, 1)
    page = (await client.get("/inbox")).text
    assert "phone did not take it" in page
    assert "1 waiting, sent later; nothing is lost." in page
    assert "s3cr3t" not in page


async def test_a_damaged_file_of_addresses_leaves_the_messages_readable(
    come: Came, app: App
) -> None:
    client, sent = await come(), await written_to(app)
    folder = app.folders.data / "keys"
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    await asyncio.to_thread((folder / "channels.json").write_text, "{", encoding="utf-8")
    page = await client.get("/inbox")
    assert page.status_code == 200
    assert sent.id in page.text
    assert "The channels cannot be read." in page.text


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("answer", {"which": "n_zzzzzzzzzzzz", "said": "more"}, 404),
        ("answer", {"which": "1", "said": "maybe"}, 422),
        ("answer", {"which": "1"}, 422),
        ("open", {"which": "7"}, 404),
        ("open", {"which": "../x"}, 422),
        ("channels", {"name": "x", "address": "nonsense"}, 422),
        ("channels", {"name": "X X", "address": "https://e.org"}, 422),
        ("channels", {"name": "x", "address": "https://e.org", "events": ["all"]}, 422),
        ("channels/test", {"name": "nobody"}, 404),
        ("channels/remove", {"name": "nobody"}, 404),
    ],
)
async def test_bad_input_is_refused_with_a_problem(
    path: str, body: dict[str, object], status: int, come: Came
) -> None:
    client = await come(bearer=True)
    answer = await client.post(f"/api/v1/inbox/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_bad_rules_are_refused_and_none_of_them_is_kept(come: Came) -> None:
    client = await come(bearer=True)
    before = (await client.get("/api/v1/inbox")).json()["rules"]
    for body in (
        {"most_a_day": 2, "zone": "Mars/Olympus"},
        {"quiet_from": "25:00"},
        {"most_a_day": 25},
        {"never_hours": [24]},
        {"unknown": 1},
    ):
        assert (await client.put("/api/v1/inbox/rules", json=body)).status_code == 422, body
    now = (await client.get("/api/v1/inbox")).json()["rules"]
    assert {**now, "opens": ""} == {**before, "opens": ""}


async def test_a_notice_of_somebody_else_does_not_exist(
    come: Came, app: App, server: Server
) -> None:
    sent = await written_to(app)
    client = await come("mallory", role="user", bearer=True)
    for path, body in (
        ("answer", {"which": sent.id, "said": "mute"}),
        ("open", {"which": sent.id}),
    ):
        assert (await client.post(f"/api/v1/inbox/{path}", json=body)).status_code == 404
    assert sent.id not in (await client.get("/api/v1/inbox")).text
