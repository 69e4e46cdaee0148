"""One function per screen: plain data that the terminal, JSON and later doors all show.

`VERBS` names every function a door may call, with what it needs of the data directory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ammo_agents.app import Access
from ammo_agents.views import (
    accounts,
    aipp,
    asking,
    chat,
    community,
    feed,
    house,
    importing,
    inbox,
    opening,
    policy,
    profiles,
    remembering,
    search,
    seeds,
    shelf,
    sights,
    sitting,
    syndication,
    talk,
    wanting,
)


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing a door can do."""

    function: Callable[..., Awaitable[dict[str, Any]]]
    access: Access


VERBS: Mapping[str, Verb] = {
    "slate": Verb(feed.slate, "write"),
    "last_slate": Verb(feed.last_slate, "read"),
    "cards": Verb(feed.cards, "read"),
    "act": Verb(feed.act, "write"),
    "undo": Verb(feed.undo, "write"),
    "preview": Verb(feed.preview, "read"),
    "profile": Verb(profiles.show, "read"),
    "choose_for_me": Verb(profiles.choose, "write"),
    "open": Verb(opening.link, "write"),
    "sitting": Verb(sitting.sitting, "write"),
    "sitting_again": Verb(sitting.again, "write"),
    "sitting_more": Verb(sitting.more, "write"),
    "sitting_act": Verb(sitting.act, "write"),
    "sitting_undo": Verb(sitting.undo, "write"),
    "peek": Verb(sitting.peek, "read"),
    "coming": Verb(sitting.coming, "read"),
    "why": Verb(feed.why, "read"),
    "you": Verb(feed.you, "read"),
    "questions": Verb(asking.questions, "write"),
    "question": Verb(asking.question, "write"),
    "answer": Verb(asking.answer, "write"),
    "compare": Verb(asking.compare, "read"),
    "choose": Verb(asking.choose, "write"),
    "say": Verb(asking.say, "write"),
    "believe": Verb(asking.believe, "write"),
    "forget_belief": Verb(asking.forget_belief, "write"),
    "policies": Verb(policy.policies, "read"),
    "community_learn": Verb(community.learn, "write"),
    "community_show": Verb(community.show, "read"),
    "community_forget": Verb(community.forget, "write"),
    "community_join": Verb(community.join, "write"),
    "community_leave": Verb(community.leave, "write"),
    "community_circle": Verb(community.circle, "read"),
    "want": Verb(wanting.want, "write"),
    "aipp_describe": Verb(aipp.describe, "read"),
    "ask": Verb(talk.ask, "write"),
    "threads": Verb(chat.threads, "read"),
    "thread": Verb(chat.thread, "read"),
    "sees": Verb(sights.sights, "read"),
    "write": Verb(talk.write, "write"),
    "search": Verb(search.search, "read"),
    "remember": Verb(remembering.remember, "write"),
    "read_import": Verb(importing.read_import, "read"),
    "keep_import": Verb(importing.keep_import, "write"),
    "undo_import": Verb(importing.undo_import, "write"),
    "imports": Verb(importing.imports, "read"),
    "feed_address": Verb(syndication.feed_address, "write"),
    "subspaces": Verb(shelf.subspaces, "read"),
    "buddies": Verb(shelf.buddies, "read"),
    "buddy": Verb(shelf.buddy, "read"),
    "fact": Verb(shelf.fact, "read"),
    "facts": Verb(shelf.facts, "read"),
    "models": Verb(shelf.models, "none"),
    "model_test": Verb(shelf.model_test, "none"),
    "plugins": Verb(shelf.plugins, "none"),
    "metaspace": Verb(shelf.metaspace, "read"),
    "reembed": Verb(shelf.reembed, "write"),
    "metaspace_verify": Verb(shelf.metaspace_verify, "write"),
    "metaspace_rebuild": Verb(shelf.metaspace_rebuild, "write"),
    "inbox": Verb(inbox.inbox, "read"),
    "inbox_answer": Verb(inbox.answer, "write"),
    "inbox_open": Verb(inbox.open_notice, "write"),
    "inbox_read": Verb(inbox.read, "write"),
    "inbox_set": Verb(inbox.set_rules, "write"),
    "inbox_channels": Verb(inbox.channel_list, "read"),
    "inbox_channel_add": Verb(inbox.channel_add, "write"),
    "inbox_channel_test": Verb(inbox.channel_test, "read"),
    "inbox_channel_remove": Verb(inbox.channel_remove, "write"),
    "config": Verb(house.config, "none"),
    "doctor": Verb(house.doctor, "none"),
    "status": Verb(house.status, "read"),
    "rejections": Verb(house.rejections, "read"),
    "data_export": Verb(house.data_export, "read"),
    "data_import": Verb(house.data_import, "none"),
    "forget": Verb(house.forget, "write"),
    "seed_make": Verb(seeds.seed_make, "read"),
    "restore": Verb(house.restore, "none"),
    "account_add": Verb(accounts.add, "write"),
    "account_list": Verb(accounts.listed, "read"),
    "account_role": Verb(accounts.role, "write"),
    "account_password": Verb(accounts.password, "write"),
    "account_remove": Verb(accounts.remove, "write"),
    "token_show": Verb(accounts.token_show, "write"),
    "token_new": Verb(accounts.token_new, "write"),
    "token_list": Verb(accounts.token_list, "read"),
    "token_revoke": Verb(accounts.token_revoke, "write"),
}
