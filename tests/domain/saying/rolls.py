"""What the register has of a party and of an application, by what their streams say."""

from __future__ import annotations

from collections.abc import Iterable

from domain.ledger.disclosure import revealed
from domain.membership.application import Application
from domain.membership.applying import Applied
from domain.membership.claims import Ties
from domain.membership.party import Party
from domain.membership.ties import sponsors_in
from domain.terms import ApplicationPhase


def applied(application: Application) -> Applied:
    """Return an open application as the register has it."""
    return Applied(
        party=application.party,
        kind=application.kind,
        tier=application.tier,
        membership=application.membership,
        appealed=application.phase is ApplicationPhase.APPEALED,
    )


def ties_of(parties: Iterable[Party]) -> Ties:
    """Return which parties are part of which, and who sponsors whom."""
    known = list(parties)
    merged = {each.id: revealed(each.merger.survivor) for each in known if each.merger is not None}
    sponsors = {each.id: found for each in known if (found := sponsors_in(each.affiliates))}
    return Ties(merged, sponsors)
