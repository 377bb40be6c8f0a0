"""The coalition's home and fiscal sponsor: a standing interest that votes take into account."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET
from msgspec.structs import replace

from domain.coalition.coalition import Coalition, HomeTransferred, TransferHome
from domain.coalition.recusal import OpenVotes
from domain.decision import (
    Decision,
    Fact,
    Moment,
    refuse_input,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.parts import refuse_merged
from domain.membership.party import Party
from domain.terms import PartyKind


def decide_transfer_home(
    coalition: Coalition,
    hosts: Sequence[Party],
    votes: OpenVotes,
    command: TransferHome,
    moment: Moment,
) -> Decision:
    """Record who gives the coalition a home and who holds its money.

    Whoever has an interest in what is voted on by that leaves the electorate.

    Args:
        coalition: the coalition, with its present home.
        hosts: the parties that the command names.
        votes: the votes that are open.
        command: says who it is from now on.
        moment: when it is decided.

    Refuses parties that are not known, are no organisation, or are part of another one.
    """
    if not coalition.version:
        return refuse_unknown("coalition")
    for party in hosts:
        field = "home" if party.id == command.home else "fiscalSponsor"
        if party.kind is not PartyKind.ORGANISATION:
            return refuse_input(
                field,
                "home.organisation",
                "An organisation that the ledger knows gives a coalition its home.",
                "The id of an organisation.",
            )
        if refusal := refuse_merged(party, field):
            return refusal
    home = coalition.home if command.home is UNSET else command.home
    sponsor = coalition.fiscal_sponsor
    if command.fiscal_sponsor is not UNSET:
        sponsor = command.fiscal_sponsor
    if (coalition.home, coalition.fiscal_sponsor) == (home, sponsor):
        return []
    if refusal := refuse_too_early(moment, coalition.last_effective):
        return refusal
    transferred = HomeTransferred(home=home, fiscal_sponsor=sponsor, source=command.source)
    moved = replace(coalition, home=home, fiscal_sponsor=sponsor)
    return [Fact(coalition.id, transferred), *votes.moved(moved)]
