"""A Goal Buddy in Markdown: what is written is read back, what is wrong is refused with line, key and way out."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ammo_agents.authoring import buddy_file
from ammo_agents.authoring.folder import read_buddies
from ammo_agents.errors import AmmoError, BadInputError
from ammo_agents.records import BuddyId, EntityId, GoalBuddy, SubspaceId

FILE = Path("coin/whale.md")
LINE = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)
LISTS = st.lists(LINE, max_size=4, unique=True).map(tuple)
PROSE = st.text(st.sampled_from('abc +"\n#=[]\\é\U0001f40b'), max_size=200).map(str.strip)
BUDDIES = st.builds(
    GoalBuddy,
    id=st.just(BuddyId("coin/whale")),
    subspace=st.just(SubspaceId("coin")),
    entity=st.just(EntityId("coin/bitcoin")),
    name=LINE,
    voice=LINE,
    topics=LISTS,
    sources=LISTS,
    schedule=st.sampled_from(["", *buddy_file.SCHEDULES]),
    model=LINE,
    budget=st.none() | st.integers(0, 1000),
    cost_weight=st.none() | st.floats(0, 100),
    principles=LISTS,
    prompt=PROSE,
    graph=LINE,
)
WRONG = [
    ("entty = 1", 2, "entty", "Did you mean 'entity'"),
    ('entity = "bitcoin"\nbudget = -1', 3, "budget", "docs/authoring.md"),
    ('entity = "bitcoin"\nbudget = true', 3, "budget", "docs/authoring.md"),
    ('entity = "bitcoin"\nlambda = nan', 3, "lambda", "docs/authoring.md"),
    ('entity = "bitcoin"\nlambda = "1"', 3, "lambda", "docs/authoring.md"),
    ('entity = "bitcoin"\nschedule = "hourly"', 3, "schedule", "docs/authoring.md"),
    ('entity = "bitcoin"\ntopics = "volume"', 3, "topics", "docs/authoring.md"),
    ('entity = "bitcoin"\ntopics = [7]', 3, "topics", "docs/authoring.md"),
    ('entity = "movie/alien"', 2, "entity", "docs/authoring.md"),
    ('entity = "../../etc"', 2, "entity", "docs/authoring.md"),
    ('entity = "bitcoin"\nspace = "movie"', 3, "space", "docs/authoring.md"),
    ('entity = "bitcoin"\nid = "movie/alien"', 3, "id", "docs/authoring.md"),
    ('entity = "bitcoin"\nvoice = """a\nb"""', 3, "voice", "docs/authoring.md"),
    (f'entity = "bitcoin"\nvoice = "{"a" * 601}"', 3, "voice", "docs/authoring.md"),
    ('entity = "bitcoin"\nentity = "bitcoin"', 3, "TOML", "key = "),
    ('entity: "bitcoin"', 2, "TOML", "key = "),
    ("[entity]\nx = 1", 2, "entity", "docs/authoring.md"),
    ("", 1, "lacks entity", "entity ="),
]


@given(BUDDIES)
def test_what_is_written_is_read_back(buddy: GoalBuddy) -> None:
    assert buddy_file.parse(buddy_file.written(buddy), FILE) == buddy


@pytest.mark.parametrize(("head", "line", "said", "way_out"), WRONG, ids=[w[0][:40] for w in WRONG])
def test_a_wrong_key_is_refused_with_its_line(
    head: str, line: int, said: str, way_out: str
) -> None:
    with pytest.raises(BadInputError) as refusal:
        buddy_file.parse(f"+++\n{head}\n+++\nText.", FILE, space=SubspaceId("coin"))
    assert f"{FILE}, line {line}: " in refusal.value.message
    assert said in refusal.value.message
    assert way_out in refusal.value.hint


def test_a_file_of_another_kind_is_refused_with_the_form_it_needs() -> None:
    for text, line, way_out in (
        ("---\nentity: bitcoin\n---\n", 1, "not YAML"),
        ("Just text.", 1, "Begin the file"),
        ("", 1, "Begin the file"),
        ('+++\nentity = "bitcoin"\n', 3, "Close"),
    ):
        with pytest.raises(BadInputError, match=f"line {line}") as refusal:
            buddy_file.parse(text, FILE, space=SubspaceId("coin"))
        assert way_out in refusal.value.hint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe+\0+\0", "UTF-16"),
        (b'+++\nentity = "caf\xe9"\n+++\n', "line 2: byte 0xe9 is no UTF-8"),
        (b"+++\n\0\n+++\n", "line 2: holds a NUL"),
        (b"+++\n" + b"#" * 70_000, "at most 65,536"),
    ],
)
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "whale.md").write_bytes(content)
    with pytest.raises(BadInputError, match=said):
        buddy_file.read(tmp_path / "whale.md", space=SubspaceId("coin"))


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    (tmp_path / "whale.md").write_bytes(
        b'\xef\xbb\xbf+++\r\nentity = "bitcoin"\r\n+++\r\nOne.\r\nTwo.\r\n'
    )
    buddy = buddy_file.read(tmp_path / "whale.md", space=SubspaceId("coin"))
    assert (buddy.id, buddy.name, buddy.prompt) == ("coin/whale", "Whale Buddy", "One.\nTwo.")


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda t: f"+++\n{t}\n+++\n".encode("utf-8", "ignore"))
)
def test_no_file_crashes_the_reader(content: bytes) -> None:
    refusal = None
    try:
        buddy_file.read_bytes(content, FILE, space=SubspaceId("coin"))
    except AmmoError as error:
        refusal = error
    assert refusal is None or (str(FILE) in refusal.message and refusal.hint)


def test_a_folder_a_pipe_and_a_dead_link_in_place_of_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "link.md").symlink_to(tmp_path / "nowhere")
    (tmp_path / "good.md").write_text('+++\nentity = "bitcoin"\n+++\n', encoding="utf-8")
    found, faults = read_buddies(tmp_path, SubspaceId("coin"))
    assert [buddy.id for buddy in found.values()] == ["coin/good"]
    assert {fault.path.stem for fault in faults} == {"folder", "pipe", "link"}
    assert all(fault.hint for fault in faults)
