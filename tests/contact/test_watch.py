"""Writing first, with the real ledger: silence is free, one message at a time, nothing lost, nothing twice."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from ammo_agents.app import App, opened
from ammo_agents.errors import BadInputError, BudgetError, ConflictError, NotFoundError
from ammo_agents.ports import Address, Channel, Delivery, Message
from ammo_agents.records import Creation, EntityId
from ammo_agents.round import play, profile
from ammo_agents.round.addresses import AddressBook
from ammo_agents.round.contact import Watch
from ammo_agents.round.delivery import Mail, wait
from ammo_agents.round.desk import Desk
from ammo_agents.round.notices import KIND, Notice, Proposal
from ammo_agents.settings import Loaded
from ammo_agents.testing import FixedClock
from ammo_agents.views import house, inbox

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
WORD = Proposal(kind="notify", matter="a/b", title="A word", text="Just a word.", key="one")


@dataclass
class Post:
    """A sort of channel that keeps what is sent, and fails as often as it is told to."""

    name: str = "test"
    failing: int = 0
    error: str = "the line s3cret-address-phone is busy"
    sent: list[Message] = field(default_factory=list)

    async def open(self, address: Address) -> Channel:
        return self

    async def send(self, message: Message) -> Delivery:
        if self.failing:
            self.failing -= 1
            return Delivery(delivered=False, error=self.error)
        self.sent.append(message)
        return Delivery(delivered=True)

    async def close(self) -> None:
        pass


@dataclass
class Counted:
    """A model that is asked for words, and counts."""

    calls: int = 0
    words: str = "Bitcoin fell again\x07, and you follow it."

    async def __call__(self, creation: Creation) -> str:
        self.calls += 1
        return self.words


async def spent(app: App) -> tuple[int, int]:
    """Return tokens booked on models today, and notices in the diary."""
    booked = await app.ledger.spent("model*", app.clock.now().date())
    return booked.tokens, len(await app.ledger.diary.entries(app.person, kind=KIND))


async def choose(app: App, **choices: object) -> None:
    for name, value in choices.items():
        await profile.choose(
            app.ledger.diary, app.person, name, value, settings=app.settings, clock=app.clock
        )


async def write_more(app: App) -> None:
    """Let the buddies publish a day's cards."""
    await play(app.parts.worlds[app.subspace().id], most=6)


def mail(app: App, post: Post) -> Mail:
    return Mail(
        person=app.person,
        book=AddressBook(app.folders.data / "keys"),
        providers={"test": post},
        clock=app.clock,
        url="http://127.0.0.1:8642",
    )


async def with_channel(app: App, post: Post, *names: str) -> Watch:
    """Return a watch that also sends to channels of these names."""
    watch = inbox.watch_of(app)
    watch.mail = mail(app, post)
    for name in names:
        address = Address(name=name, provider="test", url=f"test://s3cret-address-{name}")
        await watch.mail.book.add(app.person, address)
    await choose(app, channels=names)
    return watch


# --- silence ----------------------------------------------------------------------------------------
async def test_a_thousand_idle_ticks_are_no_message_and_no_token(
    app: App, clock: FixedClock
) -> None:
    """Nothing new was written: the whole night and day is silent, and the diary as it was."""
    model = Counted()
    watch = inbox.watch_of(app, say=model)
    await watch.tick()  # what was there already
    before, asked = await spent(app), model.calls
    for _ in range(1000):
        found = await watch.tick()
        assert (found.sent, found.suppressed) == ((), ())
        clock.move(MINUTE / 10)
    assert (await spent(app), model.calls) == (before, asked)


@pytest.mark.parametrize(
    ("choices", "ahead", "kept"),
    [
        ({"proactive": False}, 0, False),
        ({}, 24 * 4, False),  # nobody has looked for four days
        ({"most_a_day": 0}, 0, True),
        ({"quiet_from": "11:00", "quiet_to": "13:30"}, 0, True),
        ({"never_hours": (12, 13)}, 0, True),
    ],
)
async def test_a_thousand_ticks_with_cards_that_fail_a_gate_cost_nothing(
    choices: dict[str, object], ahead: int, kept: bool, app: App, clock: FixedClock
) -> None:
    await choose(app, **choices)
    clock.move(11 * MINUTE + ahead * HOUR)
    await write_more(app)
    model = Counted()
    watch = inbox.watch_of(app, say=model)
    tokens = (await spent(app))[0]
    first = await watch.tick()
    assert first.sent == ()
    assert bool(first.suppressed) is kept
    entries = (await spent(app))[1]
    for _ in range(1000):
        assert (await watch.tick()).sent == ()
    assert await spent(app) == (tokens, entries)
    assert model.calls == 0


