"""EINs and county codes are read strictly, and a refusal names its rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.us import ein

from domain.policy import format_ein, parse_ein


@pytest.mark.parametrize("text", ["43-1234567", "431234567"])
def test_an_ein_is_nine_digits_with_or_without_its_dash(text: str) -> None:
    assert parse_ein(text) == "431234567"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "43-123456",
        "43-12345678",
        "4-31234567",
        "43 1234567",
        " 43-1234567",
        "43-1234567\n",
        "43--1234567",
        "43\N{EN DASH}1234567",
        "4\N{ARABIC-INDIC DIGIT THREE}-1234567",
        "AB-1234567",
    ],
)
def test_an_ein_of_another_shape_is_refused_by_the_rule_of_format(text: str) -> None:
    with pytest.raises(ValueError, match=r"^ein-format: ") as caught:
        parse_ein(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("text", ["00-1234567", "07-1144442", "89-1234567"])
def test_an_ein_with_a_prefix_that_nobody_issues_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^ein-prefix: ") as caught:
        parse_ein(text)
    assert text not in str(caught.value)


@given(st.integers(min_value=0, max_value=9_999_999))
def test_an_ein_is_written_as_it_is_read(serial: int) -> None:
    digits = f"43{serial:07}"
    assert parse_ein(format_ein(digits)) == digits


@given(st.text(max_size=12))
def test_any_text_is_an_ein_or_a_value_error_that_names_the_rule(text: str) -> None:
    try:
        digits = parse_ein(text)
    except ValueError as error:
        rule = str(error).partition(":")[0]
    else:
        rule = ""
        assert text in {digits, format_ein(digits)}
    assert rule in {"", "ein-format", "ein-prefix"}


@given(prefix=st.integers(0, 99), rest=st.integers(0, 9_999_999))
def test_an_ein_is_taken_where_the_library_takes_it(prefix: int, rest: int) -> None:
    digits = f"{prefix:02}{rest:07}"
    if ein.is_valid(digits):
        assert parse_ein(digits) == digits
    else:
        with pytest.raises(ValueError, match="ein-prefix"):
            parse_ein(digits)
