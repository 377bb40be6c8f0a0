"""A day of participation that was written down wrongly counts no more; its entry stays."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.membership.standing import MembershipReinstated
from domain.membership.term import (
    ParticipationRecorded,
    ParticipationWithdrawn,
    RecordParticipation,
    WithdrawParticipation,
)
from domain.terms import EntryId, MembershipId
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
from tests.domain.membership.standings import withdrawn
from tests.domain.specification import TODAY, Specification
from tests.domain.world import World, entry_id

WHY = "It was another member."
COUNTS_NO_MORE = (RefusalCode.WRONG_PHASE, "participation.counts")
RECORDED = Fact(MEMBERSHIP, ParticipationRecorded(took_part_on=TODAY, occasion="A meeting"))
member = Specification().given(founded(), organisation(), admitted(MEMBER))
took_part = member.given(RECORDED)
LAST = len(took_part._given)
AGAIN = RecordParticipation(membership=MEMBERSHIP, took_part_on=TODAY, occasion="A meeting")


def withdraw(place: int, membership: MembershipId = MEMBERSHIP) -> WithdrawParticipation:
    return WithdrawParticipation(membership=membership, entry=entry_id(place), reason=WHY)


def not_after_all(place: int, version: int) -> Fact:
    event = ParticipationWithdrawn(entry=entry_id(place), withdraws=version, reason=WHY)
    return Fact(MEMBERSHIP, event)


WITHDRAWN = not_after_all(LAST, 2)


def test_a_day_that_was_written_down_wrongly_is_taken_back_once() -> None:
    took_part.when(withdraw(LAST)).then(WITHDRAWN)
    again = replace(withdraw(LAST), reason="It did not meet at all.")
    for command in (withdraw(LAST), again):
        took_part.given(WITHDRAWN).when(command).then_refused(*COUNTS_NO_MORE, field="entry")


def test_the_term_has_the_days_that_count() -> None:
    world = World()
    for fact, day in took_part._given:
        world.append([fact], day)
    assert world.membership(MEMBERSHIP).term.within(TODAY) == ([TODAY], MEMBER)
    world.append([WITHDRAWN], TODAY)
    assert world.membership(MEMBERSHIP).term.within(TODAY) == ([], MEMBER)


def test_the_day_can_be_written_down_again_and_is_then_the_other_entrys() -> None:
    again = took_part.given(WITHDRAWN)
    again.when(AGAIN).then(RECORDED)
    twice = again.given(RECORDED)
    # The first entry is withdrawn already; the day counts by the second one.
    twice.when(withdraw(LAST)).then_refused(*COUNTS_NO_MORE, field="entry")
    twice.when(withdraw(LAST + 2)).then(not_after_all(LAST + 2, 4))


def test_only_an_entry_is_withdrawn_that_recorded_that_this_member_took_part() -> None:
    for entry in (entry_id(1), entry_id(LAST - 1), entry_id(LAST + 1), EntryId("f" * 32)):
        command = WithdrawParticipation(membership=MEMBERSHIP, entry=entry, reason=WHY)
        took_part.when(command).then_refused(
            RefusalCode.INVALID_INPUT, "participation-entries", field="entry"
        )
    other = MembershipId(ANOTHER)
    took_part.when(withdraw(LAST, other)).then_refused(
        RefusalCode.INVALID_INPUT, "known-membership", field="membership"
    )


def test_it_holds_from_no_day_before_the_last_entry() -> None:
    took_part.when(withdraw(LAST), effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_of_who_has_left_it_is_taken_back_too() -> None:
    took_part.given(withdrawn()).when(withdraw(LAST)).then(WITHDRAWN)


def test_what_counts_for_no_term_any_more_is_not_taken_back() -> None:
    back = MembershipReinstated(
        tier=MEMBER,
        membership_class="provider",
        agreement="coalition-member-agreement",
        clauses=[],
        signed=False,
        vote=None,
        party=LANTERN,
        reason=None,
        suspended=False,
    )
    later = TODAY + timedelta(days=1)
    returned = took_part.given(withdrawn()).given(Fact(MEMBERSHIP, back), on=later)
    returned.when(withdraw(LAST), today=later, effective=later).then_refused(
        *COUNTS_NO_MORE, field="entry"
    )