async def test_a_card_below_the_bar_is_no_message_and_the_best_of_them_is_kept_with_its_score(
    app: App, clock: FixedClock, settings_of: Callable[..., Awaitable[Loaded]]
) -> None:
    high = replace(app, loaded=await settings_of(AMMO_SLOTS="4", AMMO_CONTACT_SCORE="0.999"))
    model = Counted()
    watch = inbox.watch_of(high, say=model)
    for _ in range(5):
        assert (await watch.tick()).sent == ()
    (held,) = (await watch.desk.notices()).values()
    assert held.failed == "score"
    assert not held.waits
    assert held.proposal.among > 1
    assert {gate["name"] for gate in held.gates} >= {"on", "quiet", "score", "novelty"}
    assert model.calls == 0


async def test_somebody_whose_taste_is_not_known_is_not_written_to(
    settings_of: Callable[..., Awaitable[Loaded]], clock: FixedClock
) -> None:
    async with opened(await settings_of(), access="write", clock=clock) as app:
        world = await app.world(start=dt.date(2020, 3, 8))
        await play(world, most=6)
        await (await app.companion()).show(1)
        clock.move(HOUR)
        await play(world, most=6)
        found = await inbox.watch_of(app).tick()
    assert [n.failed for n in (*found.sent, *found.suppressed)] == ["score"]


# --- a message --------------------------------------------------------------------------------------
async def test_the_best_new_card_is_sent_once_with_every_value_and_the_model_asked_once(
    app: App,
) -> None:
    model = Counted()
    watch = inbox.watch_of(app, say=model)
    (sent,) = (await watch.tick()).sent
    assert sent.number == 1
    assert sent.proposal.text == "Bitcoin fell again , and you follow it."
    assert [gate["passed"] for gate in sent.gates] == [True] * 10
    here = await app.companion()
    pool = await here.recall(await here.preference())
    scores = pool.rows @ (await here.preference()).q
    assert sent.proposal.score == pytest.approx(scores.max())
    assert (await watch.tick()).sent == ()
    assert model.calls == 1


async def test_a_model_without_budget_or_words_leaves_the_cards_own_checked_words(app: App) -> None:
    async def broke(creation: Creation) -> str:
        raise BudgetError("the day's tokens are spent")

    (sent,) = (await inbox.watch_of(app, say=broke).tick()).sent
    card = await app.ledger.creation(sent.proposal.creation)  # type: ignore[arg-type]
    assert sent.proposal.text == card.hook.text


async def test_a_card_that_came_in_quiet_hours_waits_for_the_morning(
    app: App, clock: FixedClock
) -> None:
    await choose(app, quiet_from="22:00", quiet_to="08:00", zone="Asia/Tokyo")  # 12 UTC = 21 there
    clock.move(90 * MINUTE)
    await write_more(app)
    watch = inbox.watch_of(app)
    (held,) = (await watch.tick()).suppressed
    assert (held.failed, held.waits) == ("quiet", True)
    clock.move(9 * HOUR)  # 7:30 in Tokyo
    assert (await watch.tick()).sent == ()
    clock.move(30 * MINUTE)
    (sent,) = (await watch.tick()).sent
    assert sent.id == held.id


async def test_nobody_is_written_to_while_they_sit_at_the_feed(app: App, clock: FixedClock) -> None:
    watch = inbox.watch_of(app)
    await app.ledger.diary.write("here", app.person, "sitting", {}, at=clock.now())
    (held,) = (await watch.tick()).suppressed
    assert held.failed == "alone"
    clock.move(10 * MINUTE)
    assert len((await watch.tick()).sent) == 1


async def test_two_at_once_are_one_message(app: App) -> None:
    """While a model writes the first, the second is told so; and two ticks are one."""
    desk, begun, release = inbox.desk_of(app), asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        begun.set()
        await release.wait()
        return "At last."

    first = asyncio.create_task(desk.notify(WORD, say=slow))
    await begun.wait()
    second = await inbox.desk_of(app).notify(replace(WORD, key="two", matter="c/d"))
    release.set()
    assert (await first).stand == "sent"
    assert (second.stand, second.failed) == ("suppressed", "alone")
    watch = inbox.watch_of(app)
    ticks = await asyncio.gather(watch.tick(), watch.tick(), watch.tick())
    assert sum(len(tick.sent) for tick in ticks) == 1


