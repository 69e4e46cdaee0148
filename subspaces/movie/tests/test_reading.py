"""What is read out of an opening, and what is left alone."""

import datetime as dt

import pytest
from ammo_subspace_movie.reading import Read, read


def opening(text: str, title: str = "Heat", cast: tuple[str, ...] = ()) -> Read:
    found = read(title, text, cast)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "directors"),
    [
        ("Heat is a 1995 film written and directed by Michael Mann.", ("Michael Mann",)),
        ("Heat is a 1995 film directed by Jon M. Chu from a script.", ("Jon M. Chu",)),
        ("Heat is a 1995 film directed by F. Gary Gray, and starring Al Pacino.", ("F. Gary Gray",)),
        ("Heat is a 1995 film. It was directed by Guillermo del Toro.", ("Guillermo del Toro",)),
        ("Heat is a 1995 film directed by Nat Faxon and Jim Rash in their debut.", ("Nat Faxon", "Jim Rash")),
        ("Heat is a 1995 film directed by Joel and Ethan Coen.", ("Joel Coen", "Ethan Coen")),
        ("Heat is a 1995 film directed by the Coen brothers.", ()),
        ("Heat is a 1995 film directed by McG and written by John Brancato.", ()),
        ("Heat is a 1995 film directed by Ann Lee, Bo Cruz and Cy Dean.", ()),
        ("Heat is a 1995 remake of the 1989 film directed by Michael Mann.", ()),
        ("Heat is a 1995 film and a sequel to the film directed by Ridley Scott.", ()),
        ("Heat is a 1995 film. The play was directed by Peter Brook.", ()),
    ],
)  # fmt: skip
def test_a_director_is_read_only_where_no_doubt_is_left(
    text: str, directors: tuple[str, ...]
) -> None:
    assert opening(text).directors == directors


@pytest.mark.parametrize(
    "text",
    [
        "Fire is a 1995 film directed by Michael Mann.",
        "Heat is the second album of a band.",
        "Heat is a 1995 film. An upcoming sequel is planned.",
    ],
)
def test_an_opening_about_something_else_is_refused(text: str) -> None:
    assert read("Heat", text, ()) is None


def test_only_those_of_the_cast_list_whom_the_opening_names_are_kept() -> None:
    text = "Heat is a 1995 film directed by Michael Mann, starring Al Pacino."
    assert opening(text, cast=("Al Pacino", "Jon Voight")).cast == ("Al Pacino",)


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("It was released on December 15, 1995, by Warner Bros.", dt.date(1995, 12, 15)),
        ("The film was released in the United States on May 1, 1996.", dt.date(1996, 5, 1)),
        ("It premiered on May 1, 1995, and was released on May 9, 1995.", dt.date(1995, 5, 9)),
        ("It was originally scheduled, but was released on May 9, 1995.", None),
        ("It was released on DVD on May 9, 1995.", None),
        ("It was released on May 9, 1999.", None),
        ("It was released on May 9, 1995. It was released on May 20, 1995.", None),
    ],
)
def test_a_day_of_release_is_read_only_where_it_is_the_only_one(
    sentence: str, day: dt.date | None
) -> None:
    assert opening(f"Heat is a 1995 film directed by Michael Mann. {sentence}").released == day


@pytest.mark.parametrize(
    ("sentence", "premise"),
    [
        ("It follows two men who hunt each other (Pacino) in town.", "two men who hunt each other in town"),
        ("The film tells the story of a thief in Los Angeles.", "a thief in Los Angeles"),
        ("Set in 1990, the film follows a thief and a policeman.", "a thief and a policeman"),
        ("It follows him and the others across the town.", ""),
        ("It follows a crew of 7 thieves across the town.", "a crew of 7 thieves across the town"),
        ("It follows a thief across the town and stars Al Pacino.", ""),
    ],
)  # fmt: skip
def test_a_premise_is_a_plain_rest_of_a_sentence(sentence: str, premise: str) -> None:
    assert opening(f"Heat is a 1995 film directed by Michael Mann. {sentence}").premise == premise


def test_money_source_sequel_debut_and_remark_are_read() -> None:
    text = (
        "Heat is a 1995 film directed by Michael Mann in his directorial debut, based on the 1990 novel of the same name by "
        "Jane Roe. It is a sequel to the 1990 film Warm. The film received positive reviews from critics. "
        "The film grossed $60 million on a $15 million budget."
    )
    found = opening(text)
    assert found.source == ("novel", "Jane Roe")
    assert found.sequel == ("Warm", 1990)
    assert found.debut
    assert found.note == "received positive reviews from critics"
    assert found.money == ("$60 million", "$15 million")


@pytest.mark.parametrize(
    "sentence",
    [
        "It is loosely based on a novel by Jane Roe.",
        "It was followed by a sequel to the 1990 film Warm.",
        "It is a spiritual sequel to the 1990 film Warm.",
        "It grossed $60 million in its opening weekend on a $15 million budget.",
        "The film also received positive reviews from critics.",
    ],
)
def test_what_is_hedged_is_left_alone(sentence: str) -> None:
    found = opening(f"Heat is a 1995 film directed by Michael Mann. {sentence}")
    assert (found.source, found.sequel, found.money, found.note) == (None, None, None, "")
