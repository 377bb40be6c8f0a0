"""Annual renewal: asked in time, missed, made up for, or lapsed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.decision import Command, Fact, RefusalCode
from domain.membership.standing import MembershipLapsed
from domain.membership.term import (
    LapseMembership,
    MembershipRenewed,
    OpenRenewal,
    ParticipationRecorded,
    RecordMissedRenewal,
    RecordParticipation,
    RenewalMissed,
    RenewalOpened,
    RenewMembership,
    Term,
    WithdrawParticipation,
    evolve,
    moved,
)
from domain.terms import LapseReason, MembershipId, MembershipStatus
from tests.domain.examples import (
    ANOTHER,
    DAY_BEFORE,
    FIRST_TEXT,
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    PARTNER,
    admitted,
    founded,
    organisation,
    published,
    sent,
    signed,
)
from tests.domain.membership.standings import suspended, terminated, withdrawn
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification, at
from tests.domain.world import World, entry_id

DAY = timedelta(days=1)
TERM = timedelta(days=CATE.deadlines.membership_term_days)
WINDOW = timedelta(days=CATE.deadlines.renewal_window_days)
GRACE = timedelta(days=CATE.deadlines.renewal_grace_days)
SIGNING = timedelta(days=CATE.deadlines.agreement_signing_days)
ENDS = TODAY + TERM
OPENS = ENDS - WINDOW
LATE = ENDS + DAY
LAST = LATE + GRACE

OPEN = OpenRenewal(membership=MEMBERSHIP)
MISS = RecordMissedRenewal(membership=MEMBERSHIP)
LAPSE = LapseMembership(membership=MEMBERSHIP)
ASKED = [
    f"{MEMBER}.{name}"
    for name in (
        "ein-determination",
        "population",
        "staff-contacts",
        "commitment",
        "responsibility",
    )
]
# The first is asked of organisations alone, and would tell the public that it is one.
ASKED_OF_ALL = ASKED[1:]
RENEW = RenewMembership(membership=MEMBERSHIP, clauses=ASKED)

OPENED = Fact(MEMBERSHIP, RenewalOpened(term_ends=ENDS))
MISSED = Fact(MEMBERSHIP, RenewalMissed(grace_ends=LAST))
RENEWED = Fact(MEMBERSHIP, MembershipRenewed(term_since=ENDS, clauses=ASKED_OF_ALL))
LAPSED = Fact(MEMBERSHIP, MembershipLapsed(reason=LapseReason.RENEWAL_MISSED))

waiting = Specification().given(
    founded(), organisation(), admitted(MEMBER), published(MEMBER_AGREEMENT)
)
member = waiting.given(sent(MEMBER_AGREEMENT), signed(MEMBER_AGREEMENT))
opened = member.given(OPENED, on=OPENS)
missed = opened.given(MISSED, on=LATE)
lapsed = missed.given(LAPSED, on=LAST + DAY)


def status_of(specification: Specification) -> MembershipStatus | None:
    world = World()
    for fact, on in specification._given:
        world.append([fact], on)
    return world.membership(MEMBERSHIP).status


def test_a_member_is_asked_to_renew_when_the_window_opens() -> None:
    member.when(OPEN, **at(OPENS - DAY)).then_refused(
        RefusalCode.NOT_YET, "deadlines.renewal_window_days"
    )
    member.when(OPEN, **at(OPENS)).then(OPENED)
    opened.when(OPEN, **at(OPENS)).then_nothing()


def test_whoever_is_asked_late_still_has_the_whole_window() -> None:
    day = ENDS + timedelta(days=400)
    member.when(OPEN, **at(day)).then(Fact(MEMBERSHIP, RenewalOpened(term_ends=day + WINDOW)))


def test_it_is_active_until_the_term_ends_and_then_it_is_not_shown() -> None:
    assert status_of(opened) is MembershipStatus.ACTIVE
    opened.when(MISS, **at(ENDS)).then_refused(RefusalCode.NOT_YET, "renewal.term-ends")
    opened.when(MISS, **at(LATE)).then(MISSED)
    missed.when(MISS, **at(LATE)).then_nothing()
    assert status_of(missed) is MembershipStatus.RENEWAL_DUE
    assert not MembershipStatus.RENEWAL_DUE.is_shown
    assert MembershipStatus.RENEWAL_DUE.is_live


def test_a_renewal_attests_all_that_the_policy_asks_of_the_member() -> None:
    opened.when(RENEW, **at(OPENS)).then(RENEWED)
    assert status_of(opened.given(RENEWED, on=OPENS)) is MembershipStatus.ACTIVE
    some = RenewMembership(membership=MEMBERSHIP, clauses=ASKED[:3])
    opened.when(some, **at(OPENS)).then_refused(
        RefusalCode.REQUIREMENT_UNMET, ASKED[3], field="clauses", unmet=ASKED[3:]
    )
    other = RenewMembership(membership=MEMBERSHIP, clauses=[*ASKED, f"{MEMBER}.type"])
    opened.when(other, **at(OPENS)).then_refused(
        RefusalCode.INVALID_INPUT, "known-clauses", field="clauses", because="There is no clause "
    )


def test_the_next_term_follows_the_one_before_it() -> None:
    renewed = opened.given(RENEWED, on=OPENS)
    again = ENDS + TERM - WINDOW
    renewed.when(OPEN, **at(again - DAY)).then_refused(
        RefusalCode.NOT_YET, "deadlines.renewal_window_days"
    )
    renewed.when(OPEN, **at(again)).then(Fact(MEMBERSHIP, RenewalOpened(term_ends=ENDS + TERM)))


def test_a_renewal_in_the_grace_is_counted_from_its_day() -> None:
    late = Fact(MEMBERSHIP, MembershipRenewed(term_since=LAST, clauses=ASKED_OF_ALL))
    missed.when(RENEW, **at(LAST)).then(late)
    assert status_of(missed.given(late, on=LAST)) is MembershipStatus.ACTIVE


def test_a_renewal_of_somebody_who_has_not_signed_leaves_them_waiting() -> None:
    renewed = waiting.given(OPENED, MISSED, RENEWED, on=LATE)
    assert status_of(renewed) is MembershipStatus.AGREEMENT_PENDING


def test_nobody_renews_before_they_are_asked() -> None:
    for command in (RENEW, MISS):
        member.when(command, **at(OPENS)).then_refused(RefusalCode.WRONG_PHASE, "renewal.open")


def test_what_is_not_renewed_in_the_grace_lapses() -> None:
    missed.when(LAPSE, **at(LAST)).then_refused(RefusalCode.NOT_YET, "deadlines.renewal_grace_days")
    missed.when(LAPSE, **at(LAST + DAY)).then(LAPSED)
    lapsed.when(LAPSE, **at(LAST + DAY)).then_nothing()
    assert status_of(lapsed) is MembershipStatus.LAPSED
    assert not MembershipStatus.LAPSED.is_live


def test_an_agreement_that_is_not_signed_in_time_lapses_the_membership() -> None:
    waiting.when(LAPSE, **at(LAST)).then_refused(RefusalCode.WRONG_PHASE, "membership.lapse")
    asked = waiting.given(sent(MEMBER_AGREEMENT))
    asked.when(LAPSE, **at(TODAY + SIGNING)).then_refused(
        RefusalCode.NOT_YET, "deadlines.agreement_signing_days"
    )
    asked.when(LAPSE, **at(TODAY + SIGNING + DAY)).then(
        Fact(MEMBERSHIP, MembershipLapsed(reason=LapseReason.AGREEMENT_UNSIGNED))
    )


def test_days_to_sign_are_counted_from_the_text_sent_last() -> None:
    later = TODAY + timedelta(days=20)
    asked = waiting.given(sent(MEMBER_AGREEMENT)).given(
        sent(MEMBER_AGREEMENT, 2, FIRST_TEXT), on=later
    )
    asked.when(LAPSE, **at(later + SIGNING)).then_refused(
        RefusalCode.NOT_YET, "deadlines.agreement_signing_days"
    )


def test_a_lapsed_membership_gives_up_its_place() -> None:
    world = World()
    for fact, on in missed._given:
        world.append([fact], on)
    assert world.register.occupied(MEMBER) == 1
    world.append([LAPSED], LAST)
    assert world.register.occupied(MEMBER) == 0


def test_who_is_suspended_may_renew_and_stays_suspended() -> None:
    halted = opened.given(suspended(), on=OPENS)
    halted.when(RENEW, **at(OPENS)).then(RENEWED)
    assert status_of(halted.given(RENEWED, on=OPENS)) is MembershipStatus.SUSPENDED


@pytest.mark.parametrize("command", [OPEN, RENEW, MISS, LAPSE])
def test_what_has_ended_has_no_term(command: Command) -> None:
    for end in (withdrawn(), terminated()):
        opened.given(end, on=OPENS).when(command, **at(LATE)).then_refused(
            RefusalCode.WRONG_PHASE, "membership.standing"
        )
    if command is not LAPSE:
        lapsed.when(command, **at(LAST + DAY)).then_refused(
            RefusalCode.WRONG_PHASE, "membership.standing"
        )


@pytest.mark.parametrize(
    "command",
    [
        OpenRenewal(membership=MembershipId(ANOTHER)),
        RenewMembership(membership=MembershipId(ANOTHER), clauses=[]),
        RecordMissedRenewal(membership=MembershipId(ANOTHER)),
        LapseMembership(membership=MembershipId(ANOTHER)),
        RecordParticipation(
            membership=MembershipId(ANOTHER), took_part_on=TODAY, occasion="A meeting"
        ),
        WithdrawParticipation(
            membership=MembershipId(ANOTHER), entry=entry_id(1), reason="It was another one."
        ),
    ],
)
def test_a_membership_that_is_not_there_is_refused(command: Command) -> None:
    member.when(command).then_refused(
        RefusalCode.INVALID_INPUT, "known-membership", field="membership"
    )


def test_nothing_of_it_holds_from_before_the_last_entry() -> None:
    for given, command, day in (
        (member, OPEN, OPENS),
        (opened, RENEW, OPENS),
        (opened, MISS, LATE),
        (missed, LAPSE, LAST + DAY),
        (member, took_part(TODAY), TODAY),
    ):
        given.when(command, today=day, effective=DAY_BEFORE).then_refused(
            RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
        )


def took_part(day: date) -> RecordParticipation:
    return RecordParticipation(
        membership=MEMBERSHIP, took_part_on=day, occasion="The spring meeting"
    )


def test_participation_is_recorded_once_a_day_and_a_second_occasion_is_not_taken_in_silence() -> (
    None
):
    recorded = Fact(
        MEMBERSHIP, ParticipationRecorded(took_part_on=TODAY, occasion="The spring meeting")
    )
    member.when(took_part(TODAY)).then(recorded)
    evening = replace(took_part(TODAY), occasion="The evening training")
    for again in (took_part(TODAY), evening):
        member.given(recorded).when(again).then_refused(
            RefusalCode.WRONG_PHASE, "participation.once", field="tookPartOn"
        )


def test_nobody_takes_part_before_they_were_admitted_or_on_a_day_to_come() -> None:
    for day in (DAY_BEFORE, TODAY + DAY):
        member.when(took_part(day)).then_refused(
            RefusalCode.INVALID_INPUT, "participation.day", field="tookPartOn"
        )


def test_who_has_left_takes_part_in_nothing() -> None:
    member.given(withdrawn()).when(took_part(TODAY)).then_refused(
        RefusalCode.WRONG_PHASE, "membership.standing"
    )


def test_a_day_counts_for_the_term_that_it_lies_in() -> None:
    term = Term(begun=(TODAY,), tiers=((TODAY, MEMBER),))
    ends = TODAY + 365 * DAY
    days = (TODAY, ends - 60 * DAY, ends, ends + DAY)
    # A renewal in time makes a term that follows the present one, which goes on until its end.
    term = evolve(term, MembershipRenewed(term_since=ends, clauses=[]), 2)
    # A day from before a member came back counts for no term after that.
    for version, day in enumerate((DAY_BEFORE, *days), start=3):
        term = evolve(term, ParticipationRecorded(took_part_on=day, occasion="A day"), version)
    assert term.within(ends - 60 * DAY) == ([*days[:3]], MEMBER)
    assert term.within(ends) == ([*days[:3]], MEMBER)
    assert term.within(ends + DAY) == ([days[3]], MEMBER)


def test_a_change_of_tier_asks_for_nothing_more_in_the_term_in_which_it_falls() -> None:
    ends = TODAY + 365 * DAY
    term = moved(Term(begun=(TODAY,), tiers=((TODAY, MEMBER),)), ends - 45 * DAY, PARTNER)
    renewed = evolve(term, MembershipRenewed(term_since=ends, clauses=[]), 2)
    for each in (term, renewed):
        assert each.within(ends) == ([], MEMBER)
    assert renewed.within(ends + DAY) == ([], PARTNER)


def test_what_is_owed_in_a_term_does_not_go_with_an_early_renewal() -> None:
    world = World()
    for fact in [each for each, _ in member._given]:
        world.append([fact], TODAY)
    took = ParticipationRecorded(took_part_on=TODAY, occasion="The spring meeting")
    world.append([Fact(MEMBERSHIP, took), OPENED, RENEWED], OPENS)
    assert world.membership(MEMBERSHIP).term.within(OPENS) == ([TODAY], MEMBER)
