"""Files that are wrong as a whole or in two places at once, and the line that is named."""

import copy
import pickle

import pytest

from domain.policy import PolicyError, parse_policy
from tests.domain.policy.files import CATE_TOML, SMALL_TOML, small_with

# The first and last line that are replaced, what by, and all that the error says.
BAD_PASSAGES = [
    (16, 19, "", "line 14: classes.provider.standards: is missing"),
    (16, 19, "standards = []", "line 16: classes.provider.standards: must not be empty"),
    (14, 19, "", "line 1: classes: is missing"),
    (14, 19, "[classes]", "line 14: classes: must not be empty; allowed: provider, network"),
    (48, 50, "", "line 1: agreements: is missing"),
    (48, 50, "[agreements]", "line 48: agreements: must not be empty"),
    (52, 62, "", "line 1: deadlines: is missing"),
    (69, 74, "", "line 68: votes.admission: is missing"),
    (
        48,
        50,
        '[agreements.a]\nname = "A"\ntiers = ["keepers"]',
        'line 50: agreements.a.tiers[0]: "keepers" is not a tier; allowed: wardens',
    ),
]


@pytest.mark.parametrize(("first", "last", "replacement", "message"), BAD_PASSAGES)
def test_a_missing_passage_is_named_on_the_line_of_what_encloses_it(
    first: int, last: int, replacement: str, message: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(small_with(first, replacement, through=last))
    assert str(caught.value) == message


def line_of(text: bytes, fragment: bytes, *, nth: int = 1) -> int:
    """Find the 1-based line of the nth occurrence of a fragment."""
    at = -1
    for _ in range(nth):
        at = text.index(fragment, at + 1)
    return text.count(b"\n", 0, at) + 1


def error_of(text: bytes) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    return caught.value


def test_a_tier_that_no_agreement_serves_is_refused_on_its_own_line() -> None:
    text = CATE_TOML.replace(b'["community-network", "ally-network"]', b'["community-network"]', 1)
    error = error_of(text)
    assert error.line == line_of(text, b"[tiers.ally-network]")
    assert (error.field, error.problem) == ("tiers.ally-network", "no agreement serves this tier")


def test_a_county_in_two_regions_is_refused_where_it_comes_up_again() -> None:
    text = SMALL_TOML.replace(b'    "33017",  # Strafford\n', b'    "33017",\n    "23009",\n')
    error = error_of(text)
    assert error.line == line_of(text, b'"23009"', nth=3)
    assert str(error).endswith('regions.south.counties[1]: "23009" is already in north')


def test_a_county_in_no_region_is_refused_where_it_is_listed() -> None:
    error = error_of(SMALL_TOML.replace(b'"23009", "23029"]', b'"23009"]'))
    assert str(error) == 'line 10: counties[1].fips: "23029" (Washington) is in no region'


def test_a_region_with_a_county_that_is_not_listed_is_refused() -> None:
    text = SMALL_TOML.replace(b'    "33017",  #', b'    "33017", "29510",  #')
    error = error_of(text)
    assert error.line == line_of(text, b'"29510"')
    assert error.field == "regions.south.counties[1]"
    assert error.problem == '"29510" is not a county of this policy'


def test_the_fields_of_an_error_are_for_programs() -> None:
    error = error_of(small_with(24, 'number = "some"'))
    assert error.line == 24
    assert error.field == "tiers.wardens.number"
    assert error.problem == '"some" is not a number of members'
    assert error.allowed == ("limited", "open")


def test_an_error_cannot_be_changed_and_survives_copying() -> None:
    error = error_of(small_with(24, 'number = "some"'))
    with pytest.raises(AttributeError):
        error.line = 3  # type: ignore[misc]
    assert str(copy.copy(error)) == str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301


def test_text_that_is_not_utf8_is_refused_on_its_line() -> None:
    error = error_of(SMALL_TOML.replace(b"Hancock", b"Hanc\xf8ck"))
    assert str(error) == "line 9: the line is not valid UTF-8"


def test_a_byte_order_mark_is_refused() -> None:
    error = error_of(b"\xef\xbb\xbf" + SMALL_TOML)
    assert str(error) == "line 1: the file starts with a byte order mark"


def test_a_nul_is_refused_even_in_a_comment() -> None:
    error = error_of(SMALL_TOML.replace(b"# Strafford", b"# Straf\0ford"))
    assert error.line == line_of(SMALL_TOML, b"# Strafford")
    assert error.problem == "the line holds a NUL character"


def test_a_file_above_256_kib_is_refused_on_the_line_that_goes_beyond() -> None:
    filler = b"#" * 63 + b"\n"
    exactly = SMALL_TOML + filler * ((256 * 1024 - len(SMALL_TOML)) // len(filler))
    exactly += b"#" * (256 * 1024 - len(exactly))
    assert len(exactly) == 256 * 1024
    parse_policy(exactly)
    error = error_of(exactly + b"\n#")
    assert error.line == exactly.count(b"\n") + 1
    assert error.problem == "the file is larger than 262144 bytes"


@pytest.mark.parametrize("bracket", [b"[", b"{a=", b"[\n"])
def test_values_within_values_without_end_are_refused(bracket: bytes) -> None:
    error = error_of(b'id = "a"\nversion = ' + bracket * 1300)
    assert error.line >= 2
    assert "nested more than 16 deep" in error.problem or "not valid TOML" in error.problem


def test_deep_nesting_in_a_sound_file_is_refused_on_its_line() -> None:
    error = error_of(small_with(2, "version = " + "[" * 20 + "]" * 20))
    assert str(error) == "line 2: nested more than 16 deep"


@pytest.mark.parametrize("text", [b"", b"\n", b"# nothing\n"])
def test_an_empty_file_lacks_everything_from_its_first_line_on(text: bytes) -> None:
    assert str(error_of(text)) == "line 1: id: is missing"


def test_an_error_at_the_end_of_the_document_is_on_its_last_line() -> None:
    error = error_of(SMALL_TOML + b'"""')
    assert error.line == SMALL_TOML.count(b"\n") + 1
    assert error_of(SMALL_TOML + b"x = [\n").line == SMALL_TOML.count(b"\n") + 1


def test_lines_count_the_same_whichever_way_they_end() -> None:
    text = small_with(71, "admission.threshold = {}").replace(b"\n", b"\r\n")
    assert str(error_of(text)) == "line 71: votes.admission.threshold.at_least: is missing"


def test_a_long_value_is_shortened_in_the_message() -> None:
    error = error_of(small_with(24, f'number = "{"x" * 500}"'))
    assert error.problem == f'"{"x" * 60}…" is not a number of members'
