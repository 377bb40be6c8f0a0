"""A coalition whose partners may vote, with an application for them to vote on."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa

from domain.coalition.vote import CastVote, CloseVote, OpenVote
from domain.policy import VoteKind
from domain.terms import (
    ApplicationId,
    Ballot,
    BallotsId,
    MembershipId,
    PartyId,
    VoteId,
)
from projections.as_of import holds_now
from projections.tables import memberships
from service.ledger.request import Outcome
from service.security.principal import Principal, Role
from tests.domain.policy.files import CATE_TOML
from tests.service.coalition import Admitted, Coalition, new_id, organisation

PARTNER = "collaborative-partner"
TIER = "coalition-member"


class Assembly:
    """Partners in the order of their memberships' ids, and a reviewed application."""

    def __init__(self, database_url: str, folder: Path, *, partners: int) -> None:
        self.coalition = Coalition(database_url, folder, partners=partners, policy=CATE_TOML)
        version, sha256 = self.coalition.publish("partner-agreement", "We act as partners.")
        self.partners = self._partners()
        for partner in self.partners:
            self.coalition.sign(partner, "partner-agreement", version, sha256)
        self.applicant = PartyId("")

    def _partners(self) -> list[Admitted]:
        with self.coalition.ledger.read() as snapshot:
            rows = snapshot.connection.execute(
                sa.select(memberships.c.id, memberships.c.party)
                .where(holds_now(memberships), memberships.c.tier == PARTNER)
                .distinct()
                .order_by(memberships.c.id)
            ).all()
        return [
            Admitted(PartyId(party), ApplicationId(""), MembershipId(membership))
            for membership, party in rows
        ]

    @property
    def today(self) -> date:
        """The day on the coalition's clock."""
        return self.coalition.clock.now.date()

    def apply(self) -> ApplicationId:
        """Return an application that waits for nothing but the decision."""
        details = organisation(ein=self.coalition.ein())
        submitted = self.coalition.submit(TIER, details)
        self.coalition.review(submitted.application, TIER, details.party_type)
        self.applicant = submitted.party
        return submitted.application

    def open(self, application: ApplicationId, *, days: int = 7) -> VoteId:
        """Open a vote on the admission."""
        vote = VoteId(new_id())
        command = OpenVote(
            vote=vote,
            ballots=BallotsId(new_id()),
            kind=VoteKind.ADMISSION,
            closes_on=self.today + timedelta(days=days),
            application=application,
        )
        self.coalition.must(command, Role.COMMITTEE)
        return vote

    def speaker(self, number: int) -> Principal:
        """Return who speaks for a partner."""
        return self.coalition.representative(self.partners[number].party)

    def cast(self, vote: VoteId, number: int, ballot: Ballot) -> Outcome:
        """Let a partner vote."""
        return self.coalition.run(CastVote(vote=vote, ballot=ballot), self.speaker(number))

    def close(self, vote: VoteId) -> Outcome:
        """Count the ballots."""
        return self.coalition.run(CloseVote(vote=vote), Role.COMMITTEE)
