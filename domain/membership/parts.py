"""Parts: an organisation that is part of another one goes on under that one alone."""

from __future__ import annotations

from domain.decision import Refusal, RefusalCode, refuse
from domain.membership.party import Party


def refuse_merged(party: Party, field: str = "party") -> Refusal | None:
    """Refuse to go on with an organisation that is part of another one."""
    return None if party.merger is None else refuse_part(field)


def refuse_part(field: str) -> Refusal:
    """Refuse an organisation that is part of another one."""
    return refuse(
        RefusalCode.WRONG_PHASE,
        "party.merged",
        "The organisation is part of another one, under which it goes on.",
        "The organisation that it is part of, or a separation first.",
        field=field,
    )
