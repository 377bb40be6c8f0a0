"""Terms of office: the director, and the leaders of partners."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.coalition.leadership import (
    AppointDirector,
    ChangeNaming,
    DirectorAppointed,
    EndTerm,
    NamePartnerLeader,
    NamingChanged,
    PartnerLeaderNamed,
    TermEnded,
)
from domain.decision import Command, Fact, RefusalCode
from domain.membership.membership import TierChanged
from domain.terms import PersonId, TermId, TierChangeReason
from tests.domain.examples import (
    APPLICATION,
    DAY_BEFORE,
    FERRY,
    LANTERN,
    MEMBER,
    MEMBERSHIP,
    PARTNER,
    admitted,
    founded,
    organisation,
)
from tests.domain.specification import Specification
from tests.domain.world import an_id

FIRST = TermId(an_id("the first director's term"))
SECOND = TermId(an_id("the second director's term"))
LEADERS = TermId(an_id("a leader's term"))
ROBIN = PersonId(an_id("Robin"))
TEAL = PersonId(an_id("Teal"))

APPOINT = AppointDirector(term=FIRST, person=ROBIN, name="Robin Example")
SUCCEED = AppointDirector(term=SECOND, person=TEAL, name="Teal Example", named=True)
NAME = NamePartnerLeader(term=LEADERS, party=LANTERN, person=TEAL, name="Teal Example")

appointed = Fact(FIRST, DirectorAppointed(named=False, person=ROBIN, name="Robin Example"))
leader = Fact(
    LEADERS,
    PartnerLeaderNamed(named=False, party=LANTERN, person=TEAL, name="Teal Example"),
)
coalition = Specification().given(founded(seats=2), organisation(), admitted(PARTNER))
directed = coalition.given(appointed)


def test_somebody_is_appointed_to_direct_the_coalition() -> None:
    coalition.when(APPOINT).then(appointed)


def test_whoever_directs_already_is_not_appointed_again() -> None:
    directed.when(APPOINT).then_nothing()
    directed.when(replace(APPOINT, term=SECOND)).then_nothing()


def test_a_successor_s_term_begins_when_the_director_s_ends() -> None:
    directed.when(SUCCEED).then(
        Fact(FIRST, TermEnded()),
        Fact(SECOND, DirectorAppointed(named=True, person=TEAL, name="Teal Example")),
    )


def test_a_successor_does_not_begin_before_the_director_did() -> None:
    directed.when(SUCCEED, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_after_a_term_has_ended_nobody_has_to_go() -> None:
    ended = directed.given(Fact(FIRST, TermEnded()))
    ended.when(SUCCEED).then(
        Fact(SECOND, DirectorAppointed(named=True, person=TEAL, name="Teal Example"))
    )
    # The same person may come back, in a term of their own.
    again = replace(APPOINT, term=SECOND)
    ended.when(again).then(replace(appointed, stream=SECOND))


def test_one_id_does_not_stand_for_two_terms() -> None:
    for command in (replace(SUCCEED, term=FIRST), replace(NAME, term=FIRST, person=ROBIN)):
        directed.when(command).then_refused(RefusalCode.WRONG_PHASE, "begun-once")


def test_a_leader_of_a_partner_shares_in_leading() -> None:
    coalition.when(NAME).then(leader)
    coalition.given(leader).when(NAME).then_nothing()


def test_who_is_no_partner_does_not_lead() -> None:
    member = coalition.given(organisation(FERRY, None), admitted(MEMBER, FERRY, an_id("other")))
    for given in (coalition, member):
        given.when(replace(NAME, party=FERRY)).then_refused(
            RefusalCode.NOT_ELIGIBLE, "partners-lead", field="party", because=PARTNER
        )


def test_nobody_leads_a_partner_before_it_is_one() -> None:
    coalition.when(NAME, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    # It was admitted to another tier, and became a partner later.
    came = TierChanged(
        application=APPLICATION,
        from_tier=MEMBER,
        to_tier=PARTNER,
        membership_class="provider",
        agreement="partner-agreement",
        clauses=[],
        reason=TierChangeReason.SERVICES_CHANGED,
        signed=True,
    )
    changed = (
        Specification()
        .given(founded(seats=2), organisation(), admitted(MEMBER), on=DAY_BEFORE)
        .given(Fact(MEMBERSHIP, came))
    )
    changed.when(NAME, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    changed.when(NAME).then(leader)


def test_a_person_is_named_while_they_want_it() -> None:
    coalition.given(leader).when(ChangeNaming(term=LEADERS, named=True)).then(
        Fact(LEADERS, NamingChanged(named=True))
    )
    named = coalition.given(leader, Fact(LEADERS, NamingChanged(named=True)))
    named.when(ChangeNaming(term=LEADERS, named=True)).then_nothing()
    # Consent can be taken back after the term, too.
    named.given(Fact(LEADERS, TermEnded())).when(ChangeNaming(term=LEADERS, named=False)).then(
        Fact(LEADERS, NamingChanged(named=False))
    )


def test_a_term_ends_once() -> None:
    directed.when(EndTerm(term=FIRST)).then(Fact(FIRST, TermEnded()))
    directed.given(Fact(FIRST, TermEnded())).when(EndTerm(term=FIRST)).then_nothing()


@pytest.mark.parametrize("command", [EndTerm(term=FIRST), ChangeNaming(term=FIRST, named=True)])
def test_a_term_that_nobody_began_cannot_change(command: Command) -> None:
    coalition.when(command).then_refused(RefusalCode.INVALID_INPUT, "known-term", field="term")
    directed.when(command, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