async def test_the_same_key_is_one_notice_and_the_same_matter_waits_a_day(
    app: App, clock: FixedClock
) -> None:
    desk = inbox.desk_of(app)
    first = await desk.notify(WORD)
    assert await desk.notify(WORD) == first
    again = replace(WORD, key="two")
    assert (await desk.notify(again)).failed == "matter"
    clock.move(20 * HOUR)
    assert (await desk.notify(again)).failed in {"matter", "quiet"}
    clock.move(4 * HOUR)
    assert (await desk.notify(again)).stand == "sent"
    assert (await desk.notify(again)).number == 2


async def test_the_days_maximum_counts_questions_and_ends_with_the_persons_own_day(
    app: App, clock: FixedClock
) -> None:
    await choose(app, most_a_day=2, zone="Pacific/Auckland", quiet_from="05:00", quiet_to="05:00")
    clock.move(-90 * MINUTE)  # 10:30 UTC = 22:30 in Auckland
    desk = inbox.desk_of(app)
    stands = []
    for n, kind in enumerate(["notify", "question", "review"]):
        proposal = replace(WORD, kind=kind, matter=f"m/{n}", key=str(n))
        stands.append(await desk.notify(proposal))
    assert [one.stand for one in stands] == ["sent", "sent", "suppressed"]
    assert (stands[2].failed, stands[2].waits) == ("day", True)
    clock.move(105 * MINUTE)  # past their midnight, and past the look that choosing was
    assert (await desk.notify(replace(WORD, kind="review", matter="m/2", key="2"))).stand == "sent"


async def test_what_nobody_reads_in_a_day_is_folded_away(app: App, clock: FixedClock) -> None:
    watch = inbox.watch_of(app)
    (sent,) = (await watch.tick()).sent
    assert await inbox.unread(app) == 1
    clock.move(24 * HOUR)
    assert await inbox.unread(app) == 0
    assert [(await watch.tick()).expired for _ in range(2)] == [1, 0]
    shown = await inbox.inbox(app)
    assert [one["id"] for one in shown["earlier"]] == [sent.id]
    assert shown["messages"] == []


async def test_a_read_notice_is_never_folded_away(app: App, clock: FixedClock) -> None:
    watch = inbox.watch_of(app)
    await watch.tick()
    await inbox.read(app)
    clock.move(30 * HOUR)
    assert (await watch.tick()).expired == 0
    assert len((await inbox.inbox(app))["messages"]) == 1


async def test_one_question_a_day_is_looked_for_and_an_answer_to_it_is_feedback(
    app: App, clock: FixedClock
) -> None:
    looked = []

    async def ask(companion: object) -> object:
        looked.append(companion)
        entity = (await app.knowledge(app.subspace())).entities[0]
        return inbox.Question(entity=entity, why="your answer would help")

    watch = inbox.watch_of(app)
    watch.ask = ask  # type: ignore[assignment]
    await watch.tick()  # a card comes first
    (asked,) = (await watch.tick()).sent
    assert asked.proposal.kind == "question"
    assert (await watch.tick()).sent == ()
    assert len(looked) == 1
    given = await inbox.answer(app, which=asked.id, said="more")
    here = await app.companion()
    assert here.events[-1].feedback.id == given["feedback"]
    assert here.events[-1].entity == EntityId(asked.proposal.entity)


# --- answers ----------------------------------------------------------------------------------------
async def test_more_is_feedback_on_a_card_that_is_shown_now_and_counts_once(app: App) -> None:
    (sent,) = (await inbox.watch_of(app).tick()).sent
    here, card = await app.companion(), sent.proposal.creation
    slates, acts = await app.ledger.slates(app.person), len(here.events)
    assert await app.ledger.shown_in(app.person, card) is None  # type: ignore[arg-type]
    first = await inbox.answer(app, which="1", said="more")
    again = await inbox.answer(app, which=sent.id, said="more")
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert len(here.events) == acts + 1
    assert here.events[-1].feedback.act == "like"
    (slate,) = [one for one in await app.ledger.slates(app.person) if one not in slates]
    assert [slot.creation for slot in slate.slots] == [card]
    assert (slate.slots[0].propensity, slate.slots[0].inclusion) == (1.0, 1.0)
    assert "go from" in first["receipt"]
    with pytest.raises(ConflictError):
        await inbox.answer(app, which=sent.id, said="less")


async def test_a_notice_by_itself_is_no_look_and_no_day_of_use(app: App) -> None:
    before = await app.ledger.presented_days(app.person), len(await app.ledger.slates(app.person))
    desk = inbox.desk_of(app)
    looked = await desk.looked()
    await inbox.watch_of(app).tick()
    assert await desk.looked() == looked
    after = await app.ledger.presented_days(app.person), len(await app.ledger.slates(app.person))
    assert after == before


