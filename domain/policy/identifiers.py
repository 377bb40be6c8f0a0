"""Identifiers that others issue: the tax authority's EIN."""

import re
from functools import cache

_EIN = re.compile(r"[0-9]{2}-?[0-9]{7}")
_PREFIX_DIGITS = 2


def parse_ein(text: str) -> str:
    """Read an Employer Identification Number into its nine digits, without the dash.

    Accepts `12-3456789` and `123456789`; spaces around it are the caller's to remove. Whether the
    number was ever issued, and to whom, a person verifies.

    Raises `ValueError`, which names the rule and never repeats the number: `ein-format` where it
    has another shape, `ein-prefix` where the Internal Revenue Service issues no numbers that start
    so ("How EINs are assigned and valid EIN prefixes", as kept by python-stdnum).

    >>> parse_ein("04-2103594")
    '042103594'
    """
    if not _EIN.fullmatch(text):
        raise ValueError("ein-format: an EIN is two digits, a dash or nothing, and seven digits")
    digits = text.replace("-", "")
    if not _is_issued(digits[:_PREFIX_DIGITS]):
        raise ValueError("ein-prefix: no EIN starts with these two digits")
    return digits


@cache
def _is_issued(prefix: str) -> bool:
    # Large, for the documentation that its package reads, and not used until somebody applies.
    from stdnum.us import ein  # noqa: PLC0415

    # Of the other digits it asks nothing.
    return ein.is_valid(f"{prefix}0000000")


def format_ein(digits: str) -> str:
    """Write the nine digits of an EIN as the tax authority does, `12-3456789`."""
    return f"{digits[:_PREFIX_DIGITS]}-{digits[_PREFIX_DIGITS:]}"
