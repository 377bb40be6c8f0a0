"""Whatever a slip of the hand does to the shipped file, the answer is a policy or one line."""

from hypothesis import given
from hypothesis import strategies as st

from domain.policy import Policy, PolicyError, parse_policy
from tests.domain.policy.files import CATE, CATE_TOML

LINES = CATE_TOML.split(b"\n")
line_indexes = st.integers(min_value=0, max_value=len(LINES) - 1)
places = st.integers(min_value=0, max_value=len(CATE_TOML) - 1)
# Mostly what means something in TOML, and now and then any byte at all.
characters = st.one_of(
    st.sampled_from([bytes([byte]) for byte in b"[]{}=.,\"'#\\\n\r\t 0aA-_"]),
    st.binary(min_size=1, max_size=1),
)


def read(text: bytes) -> Policy | PolicyError:
    """Parse, and check that an error is one line about a line that exists."""
    try:
        return parse_policy(text)
    except PolicyError as caught:
        error = caught
    assert 1 <= error.line <= len(text.split(b"\n"))
    assert str(error).startswith(f"line {error.line}: ")
    assert len(str(error).splitlines()) == 1
    assert error.problem
    return error


def means_something(line: bytes) -> bool:
    return bool(line.strip()) and not line.startswith(b"#")


@given(line_indexes)
def test_without_a_line_there_is_a_policy_or_a_line_to_blame(index: int) -> None:
    outcome = read(b"\n".join(LINES[:index] + LINES[index + 1 :]))
    if not means_something(LINES[index]):
        assert isinstance(outcome, Policy)


@given(line_indexes)
def test_a_line_that_means_something_cannot_be_there_twice(index: int) -> None:
    outcome = read(b"\n".join([*LINES[: index + 1], *LINES[index:]]))
    assert isinstance(outcome, PolicyError) == means_something(LINES[index])


@given(places, characters)
def test_with_another_character_there_is_a_policy_or_a_line_to_blame(
    place: int, character: bytes
) -> None:
    outcome = read(CATE_TOML[:place] + character + CATE_TOML[place + 1 :])
    if isinstance(outcome, Policy):
        assert (outcome == CATE) == (CATE_TOML[place : place + 1] == character)


@given(places, characters)
def test_with_one_more_character_there_is_a_policy_or_a_line_to_blame(
    place: int, character: bytes
) -> None:
    read(CATE_TOML[:place] + character + CATE_TOML[place:])


@given(places)
def test_cut_off_anywhere_there_is_a_policy_or_a_line_to_blame(place: int) -> None:
    outcome = read(CATE_TOML[:place])
    only_the_last_line_end_is_gone = place == len(CATE_TOML) - 1
    assert isinstance(outcome, Policy) == only_the_last_line_end_is_gone


@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_a_policy_or_have_a_line_to_blame(text: bytes) -> None:
    assert isinstance(read(text), PolicyError)