async def test_less_is_a_dislike(app: App) -> None:
    (sent,) = (await inbox.watch_of(app).tick()).sent
    await inbox.answer(app, which=sent.id, said="less")
    assert (await app.companion()).events[-1].feedback.act == "dislike"


async def test_an_opened_notice_shows_its_card_which_may_then_be_judged(app: App) -> None:
    (sent,) = (await inbox.watch_of(app).tick()).sent
    found = await inbox.open_notice(app, which=sent.id)
    assert found["open_card"]["id"] == sent.proposal.creation
    assert found["first_shown"]
    assert not (await inbox.open_notice(app, which=sent.id))["first_shown"]
    assert await inbox.unread(app) == 0
    here = await app.companion()
    await here.record("save", await app.ledger.creation(sent.proposal.creation))  # type: ignore[arg-type]


async def test_a_muted_buddy_and_a_closed_hour_are_choices_that_hold_at_once(
    app: App, clock: FixedClock
) -> None:
    (sent,) = (await inbox.watch_of(app).tick()).sent
    await inbox.answer(app, which=sent.id, said="mute")
    await inbox.answer(app, which=sent.id, said="never")
    rules = (await inbox.inbox(app))["rules"]
    assert rules["muted"] == [sent.proposal.buddy]
    assert rules["never_hours"] == [12]
    clock.move(15 * MINUTE)
    held = await inbox.desk_of(app).notify(replace(WORD, buddy=sent.proposal.buddy))
    assert [g["name"] for g in held.gates if not g["passed"]] == ["muted", "never"]
    await inbox.set_rules(app, choices={"muted": [], "never_hours": []})
    clock.move(11 * MINUTE)  # choosing is a look
    assert (await inbox.desk_of(app).notify(replace(WORD, key="2", matter="x"))).stand == "sent"


async def test_answers_that_make_no_sense_are_refused_and_change_nothing(app: App) -> None:
    plain = await inbox.desk_of(app).notify(WORD)
    before = await spent(app)
    with pytest.raises(BadInputError, match="no answer"):
        await inbox.answer(app, which=plain.id, said="maybe")
    with pytest.raises(BadInputError, match="no buddy"):
        await inbox.answer(app, which=plain.id, said="mute")
    for which in ("9", "n_", "", "n_zzzzzzzzzzzz"):
        with pytest.raises(NotFoundError):
            await inbox.answer(app, which=which, said="more")
    assert await spent(app) == before


async def test_nobody_answers_for_another_person(app: App) -> None:
    (sent,) = (await inbox.watch_of(app).tick()).sent
    other = app.of("mallory")  # type: ignore[arg-type]
    with pytest.raises(NotFoundError):
        await inbox.answer(other, which=sent.id, said="mute")
    assert (await inbox.inbox(other))["messages"] == []


# --- channels ---------------------------------------------------------------------------------------
async def test_a_failed_channel_queues_waits_longer_each_time_and_delivers_once(
    app: App, clock: FixedClock
) -> None:
    post = Post(failing=3)
    watch = await with_channel(app, post, "phone")
    clock.move(11 * MINUTE)
    found = await watch.tick()
    assert (len(found.sent), found.delivered, found.failed) == (1, 0, 1)
    (channel,) = (await inbox.inbox(app))["channels"]
    assert (channel["waiting"], channel["address"]) == (1, "test://…")
    assert channel["error"] == "the line … is busy"
    tried = []
    for _ in range(10):
        tick = await watch.tick()
        tried.append((tick.delivered, tick.failed))
        clock.move(MINUTE)
    # after one, two and four minutes
    assert [k for k, done in enumerate(tried) if done != (0, 0)] == [1, 3, 7]
    assert tried[7] == (1, 0)
    assert [message.id for message in post.sent] == [found.sent[0].id]
    assert post.sent[0].url == f"http://127.0.0.1:8642/inbox#{found.sent[0].id}"
    (channel,) = (await inbox.inbox(app))["channels"]
    assert (channel["error"], channel["waiting"]) == ("", 0)


async def test_one_channel_that_fails_holds_up_no_other(app: App, clock: FixedClock) -> None:
    broken, sound = Post(name="broken", failing=99), Post()
    watch = await with_channel(app, sound, "phone")
    assert watch.mail is not None
    watch.mail.providers = {"test": sound, "broken": broken}
    address = Address(name="pager", provider="broken", url="broken://s3cret-address")
    await watch.mail.book.add(app.person, address)
    await choose(app, channels=("pager", "phone", "gone"))
    clock.move(11 * MINUTE)
    found = await watch.tick()
    assert (found.delivered, found.failed) == (1, 1)
    assert len(sound.sent) == 1


