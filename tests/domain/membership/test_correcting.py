"""What an entry said wrong of a party reads right, and the entry that has it stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.decision import Fact, RefusalCode
from domain.ledger.disclosure import UNSET
from domain.membership.membership import AdmitMember
from domain.membership.particulars import ChangeParticulars, ParticularsChanged
from domain.membership.particulars_correction import (
    CorrectParticulars,
    IndividualParticularsCorrected,
    OrganisationParticularsCorrected,
)
from domain.membership.term import RenewalOpened, RenewMembership
from domain.membership.ties import PartiesMerged
from domain.policy import PartyType
from domain.terms import EntryId, MembershipId, Particular, PartyId
from tests.domain.coalition.votes import voted_in
from tests.domain.examples import (
    APPLICATION,
    COUNTY,
    DAY_BEFORE,
    FERRY,
    FERRY_EIN,
    LANTERN,
    LANTERN_EIN,
    MEMBER,
    MEMBERSHIP,
    NETWORK,
    WREN,
    admitted,
    founded,
    individual,
    organisation,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id, entry_id

WHY = "A slip of the keyboard."
TYPE, EIN, COUNTIES = Particular
GROUP = "community-organisation"
NONPROFIT = "nonprofit-501c3"
THIRD_EIN = "993456789"
FOUNDED = founded()
REGISTERED = entry_id(len(FOUNDED) + 1)
PERSON = entry_id(len(FOUNDED) + 2)
NEXT = entry_id(len(FOUNDED) + 3)
known = Specification().given(FOUNDED, organisation(), individual())


def correct(
    entry: EntryId = REGISTERED,
    party: PartyId = LANTERN,
    **values: Any,  # noqa: ANN401 - whatever the command has
) -> CorrectParticulars:
    return CorrectParticulars(party=party, entry=entry, reason=WHY, **values)


def corrected(
    *says: Particular,
    entry: EntryId = REGISTERED,
    corrects: int = 1,
    renumbers: bool | None = None,
    **values: Any,  # noqa: ANN401 - whatever the event has
) -> Fact:
    said: dict[str, Any] = {"party_type": None, "ein": None, "counties": None} | values
    event = OrganisationParticularsCorrected(
        entry=entry,
        corrects=corrects,
        says=list(says),
        renumbers=EIN in says if renumbers is None else renumbers,
        reason=WHY,
        **said,
    )
    return Fact(LANTERN, event)


def changed(*says: Particular, party: PartyId = LANTERN, **values: Any) -> Fact:  # noqa: ANN401
    said: dict[str, Any] = {"party_type": None, "ein": None, "counties": None} | values
    return Fact(party, ParticularsChanged(says=list(says), reason=WHY, **said))


def test_a_correction_points_at_the_entry_and_says_only_what_reads_otherwise() -> None:
    known.when(correct(ein="99-3456789")).then(corrected(EIN, ein=THIRD_EIN))
    whole = correct(party_type=GROUP, ein=LANTERN_EIN, counties=["29510", COUNTY, COUNTY])
    right = corrected(TYPE, COUNTIES, party_type=GROUP, counties=[COUNTY, "29510"])
    known.when(whole).then(right)
    known.given(right).when(whole).then_nothing()
    known.when(correct(without_ein=True)).then(corrected(EIN))


def test_the_last_correction_of_an_entry_counts() -> None:
    once = known.given(corrected(EIN, ein=FERRY_EIN))
    once.when(correct(ein=FERRY_EIN)).then_nothing()
    again = corrected(EIN, ein=THIRD_EIN)
    once.when(correct(ein=THIRD_EIN)).then(again)
    once.given(again).when(correct(ein=LANTERN_EIN)).then(corrected(EIN, ein=LANTERN_EIN))


def test_the_party_is_what_it_reads_as() -> None:
    right = known.given(corrected(TYPE, EIN, party_type=GROUP, ein=THIRD_EIN))
    same = ChangeParticulars(party=LANTERN, party_type=GROUP, ein=THIRD_EIN, reason=WHY)
    right.when(same).then_nothing()


def test_what_was_changed_since_stays_when_what_was_before_is_corrected() -> None:
    later = known.given(changed(EIN, ein=THIRD_EIN))
    before = corrected(EIN, ein=FERRY_EIN, renumbers=False)
    later.when(correct(ein=FERRY_EIN)).then(before)
    same = ChangeParticulars(party=LANTERN, ein=THIRD_EIN, reason=WHY)
    later.given(before).when(same).then_nothing()


def test_a_change_is_corrected_where_it_stands() -> None:
    later = known.given(changed(EIN, ein=THIRD_EIN))
    right = corrected(EIN, entry=NEXT, corrects=2, ein=FERRY_EIN)
    later.when(correct(NEXT, ein=FERRY_EIN)).then(right)
    same = ChangeParticulars(party=LANTERN, ein=FERRY_EIN, reason=WHY)
    later.given(right).when(same).then_nothing()


def test_what_was_expunged_can_be_said_again() -> None:
    silent = ParticularsChanged(
        says=[EIN, COUNTIES], party_type=None, ein=UNSET, counties=UNSET, reason=UNSET
    )
    given = known.given(Fact(LANTERN, silent))
    right = corrected(EIN, entry=NEXT, corrects=2, ein=LANTERN_EIN)
    given.when(correct(NEXT, ein=LANTERN_EIN)).then(right)
    gone = OrganisationParticularsCorrected(
        entry=NEXT,
        corrects=2,
        says=[EIN, COUNTIES],
        party_type=None,
        ein=UNSET,
        counties=UNSET,
        renumbers=True,
        reason=UNSET,
    )
    given.given(right, Fact(LANTERN, gone)).when(correct(NEXT, ein=LANTERN_EIN)).then(right)


def test_a_person_s_type_and_counties_are_corrected_and_no_rule_knows_the_counties() -> None:
    def right(*says: Particular, **values: Any) -> Fact:  # noqa: ANN401
        said: dict[str, Any] = {"party_type": None, "counties": None} | values
        event = IndividualParticularsCorrected(
            entry=PERSON, corrects=1, says=list(says), reason=WHY, **said
        )
        return Fact(WREN, event)

    practises = correct(PERSON, WREN, party_type="individual")
    after = right(TYPE, party_type="individual")
    known.when(practises).then(after)
    known.given(after).when(practises).then_nothing()
    lives = correct(PERSON, WREN, counties=[COUNTY])
    moved = right(COUNTIES, counties=[COUNTY])
    known.when(lives).then(moved)
    known.given(moved).when(lives).then(moved)


@pytest.mark.parametrize(
    ("values", "rule", "field"),
    [
        ({}, "some-particular", "partyType"),
        ({"ein": THIRD_EIN, "without_ein": True}, "one-ein", "withoutEin"),
        ({"party_type": "guild"}, "known-partyType", "partyType"),
        ({"party_type": "individual"}, "known-partyType", "partyType"),
        ({"ein": "00-0000000"}, "ein-prefix", "ein"),
        ({"counties": ["36061"]}, "service-area", "counties"),
    ],
)
def test_nothing_reads_as_a_registration_could_not(
    values: dict[str, Any], rule: str, field: str
) -> None:
    known.when(correct(**values)).then_refused(RefusalCode.INVALID_INPUT, rule, field=field)


def test_a_person_is_no_organisation_and_has_no_ein() -> None:
    for values, rule, field in (
        ({"party_type": GROUP}, "known-partyType", "partyType"),
        ({"ein": THIRD_EIN}, "party-kind", "ein"),
        ({"without_ein": True}, "party-kind", "withoutEin"),
    ):
        known.when(correct(PERSON, WREN, **values)).then_refused(
            RefusalCode.INVALID_INPUT, rule, field=field
        )


def test_only_an_entry_that_said_it_of_the_party_is_corrected() -> None:
    refused = (RefusalCode.INVALID_INPUT, "particular-entries")
    for entry in (entry_id(1), PERSON, entry_id(99)):
        known.when(correct(entry, ein=THIRD_EIN)).then_refused(*refused, field="entry")
    once = known.given(corrected(EIN, ein=THIRD_EIN))
    once.when(correct(NEXT, ein=FERRY_EIN)).then_refused(*refused, field="entry")


def test_an_entry_is_corrected_in_nothing_of_which_it_says_nothing() -> None:
    later = known.given(changed(EIN, ein=THIRD_EIN))
    for values, field in (({"party_type": GROUP}, "partyType"), ({"counties": []}, "counties")):
        later.when(correct(NEXT, **values)).then_refused(
            RefusalCode.INVALID_INPUT, "particulars-said", field=field
        )
    moved = known.given(changed(COUNTIES, counties=[]))
    moved.when(correct(NEXT, ein=THIRD_EIN)).then_refused(
        RefusalCode.INVALID_INPUT, "particulars-said", field="ein"
    )


def test_a_party_that_nobody_knows_is_refused() -> None:
    nobody = PartyId(an_id("no party"))
    known.when(correct(party=nobody, ein=THIRD_EIN)).then_refused(
        RefusalCode.INVALID_INPUT, "known-party", field="party"
    )


def test_an_organisation_that_is_part_of_another_is_corrected_once_it_is_its_own() -> None:
    event = PartiesMerged(
        survivor=FERRY,
        absorbed=LANTERN,
        membership=None,
        tier=None,
        passed=False,
        ended=None,
        claims=[],
        reason=WHY,
    )
    merged = known.given(organisation(FERRY, FERRY_EIN), Fact(FERRY, event), Fact(LANTERN, event))
    merged.when(correct(ein=THIRD_EIN)).then_refused(
        RefusalCode.WRONG_PHASE, "party.merged", field="party"
    )


def test_a_correction_holds_from_no_day_before_what_it_corrects_nor_to_come() -> None:
    for day, code in (
        (DAY_BEFORE, RefusalCode.TOO_EARLY),
        (TODAY + timedelta(days=1), RefusalCode.NOT_YET),
    ):
        known.when(correct(ein=THIRD_EIN), effective=day).then_refused(
            code, "effective-date", field="effectiveOn"
        )


two = known.given(
    organisation(FERRY, FERRY_EIN), admitted(MEMBER, FERRY, MembershipId(an_id("Ferry's")))
)
FERRY_REGISTERED = NEXT


def test_a_provider_s_ein_reads_as_no_other_live_provider_s() -> None:
    both = two.given(admitted(MEMBER))
    both.when(correct(ein=FERRY_EIN)).then_refused(
        RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein"
    )
    # One that it has no longer claims nothing.
    later = both.given(changed(EIN, ein=THIRD_EIN))
    later.when(correct(ein=FERRY_EIN)).then(corrected(EIN, ein=FERRY_EIN, renumbers=False))


def test_who_is_no_provider_may_share_an_ein() -> None:
    shared = corrected(EIN, ein=FERRY_EIN)
    two.when(correct(ein=FERRY_EIN)).then(shared)
    two.given(admitted(NETWORK)).when(correct(ein=FERRY_EIN)).then(shared)
    # It would be a second provider of it.
    admit = AdmitMember(application=APPLICATION, membership=MEMBERSHIP)
    two.given(shared, voted_in(MEMBER)).when(admit).then_refused(
        RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein"
    )


def test_the_ein_that_was_a_slip_is_free_for_another() -> None:
    both = two.given(admitted(MEMBER))
    right = OrganisationParticularsCorrected(
        entry=FERRY_REGISTERED,
        corrects=1,
        says=[EIN],
        party_type=None,
        ein=THIRD_EIN,
        counties=None,
        renumbers=True,
        reason=WHY,
    )
    given = both.given(Fact(FERRY, right))
    given.when(correct(ein=FERRY_EIN)).then(corrected(EIN, ein=FERRY_EIN))
    given.when(correct(ein=THIRD_EIN)).then_refused(
        RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein"
    )


def test_a_tier_goes_by_the_type_as_it_was_corrected() -> None:
    member = known.given(admitted(MEMBER))
    due = member.given(Fact(MEMBERSHIP, RenewalOpened(term_ends=TODAY)))
    own = [each.id for each in CATE.requirements_for(MEMBER, PartyType(NONPROFIT))]
    asked = [each for each in own if each != f"{MEMBER}.type"]
    renew = RenewMembership(membership=MEMBERSHIP, clauses=asked)
    wrong = due.given(corrected(TYPE, party_type=GROUP))
    # Of another type, something else is asked to be attested.
    wrong.when(renew).then_refused(RefusalCode.INVALID_INPUT, "known-clauses", field="clauses")
    wrong.given(corrected(TYPE, party_type=NONPROFIT)).when(renew).then_accepted()
