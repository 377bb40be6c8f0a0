"""Expunging: what describes goes, and what was decided, about whom and by whom, stays."""

from __future__ import annotations

import pytest

from domain.catalog import EVENT_TYPES
from domain.coalition.coalition import ValueExpunged
from domain.coalition.erasure import DESCRIBES, ExpungeValue
from domain.coalition.vote import TerminationAnswered
from domain.decision import Fact, RefusalCode
from domain.ledger.disclosure import hidden_fields
from domain.membership.particulars import ParticularsChanged
from domain.membership.review import RequirementFound
from domain.membership.ties import PartyAffiliated
from domain.terms import Affiliation, ApplicationKind, Particular, VoteOutcome
from tests.domain.coalition.votes import VOTE, closed, partners
from tests.domain.examples import (
    FERRY,
    LANTERN,
    LANTERN_EIN,
    MEMBER,
    MEMBERSHIP,
    NETWORK,
    REVIEW,
    admitted,
    founded,
    organisation,
    ready,
    submitted,
)
from tests.domain.membership.mergers import together
from tests.domain.membership.standings import lifted, put_to_vote, suspended, terminated, withdrawn
from tests.domain.specification import Outcome, Specification
from tests.domain.world import COALITION, entry_id

BEGUN = [*founded(), organisation()]
ASKED = submitted(NETWORK, kind=ApplicationKind.TIER_CHANGE, membership=MEMBERSHIP)
VOTED = [*BEGUN, admitted(MEMBER), *put_to_vote()]
ANSWERED = [*VOTED, Fact(VOTE, TerminationAnswered(answer="It was."))]
NOTED = [
    Fact(REVIEW, RequirementFound(requirement="provider.mission", met=True, note="Ana said so."))
]
WAITS = [*BEGUN, admitted(MEMBER), suspended(until=None, condition="An audit.")]
OTHER = ParticularsChanged(
    says=[Particular.EIN], party_type=None, ein="996543210", counties=None, reason="It moved."
)
other_ein = Fact(LANTERN, OTHER)


def place_of(given: list[Fact], stored_name: str) -> int:
    """Return the place of the last entry of a type, from 1."""
    types = [type(each.event).stored_name for each in given]
    return len(types) - types[::-1].index(stored_name)


def expunge(given: list[Fact], stored_name: str, field: str) -> Outcome:
    """Expunge a field of the last entry of a type."""
    entry = entry_id(place_of(given, stored_name))
    return Specification().given(given).when(ExpungeValue(entry=entry, field=field))


def gone(given: list[Fact], stored_name: str, field: str) -> Fact:
    entry = entry_id(place_of(given, stored_name))
    return Fact(COALITION, ValueExpunged(entry=entry, field=field))


@pytest.mark.parametrize(
    ("given", "stored_name", "field"),
    [
        # What a vote was on, and that it is about the membership as it is.
        (VOTED, "vote.opened.v1", "clauses"),
        (VOTED, "vote.opened.v1", "membership_version"),
        # The EIN that somebody looked at.
        ([*BEGUN, *ready(MEMBER)], "review.requirement_found.v1", "ein_told"),
        ([*BEGUN, *ready(MEMBER)], "review.requirement_found.v1", "met"),
        # The reasons by requirement.
        ([*BEGUN, admitted(MEMBER), suspended()], "membership.suspended.v1", "clauses"),
        ([*VOTED, terminated()], "membership.terminated.v1", "clauses"),
        ([*BEGUN, admitted(MEMBER)], "membership.admitted.v1", "standards"),
        # Why another tier is asked for, which the change of it gives again.
        ([*BEGUN, admitted(MEMBER), ASKED], "application.submitted.v1", "reason"),
        # What comes back when the two are separated, and which of them votes.
        ([*BEGUN, *partners(2), *together()], "party.merged.v1", "passed"),
        ([*BEGUN, *partners(2), *together()], "party.merged.v1", "membership"),
        ([*BEGUN, *partners(2), *together()], "party.merged.v1", "ended"),
    ],
)
def test_what_was_decided_is_not_expunged(given: list[Fact], stored_name: str, field: str) -> None:
    expunge(given, stored_name, field).then_refused(
        RefusalCode.INVALID_INPUT, "needed-fields", field="field", because="only describes"
    )


