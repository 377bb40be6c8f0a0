"""The appeals that wait in the demonstration, as staff see them."""

from __future__ import annotations

from service.demo.seed import DemoCoalition
from service.graphql.context import Context
from service.graphql.cursors import CursorCipher
from service.graphql.schema import build_schema
from service.security.principal import Role

_APPEALS = """{ appeals(decided: false) { nodes { phase ageDays grounds about {
    ... on Application { decline { clauses } }
    ... on Membership { standing } } } } }"""


def test_staff_see_appeals_against_declines_and_against_a_suspension(demo: DemoCoalition) -> None:
    cursors = CursorCipher(demo.ledger.keys.named_key("cursors"))
    staff = demo.principals[Role.COMMITTEE]
    with Context(demo.ledger, staff, request_id="test", cursors=cursors) as context:
        result = build_schema().execute_sync(_APPEALS, context_value=context)
    assert result.errors is None
    assert result.data is not None
    waiting = result.data["appeals"]["nodes"]
    assert all(each["grounds"] and each["phase"] == "FILED" for each in waiting)
    *declined, suspended = [each["about"] for each in waiting]
    assert len(declined) == 3
    assert all(each["decline"]["clauses"] for each in declined)
    assert suspended["standing"] == "SUSPENDED"