async def test_a_channel_that_breaks_its_promise_is_a_failure_and_tells_no_secret(
    app: App, clock: FixedClock
) -> None:
    class Broken(Post):
        async def send(self, message: Message) -> Delivery:
            raise ValueError("s3cret-address-phone exploded")

    watch = await with_channel(app, Broken(), "phone")
    clock.move(11 * MINUTE)
    assert (await watch.tick()).failed == 1
    (channel,) = (await inbox.inbox(app))["channels"]
    assert channel["error"] == "ValueError: … exploded"


async def test_no_address_is_in_the_ledger_or_a_view(app: App, clock: FixedClock) -> None:
    watch = await with_channel(app, Post(failing=1), "phone")
    clock.move(11 * MINUTE)
    await watch.tick()
    shown = repr([await inbox.inbox(app), await inbox.channel_list(app)])
    assert "s3cret" not in shown
    found = await asyncio.to_thread(lambda: list(app.folders.data.rglob("*")))
    holding = []
    for place in found:
        if await asyncio.to_thread(place.is_file):
            bytes_ = await asyncio.to_thread(place.read_bytes)
            holding += [place.name] if b"s3cret-address" in bytes_ else []
    assert holding == ["channels.json"]


async def test_who_is_forgotten_has_no_notice_and_no_address_left(
    app: App, clock: FixedClock
) -> None:
    await with_channel(app, Post(), "phone")
    clock.move(11 * MINUTE)
    await inbox.desk_of(app).notify(WORD)
    assert (await house.forget(app))["erased"]["channels"] == 1
    assert (await inbox.inbox(app))["messages"] == []
    held = await asyncio.to_thread((app.folders.data / "keys" / "channels.json").read_text)
    assert "s3cret" not in held


def test_the_wait_doubles_up_to_an_hour() -> None:
    assert [wait(n) // MINUTE for n in (1, 2, 3, 4, 7, 50)] == [1, 2, 4, 8, 60, 60]


# --- killed ---------------------------------------------------------------------------------------
async def test_killed_between_sending_and_noting_the_inbox_has_it_once_and_the_channel_at_least_once(
    settings_of: Callable[..., Awaitable[Loaded]], clock: FixedClock
) -> None:
    post, loaded = Post(), await settings_of(AMMO_SLOTS="4")

    class KilledError(Exception):
        pass

    async def dies(notice: Notice, name: str, body: dict[str, object], key: str = "") -> None:
        raise KilledError

    async with opened(loaded, access="write", clock=clock) as app:
        desk, box = await _first(app), mail(app, post)
        await box.book.add(app.person, Address(name="phone", provider="test", url="test://x-y-z"))
        await choose(app, channels=("phone",))
        clock.move(11 * MINUTE)
        sent = await desk.notify(WORD)
        with pytest.raises(KilledError):
            await box.deliver(await desk.notices(), dies)
    async with opened(loaded, access="write", clock=clock) as app:
        desk, box = inbox.desk_of(app), mail(app, post)
        assert await desk.notify(WORD) == sent
        assert await box.deliver(await desk.notices(), desk.note) == (1, 0)
        assert await box.deliver(await desk.notices(), desk.note) == (0, 0)
        assert len((await inbox.inbox(app))["messages"]) == 1
    assert [message.id for message in post.sent] == [sent.id, sent.id]


async def test_killed_while_a_model_writes_the_message_is_made_again_once(
    settings_of: Callable[..., Awaitable[Loaded]], clock: FixedClock
) -> None:
    loaded = await settings_of(AMMO_SLOTS="4")

    class Killed(BaseException):
        pass

    async def dies() -> str:
        raise Killed

    async with opened(loaded, access="write", clock=clock) as app:
        desk = await _first(app)
        with pytest.raises(Killed):
            await desk.notify(WORD, say=dies)
        (kept,) = (await desk.notices()).values()
        assert (kept.stand, kept.waits) == ("proposed", True)
    async with opened(loaded, access="write", clock=clock) as app:
        desk = inbox.desk_of(app)
        assert (await desk.notify(WORD)).number == 1
        assert len(await desk.notices()) == 1


async def _first(app: App) -> Desk:
    """Let the person look once, an hour ago."""
    at = app.clock.now() - HOUR
    await app.ledger.diary.write("look", app.person, "sitting", {}, at=at)
    return inbox.desk_of(app)