@pytest.mark.parametrize(
    ("given", "stored_name", "field"),
    [
        ([*VOTED, closed(VoteOutcome.PASSED)], "vote.opened.v1", "reason"),
        ([*ANSWERED, closed(VoteOutcome.PASSED)], "vote.termination_answered.v1", "answer"),
        ([*BEGUN, *ready(MEMBER), *NOTED], "review.requirement_found.v1", "note"),
        ([*BEGUN, *ready(MEMBER)], "review.recorded.v1", "reasons"),
        ([*BEGUN, *ready(NETWORK)], "application.evidence_attached.v1", "description"),
        ([*BEGUN, admitted(MEMBER), suspended()], "membership.suspended.v1", "reason"),
        ([*WAITS, lifted()], "membership.suspended.v1", "condition"),
        ([*WAITS, withdrawn()], "membership.suspended.v1", "condition"),
        ([*BEGUN, *partners(2), *together()], "party.merged.v1", "reason"),
    ],
)
def test_a_text_that_should_not_have_been_written_is_expunged(
    given: list[Fact], stored_name: str, field: str
) -> None:
    expunge(given, stored_name, field).then(gone(given, stored_name, field))


@pytest.mark.parametrize(
    ("given", "stored_name", "field", "until"),
    [
        (VOTED, "vote.opened.v1", "reason", "The close of the vote"),
        (ANSWERED, "vote.termination_answered.v1", "answer", "The close of the vote"),
        (WAITS, "membership.suspended.v1", "condition", "The end of the suspension"),
    ],
)
def test_what_others_go_by_is_not_expunged_before_it_is_over(
    given: list[Fact], stored_name: str, field: str, until: str
) -> None:
    expunge(given, stored_name, field).then_refused(
        RefusalCode.INVALID_INPUT, "needed-fields", field="field", because=until
    )


@pytest.mark.parametrize(
    ("given", "stored_name", "field"),
    [
        # Without it the suspension would not end on its day.
        ([*BEGUN, admitted(MEMBER), suspended()], "membership.suspended.v1", "condition"),
        ([*BEGUN, admitted(MEMBER), withdrawn()], "membership.withdrawn.v1", "reason"),
    ],
)
def test_what_says_nothing_is_not_expunged(given: list[Fact], stored_name: str, field: str) -> None:
    expunge(given, stored_name, field).then_refused(
        RefusalCode.INVALID_INPUT, "needed-fields", field="field", because="says something"
    )


def test_an_answer_that_was_said_anew_is_expunged_while_the_vote_is_open() -> None:
    given = [*ANSWERED, Fact(VOTE, TerminationAnswered(answer="It was all."))]
    first = ExpungeValue(entry=entry_id(len(ANSWERED)), field="answer")
    Specification().given(given).when(first).then(
        Fact(COALITION, ValueExpunged(entry=first.entry, field="answer"))
    )


def test_the_ein_of_a_live_provider_is_corrected_or_given_up_before_it_is_expunged() -> None:
    registered = "party.organisation_registered.v1"
    provider = [*BEGUN, admitted(MEMBER)]
    expunge(provider, registered, "ein").then_refused(
        RefusalCode.INVALID_INPUT, "one-provider-per-ein", field="field", because="correct it first"
    )
    expunge([*provider, other_ein], "party.particulars_changed.v1", "ein").then_refused(
        RefusalCode.INVALID_INPUT, "one-provider-per-ein", field="field"
    )
    free = (
        [*BEGUN],
        [*BEGUN, admitted(NETWORK)],
        [*provider, withdrawn()],
        [*provider, other_ein],
    )
    for given in free:
        expunge(given, registered, "ein").then(gone(given, registered, "ein"))


def test_the_ein_of_who_sponsors_a_live_provider_stays_while_that_one_shares_it() -> None:
    registered = "party.organisation_registered.v1"
    tie = PartyAffiliated(affiliate=LANTERN, affiliation=Affiliation.SPONSORED_BY, own_word=False)
    both = [*founded(), organisation(FERRY, LANTERN_EIN), organisation(), Fact(FERRY, tie)]
    expunge([*both, admitted(MEMBER, FERRY)], registered, "ein").then_refused(
        RefusalCode.INVALID_INPUT, "one-provider-per-ein", field="field"
    )
    expunge(both, registered, "ein").then(gone(both, registered, "ein"))


def test_what_describes_holds_texts_alone() -> None:
    held: dict[str, set[str]] = {}
    for event in EVENT_TYPES.values():
        for field in {*hidden_fields(event)} & DESCRIBES:
            hint = next(
                kind.__annotations__[field]
                for kind in event.__mro__
                if field in kind.__annotations__
            )
            held.setdefault(field, set()).add(str(hint).partition("[")[2].removesuffix("]"))
    assert held.keys() == DESCRIBES
    texts = {"str", "str | None", "list[str]", "list[str] | None"}
    # Why another tier is asked for is one of a few reasons, and refused as such.
    others = {kind for found in held.values() for kind in found} - texts
    assert others == {"TierChangeReason | None"}
