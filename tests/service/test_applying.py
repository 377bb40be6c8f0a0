"""What is applied for is known alike to who was there and to who reads it from the views."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.decision import Command, Refusal, RefusalCode
from domain.membership.application import SubmitApplication
from domain.membership.contest import FileAppeal
from domain.membership.membership import DeclineApplication
from domain.membership.ties import MergeParties
from domain.policy import PartyType
from domain.terms import ApplicationId, ReviewId
from service.ledger.request import Accepted
from service.security.principal import Principal, Role
from tests.service.coalition import POLICY, Coalition, new_id, organisation

TIER = "community-network"


class Twice:
    """An organisation that applied, and a ledger that another process serves."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.coalition = Coalition(database_url, folder)
        self.first = self.coalition.submit(TIER, organisation("Tern Cooperative"))
        self.speaker = self.coalition.representative(self.first.party)
        self.other = self.coalition.admit(TIER, organisation("Harbour Friends")).party

    def everywhere(self, command: Command, who: Role | Principal) -> set[str]:
        """Return the rules by which a command is refused, here and by a register read anew."""
        with closing(self.coalition.reopen()) as elsewhere:
            principal = who if isinstance(who, Principal) else self.coalition.principals[who]
            request = self.coalition.request(command, principal)
            answers = [self.coalition.run(command, who), elsewhere.submit(request).result(60)]
        return {answer.rule for answer in answers if isinstance(answer, Refusal)}

    def again(self) -> SubmitApplication:
        return replace(
            self.first,
            application=ApplicationId(new_id()),
            review=ReviewId(new_id()),
            applicant=self.speaker.id,
            organisation=None,
        )

    def merge(self) -> MergeParties:
        return MergeParties(survivor=self.other, merged=self.first.party, reason="They are one.")

    def decline(self) -> None:
        self.coalition.review(self.first.application, TIER, PartyType.NONPROFIT_501C3)
        clauses = [POLICY.tier(TIER).requirements[0].id]
        decline = DeclineApplication(application=self.first.application, clauses=clauses)
        self.coalition.must(decline, Role.COMMITTEE)


@pytest.fixture
def twice(database_url: str, tmp_path: Path) -> Iterator[Twice]:
    made = Twice(database_url, tmp_path)
    yield made
    made.coalition.close()


def test_a_tier_is_asked_for_once_at_a_time(twice: Twice) -> None:
    refused = twice.coalition.run(twice.again(), twice.speaker)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (RefusalCode.WRONG_PHASE, "tier")
    assert twice.everywhere(twice.again(), twice.speaker) == {"application.once"}
    twice.decline()
    assert isinstance(twice.coalition.run(twice.again(), twice.speaker), Accepted)


def test_what_has_an_application_open_is_merged_into_nobody(twice: Twice) -> None:
    assert twice.everywhere(twice.merge(), Role.DIRECTOR) == {"merger.open-application"}
    twice.decline()
    grounds = FileAppeal(application=twice.first.application, grounds="Nobody asked us.")
    twice.coalition.must(grounds, twice.coalition.principals[Role.APPLICANT])
    assert twice.everywhere(twice.merge(), Role.DIRECTOR) == {"merger.open-application"}


def test_what_was_declined_is_merged_and_appeals_no_more(twice: Twice) -> None:
    twice.decline()
    twice.coalition.must(twice.merge(), Role.DIRECTOR)
    appeal = FileAppeal(application=twice.first.application, grounds="Nobody asked us.")
    who = twice.coalition.principals[Role.APPLICANT]
    assert twice.everywhere(appeal, who) == {"party.merged"}
