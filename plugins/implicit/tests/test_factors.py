import numpy as np
import pytest

from ammo_agents.errors import BadInputError
from ammo_agents.hooks import load_plugins
from ammo_agents.ports import Factoriser, Likes
from ammo_agents.records import Wide
from ammo_agents.settings import Settings

NAMES = ["implicit/als", "implicit/bpr"]


@pytest.fixture(params=NAMES)
def factoriser(request: pytest.FixtureRequest) -> Factoriser:
    plugins = load_plugins(Settings(plugins=("implicit",)))
    return {f.name: f for f in plugins.factors()}[str(request.param)]


def two_groups(*, people: int = 60, entities: int = 40) -> Likes:
    """Return likes where even people like the first half of the entities and odd people the second."""
    rng = np.random.default_rng(4)
    pairs = [
        (p, e)
        for p in range(people)
        for e in rng.choice(entities // 2, 8, replace=False) + (p % 2) * entities // 2
    ]
    person, entity = np.array(pairs, np.intp).T
    return Likes(
        people=people, entities=entities, person=person, entity=entity, weight=np.ones(len(pairs))
    )


def found(factoriser: Factoriser, likes: Likes, *, seed: int = 1, factors: int = 6) -> Wide:
    return factoriser.factorise(
        likes, factors=factors, regularisation=0.05, alpha=5.0, iterations=30, seed=seed
    )


def test_the_methods_are_found_by_the_entry_point() -> None:
    plugins = load_plugins(Settings(plugins=("implicit",)))
    assert [f.name for f in plugins.factors()] == NAMES
    assert [state.fault for state in plugins.states] == [""]


def test_the_same_seed_gives_the_same_factors_and_another_one_others(
    factoriser: Factoriser,
) -> None:
    likes = two_groups()
    first = found(factoriser, likes)
    assert first.shape == (40, 6)
    assert first.dtype == np.float64
    assert np.array_equal(first, found(factoriser, likes))
    assert not np.array_equal(first, found(factoriser, likes, seed=2))


def test_two_groups_of_people_put_their_entities_on_two_sides(factoriser: Factoriser) -> None:
    rows = found(factoriser, two_groups(), factors=3)
    if factoriser.name == "implicit/bpr":
        rows = rows[:, :-1]  # the bias is nobody's side
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    alike = rows @ rows.T
    inside = (alike[:20, :20].mean() + alike[20:, 20:].mean()) / 2
    assert inside > alike[:20, 20:].mean() + 0.4


def test_an_entity_nobody_liked_gets_a_finite_row(factoriser: Factoriser) -> None:
    likes = two_groups()
    wider = Likes(
        people=likes.people + 1,
        entities=likes.entities + 3,
        person=likes.person,
        entity=likes.entity,
        weight=likes.weight,
    )
    rows = found(factoriser, wider)
    assert rows.shape == (43, 6)
    assert np.isfinite(rows).all()


def likes_with(**change: object) -> Likes:
    kept: dict[str, object] = {
        "people": 2,
        "entities": 3,
        "person": np.array([0, 1], np.intp),
        "entity": np.array([0, 2], np.intp),
        "weight": np.ones(2),
    }
    return Likes(**{**kept, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("likes", "said"),
    [
        (
            likes_with(
                person=np.empty(0, np.intp), entity=np.empty(0, np.intp), weight=np.empty(0)
            ),
            "there is no like",
        ),
        (likes_with(weight=np.array([1.0, np.nan])), "like 1 has the weight nan"),
        (likes_with(weight=np.array([-1.0, 1.0])), "like 0 has the weight -1.0"),
        (likes_with(entity=np.array([0, 3], np.intp)), "entity rows 0 to 3, there are 3"),
        (likes_with(person=np.array([-1, 0], np.intp)), "person rows -1 to 0, there are 2"),
        (likes_with(weight=np.ones(3)), "3 weights do not make a list"),
    ],
    ids=["empty", "nan", "negative", "entity-beyond", "person-before", "lengths"],
)
def test_likes_that_cannot_be_used_are_refused(
    factoriser: Factoriser, likes: Likes, said: str
) -> None:
    with pytest.raises(BadInputError, match=said):
        found(factoriser, likes)


def test_a_size_that_cannot_be_found_is_refused(factoriser: Factoriser) -> None:
    with pytest.raises(BadInputError, match="factors"):
        found(factoriser, two_groups(), factors=0)
