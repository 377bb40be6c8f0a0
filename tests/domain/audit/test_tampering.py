"""Whatever is done to a log, an audit finds it, and names where."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.audit.finding import TamperedError
from tests.domain.audit.logs import audit
from tests.domain.audit.tampering import FILES, SIZE, TAMPERINGS, Tampering, flipped, table


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda each: each.what)
def test_what_was_done_to_the_log_is_found_and_named(tampering: Tampering) -> None:
    with pytest.raises(TamperedError, match=tampering.reason) as found:
        audit(tampering.done(), **tampering.trust)
    assert found.value.position == tampering.position


def test_the_guide_has_the_table_of_what_is_found() -> None:
    guide = (Path(__file__).parents[3] / "docs/auditors.md").read_text()
    table_lines = "\n".join(table())
    assert f"\n{table_lines}\n" in guide, "run: python -m tests.domain.audit.tampering"


@pytest.mark.parametrize("path", [path for path in FILES if path.startswith("tile/")])
def test_a_flipped_bit_is_found_wherever_it_is(path: str) -> None:
    content = FILES[path]
    for place in range(0, len(content), max(1, len(content) // 23)):
        with pytest.raises(TamperedError) as found:
            audit(FILES | {path: flipped(content, place)})
        assert found.value.position is not None
        assert 1 <= found.value.position <= SIZE
