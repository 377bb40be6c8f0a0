"""Parts: an organisation that is part of another one goes on under that one alone."""

from __future__ import annotations

from collections.abc import Callable

from domain.decision import Refusal, RefusalCode, refuse
from domain.ledger.disclosure import revealed
from domain.membership.party import Party
from domain.terms import PartyId


def survivor(find: Callable[[str], Party], party: str) -> PartyId:
    """Return what a party is part of in the end; one that is its own is itself.

    Args:
        find: gives a party by its id.
        party: whose survivor is asked for.
    """
    found = find(party)
    while found.merger is not None:
        found = find(revealed(found.merger.survivor))
    return found.id


def refuse_merged(party: Party, field: str = "party") -> Refusal | None:
    """Refuse to go on with an organisation that is part of another one."""
    if party.merger is None:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "party.merged",
        "The organisation is part of another one, under which it goes on.",
        "The organisation that it is part of, or a separation first.",
        field=field,
    )
