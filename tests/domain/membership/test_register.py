"""The roll, as far as rules across memberships need it."""

from __future__ import annotations

from msgspec.structs import replace

from domain.coalition.leadership import DirectorAppointed, TermEnded
from domain.decision import Fact
from domain.ledger.disclosure import UNSET
from domain.membership.membership import TierChanged
from domain.membership.particulars import ParticularsChanged
from domain.membership.register import LiveMembership, Register
from domain.membership.ties import PartiesMerged
from domain.terms import (
    ApplicationId,
    MembershipId,
    Particular,
    PartyId,
    PersonId,
    TermId,
    TierChangeReason,
)
from tests.domain.examples import (
    ANOTHER,
    FERRY,
    FERRY_EIN,
    LANTERN,
    LANTERN_EIN,
    MEMBER,
    MEMBERSHIP,
    NETWORK,
    PARTNER,
    WREN,
    admitted,
    organisation,
    sent,
)
from tests.domain.world import an_id, blind


def register_of(*facts: Fact) -> Register:
    register = Register(blind)
    for fact in facts:
        register.apply(fact.stream, fact.event)
    return register


def moved(to_tier: str, membership_class: str) -> Fact:
    event = TierChanged(
        from_tier=PARTNER,
        to_tier=to_tier,
        membership_class=membership_class,
        agreement="an-agreement",
        reason=TierChangeReason.REQUESTED,
        application=ApplicationId(ANOTHER),
        clauses=[],
        signed=False,
        standards={},
    )
    return Fact(MEMBERSHIP, event)


def test_an_admission_takes_a_place_a_party_and_a_provider_s_ein() -> None:
    register = register_of(organisation(), admitted(PARTNER))
    assert register.membership_of(LANTERN) == MEMBERSHIP
    assert register.provider_with(LANTERN_EIN) == MEMBERSHIP
    assert register.occupied(PARTNER) == 1
    assert [*register.live()] == [LiveMembership(LANTERN, PARTNER, "provider")]


def test_who_is_no_provider_takes_no_ein() -> None:
    register = register_of(organisation(), admitted(NETWORK))
    assert register.membership_of(LANTERN) == MEMBERSHIP
    assert register.provider_with(LANTERN_EIN) is None


def test_a_party_without_an_ein_takes_none() -> None:
    register = register_of(organisation(ein=None), admitted(MEMBER))
    assert register.provider_with(LANTERN_EIN) is None
    assert register.occupied(MEMBER) == 1


def test_a_change_of_tier_leaves_one_place_and_takes_another() -> None:
    register = register_of(organisation(), admitted(PARTNER), moved(NETWORK, "network"))
    assert (register.occupied(PARTNER), register.occupied(NETWORK)) == (0, 1)
    assert register.provider_with(LANTERN_EIN) is None
    register = register_of(organisation(), admitted(PARTNER), moved(MEMBER, "provider"))
    assert (register.occupied(PARTNER), register.occupied(MEMBER)) == (0, 1)
    assert register.provider_with(LANTERN_EIN) == MEMBERSHIP


def test_a_merger_counts_by_the_entry_of_who_is_part_and_the_other_may_lack_values() -> None:
    merged = PartiesMerged(
        survivor=FERRY,
        absorbed=LANTERN,
        membership=None,
        tier=None,
        passed=False,
        ended=None,
        claims=[],
        reason="They are one.",
    )
    expunged = replace(merged, survivor=UNSET, reason=UNSET)
    register = register_of(Fact(FERRY, expunged))
    assert register.survivor(LANTERN) == LANTERN
    register.apply(LANTERN, merged)
    assert register.survivor(LANTERN) == FERRY


def test_an_ein_is_claimed_as_it_was_said_last_and_by_whatever_its_party_is_part_of() -> None:
    def said(party: PartyId, ein: str | None) -> Fact:
        event = ParticularsChanged(
            says=[Particular.EIN], party_type=None, ein=ein, counties=None, reason="As it is."
        )
        return Fact(party, event)

    register = register_of(organisation(), admitted(PARTNER), said(LANTERN, FERRY_EIN))
    assert register.provider_with(LANTERN_EIN) is None
    assert register.provider_with(FERRY_EIN) == MEMBERSHIP
    register.apply(LANTERN, said(LANTERN, None).event)
    assert register.provider_with(FERRY_EIN) is None
    merged = PartiesMerged(
        survivor=LANTERN,
        absorbed=FERRY,
        membership=MEMBERSHIP,
        tier=PARTNER,
        passed=False,
        ended=None,
        claims=[],
        reason="They are one.",
    )
    for fact in (organisation(FERRY, None), Fact(FERRY, merged), said(FERRY, FERRY_EIN)):
        register.apply(fact.stream, fact.event)
    assert register.provider_with(FERRY_EIN) == MEMBERSHIP


def test_what_is_not_about_the_roll_changes_nothing() -> None:
    register = register_of(organisation(), admitted(PARTNER))
    before = vars(register) | {}
    register.apply(MEMBERSHIP, sent("partner-agreement").event)
    assert vars(register) == before


def test_a_register_keeps_no_ein_in_clear() -> None:
    register = register_of(organisation(), admitted(PARTNER), organisation(FERRY, FERRY_EIN))
    assert LANTERN_EIN not in repr(vars(register))
    assert FERRY_EIN not in repr(vars(register))


def test_a_register_loaded_from_rows_equals_one_folded_from_entries() -> None:
    other = MembershipId(an_id("other"))
    third = MembershipId(an_id("third"))
    folded = register_of(
        organisation(),
        organisation(FERRY, FERRY_EIN),
        admitted(PARTNER),
        admitted(NETWORK, FERRY, other),
        admitted(MEMBER, WREN, third),
    )
    eins = {LANTERN: blind(LANTERN_EIN), FERRY: blind(FERRY_EIN)}
    rows = [
        (MEMBERSHIP, LANTERN, PARTNER, "provider"),
        (other, FERRY, NETWORK, "network"),
        (third, WREN, MEMBER, "provider"),
    ]
    assert vars(Register.load(blind, rows, eins)) == vars(folded)


def test_the_register_knows_who_directs() -> None:
    first, second = an_id("a term"), an_id("another term")
    appointed = DirectorAppointed(named=False, person=PersonId(an_id("Robin")), name="Robin")
    assert register_of().director is None
    assert register_of(Fact(first, appointed)).director == first
    succeeded = [Fact(first, appointed), Fact(first, TermEnded()), Fact(second, appointed)]
    assert register_of(*succeeded).director == second
    # The end of another term changes nothing.
    assert register_of(*succeeded, Fact(first, TermEnded())).director == second
    assert register_of(*succeeded, Fact(second, TermEnded())).director is None
    loaded = Register.load(blind, [], {}, TermId(second))
    loaded.apply(second, TermEnded())
    assert loaded.director is None


def test_a_party_s_live_membership_is_found_with_its_tier() -> None:
    register = register_of(organisation(), admitted(PARTNER))
    assert register.held_by(LANTERN) == LiveMembership(LANTERN, PARTNER, "provider")
    assert register.held_by(FERRY) is None
