"""Grievances: of what, by whom, and answered by whom it is not about."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.membership.grievance import (
    FileGrievance,
    GrievanceFiled,
    GrievanceResolved,
    ResolveGrievance,
)
from domain.terms import (
    EntryId,
    GrievanceId,
    GrievanceOutcome,
    MembershipId,
    PartyId,
    PrincipalId,
    StaffRole,
)
from tests.domain.coalition.votes import member, partner, seat
from tests.domain.examples import (
    ANOTHER,
    DAY_BEFORE,
    LANTERN,
    MEMBER,
    MEMBERSHIP,
    admitted,
    founded,
    organisation,
)
from tests.domain.membership.standings import suspended, withdrawn
from tests.domain.specification import Specification
from tests.domain.world import ACTOR, entry_id

GRIEVANCE = GrievanceId("a" * 32)
TEXT = "They spoke for us without asking."
FILE = FileGrievance(grievance=GRIEVANCE, membership=MEMBERSHIP, text=TEXT, against=seat(1))
OF_A_DECISION = replace(FILE, against=None, entry=entry_id(1))
OF_THE_DIRECTOR = replace(FILE, against=None, role=StaffRole.DIRECTOR)
RESOLVE = ResolveGrievance(
    grievance=GRIEVANCE,
    outcome=GrievanceOutcome.UPHELD,
    resolution="They will ask.",
    resolver=PrincipalId("somebody else"),
    role=StaffRole.COMMITTEE,
)

coalition = Specification().given(founded(), organisation(), admitted(MEMBER), member(1))


def filed(
    against: MembershipId | None = None,
    against_party: PartyId | None = None,
    entry: EntryId | None = None,
    role: StaffRole | None = None,
    subject: PrincipalId | None = None,
) -> Fact:
    """Return that the member complained."""
    event = GrievanceFiled(
        membership=MEMBERSHIP,
        party=LANTERN,
        against=against,
        against_party=against_party,
        entry=entry,
        role=role,
        subject=subject,
        text=TEXT,
    )
    return Fact(GRIEVANCE, event)


def resolved() -> Fact:
    """Return that it was answered."""
    event = GrievanceResolved(outcome=GrievanceOutcome.UPHELD, resolution="They will ask.")
    return Fact(GRIEVANCE, event)


OF_A_MEMBER = filed(seat(1), partner(1))
DECIDED_BY = PrincipalId(ACTOR)


def test_a_member_complains_of_a_member_a_decision_or_somebody_in_a_role() -> None:
    coalition.when(FILE).then(OF_A_MEMBER)
    coalition.when(OF_A_DECISION).then(filed(entry=entry_id(1), subject=DECIDED_BY))
    coalition.when(OF_THE_DIRECTOR).then(filed(role=StaffRole.DIRECTOR))


@pytest.mark.parametrize("standing", [suspended(), withdrawn()])
def test_who_is_suspended_or_has_left_can_complain_too(standing: Fact) -> None:
    coalition.given(standing).when(FILE).then(OF_A_MEMBER)


def test_a_grievance_is_about_one_thing() -> None:
    for command in (
        replace(FILE, against=None),
        replace(FILE, entry=entry_id(1)),
        replace(FILE, role=StaffRole.COMMITTEE),
    ):
        coalition.when(command).then_refused(
            RefusalCode.INVALID_INPUT, "grievance.subject", field="against"
        )


def test_nobody_complains_of_themself_or_of_nobody() -> None:
    coalition.when(replace(FILE, against=MEMBERSHIP)).then_refused(
        RefusalCode.INVALID_INPUT, "grievance.another-member", field="against"
    )
    coalition.when(replace(FILE, against=MembershipId(ANOTHER))).then_refused(
        RefusalCode.INVALID_INPUT, "known-against", field="against"
    )


def test_a_decision_is_an_open_entry_of_the_ledger() -> None:
    # The third fact is that an organisation became known, which is confidential.
    for entry in (entry_id(99), entry_id(3)):
        coalition.when(replace(OF_A_DECISION, entry=entry)).then_refused(
            RefusalCode.INVALID_INPUT, "known-entry", field="entry"
        )


def test_the_same_grievance_is_filed_once() -> None:
    held = coalition.given(OF_A_MEMBER)
    held.when(FILE).then_nothing()
    held.when(OF_THE_DIRECTOR).then_refused(RefusalCode.INVALID_INPUT, "new-id", field="grievance")


def test_nothing_holds_from_before_it_began() -> None:
    for given, command in ((coalition, FILE), (coalition.given(OF_A_MEMBER), RESOLVE)):
        given.when(command, effective=DAY_BEFORE).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
        )


def test_a_grievance_is_answered_once() -> None:
    held = coalition.given(OF_A_MEMBER)
    held.when(RESOLVE).then(resolved())
    held.given(resolved()).when(RESOLVE).then_refused(RefusalCode.WRONG_PHASE, "grievance.once")
    coalition.when(RESOLVE).then_refused(
        RefusalCode.INVALID_INPUT, "known-grievance", field="grievance"
    )


def test_whoever_it_is_about_does_not_answer_it() -> None:
    by_whom = coalition.given(filed(entry=entry_id(1), subject=DECIDED_BY))
    by_whom.when(replace(RESOLVE, resolver=DECIDED_BY)).then_refused(
        RefusalCode.CONFLICT_OF_INTEREST, "grievance.subject"
    )
    by_whom.when(RESOLVE).then(resolved())
    in_a_role = coalition.given(filed(role=StaffRole.DIRECTOR))
    in_a_role.when(replace(RESOLVE, role=StaffRole.DIRECTOR)).then_refused(
        RefusalCode.CONFLICT_OF_INTEREST, "grievance.subject"
    )
    in_a_role.when(RESOLVE).then(resolved())
