"""Two organisations become one: one membership, one seat, both EINs."""

from __future__ import annotations

from domain.decision import Fact, RefusalCode
from domain.membership.application import AppealFiled, ApplicationDeclined
from domain.membership.membership import AdmitMember
from domain.membership.names import AddAlias, RenameParty
from domain.membership.party import AppointRepresentative, PublishListing
from domain.membership.standing import ReinstateMembership
from domain.membership.ties import (
    DeclareAffiliation,
)
from domain.membership.waiting import ApplicationWaitlisted
from domain.terms import Affiliation, ApplicationKind, MembershipId, PersonId
from tests.domain.coalition.votes import (
    AFTER,
    home,
    member,
    partner,
    partners,
    seat,
    voted_in,
)
from tests.domain.examples import (
    ANOTHER,
    APPLICATION,
    LANTERN,
    MEMBER,
    NETWORK,
    PARTNER,
    WREN,
    individual,
    organisation,
    ready,
    submitted,
)
from tests.domain.membership.mergers import (
    EARLIER,
    FIRST,
    ONE,
    SECOND,
    TWO,
    coalition,
    merge,
    together,
)
from tests.domain.membership.standings import suspended


def test_of_two_partners_one_membership_one_seat_and_both_eins_remain() -> None:
    given = coalition(partners(2))
    given.when(merge()).then(*together())
    # The seat is free for one more, and the EIN of neither is.
    full = given.given(together(), member(3), organisation(), voted_in(PARTNER))
    admit = AdmitMember(application=APPLICATION, membership=MembershipId(ANOTHER))
    full.when(admit).then_accepted()
    taken = organisation(ein="980000002")
    given.given(together(), taken, voted_in(PARTNER)).when(admit).then_refused(
        RefusalCode.EIN_HELD, "one-provider-per-ein", field="ein"
    )


def test_the_membership_of_the_merged_one_may_be_the_one_that_goes_on() -> None:
    coalition(member(1, MEMBER), member(2, PARTNER)).when(merge(membership=seat(2))).then(
        *together(kept=seat(2), ended=seat(1), passed=True)
    )


def test_where_one_has_a_membership_it_goes_on_whosever_it_was() -> None:
    bare = organisation(ONE, ein="990000001")
    coalition(bare, member(2)).when(merge(membership=None)).then(
        *together(kept=seat(2), ended=None, passed=True)
    )
    coalition(member(1), organisation(TWO, ein=None)).when(merge(membership=None)).then(
        *together(ended=None, claims=[ONE])
    )
    coalition(member(1, NETWORK), organisation(TWO, ein=None)).when(merge(membership=None)).then(
        *together(ended=None, tier=NETWORK, claims=[])
    )


def test_two_that_are_no_members_may_be_one() -> None:
    coalition(organisation(ONE), organisation(TWO)).when(merge(membership=None)).then(
        *together(kept=None, ended=None, tier=None, claims=[])
    )


def test_to_merge_again_changes_nothing() -> None:
    coalition(partners(2), together()).when(merge()).then_nothing()


def test_whoever_is_part_of_another_goes_on_under_that_one_alone() -> None:
    given = coalition(partners(3), together())
    for command, field in (
        (merge(partner(3), TWO, seat(3)), "merged"),
        (merge(TWO, partner(3), seat(3)), "survivor"),
        (RenameParty(party=TWO, name="Another name"), "party"),
        (AddAlias(party=TWO, alias="A.N."), "party"),
        (PublishListing(party=TWO, name="Shown"), "party"),
        (
            DeclareAffiliation(party=TWO, affiliate=partner(3), affiliation=Affiliation.SPONSORS),
            "party",
        ),
        (
            DeclareAffiliation(party=partner(3), affiliate=TWO, affiliation=Affiliation.SPONSORS),
            "affiliate",
        ),
        (
            AppointRepresentative(
                party=TWO,
                person=PersonId(ANOTHER),
                capacity="chair",
                name="Sam Invented",
                email="sam@example.org",
            ),
            "party",
        ),
    ):
        given.when(command).then_refused(RefusalCode.WRONG_PHASE, "party.merged", field=field)


def test_an_application_of_the_merged_one_admits_nobody() -> None:
    part = together(TWO, LANTERN, kept=seat(2), ended=None)
    given = coalition(organisation(), ready(MEMBER), member(2), part)
    admit = AdmitMember(application=APPLICATION, membership=MembershipId(ANOTHER))
    given.when(admit).then_refused(RefusalCode.WRONG_PHASE, "party.merged", field="party")


def test_a_merged_membership_is_not_taken_up_again_by_itself() -> None:
    coalition(partners(2), together()).when(ReinstateMembership(membership=seat(2))).then_refused(
        RefusalCode.WRONG_PHASE, "party.merged", field="party"
    )


def test_only_known_organisations_that_differ_are_merged() -> None:
    given = coalition(member(1), individual())
    given.when(merge()).then_refused(RefusalCode.INVALID_INPUT, "known-merged", field="merged")
    given.when(merge(TWO, ONE)).then_refused(
        RefusalCode.INVALID_INPUT, "known-survivor", field="survivor"
    )
    given.when(merge(ONE, WREN)).then_refused(
        RefusalCode.INVALID_INPUT, "party-kind", field="merged"
    )
    given.when(merge(ONE, ONE)).then_refused(
        RefusalCode.INVALID_INPUT, "another-party", field="merged"
    )


def test_where_both_have_a_membership_one_of_them_is_chosen() -> None:
    given = coalition(partners(3))
    for wrong in (None, seat(3)):
        given.when(merge(membership=wrong)).then_refused(
            RefusalCode.INVALID_INPUT, "merger.membership", field="membership"
        )
    alone = coalition(member(1), organisation(TWO))
    alone.when(merge(membership=seat(2))).then_refused(
        RefusalCode.INVALID_INPUT, "merger.membership", field="membership"
    )


def test_the_home_moves_before_it_is_merged() -> None:
    coalition(partners(2), home(None, TWO)).when(merge()).then_refused(
        RefusalCode.WRONG_PHASE, "merger.home", field="merged"
    )


def test_a_tier_that_does_not_admit_the_survivor_is_not_passed_to_it() -> None:
    group = organisation(ONE, party_type="coalition-or-group", ein=None)
    coalition(group, member(2)).when(merge(membership=None)).then_refused(
        RefusalCode.NOT_ELIGIBLE, f"{PARTNER}.type", field="tier"
    )


def test_an_ein_of_the_two_that_another_provider_has_is_in_the_way() -> None:
    # As network members the two may share an EIN with a provider, which a provider may not.
    registered = organisation(partner(3), ein="980000002")
    third = [registered, *(fact for fact in member(3, MEMBER) if fact.stream != partner(3))]
    given = coalition(member(1, MEMBER), member(2, NETWORK), third)
    given.when(merge()).then_refused(RefusalCode.EIN_HELD, "one-provider-per-ein", field="merged")
    given.when(merge(membership=seat(2))).then_accepted()


def test_a_merger_holds_neither_from_before_the_two_nor_from_a_day_to_come() -> None:
    given = coalition(partners(2))
    given.when(merge(), effective=EARLIER).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )
    given.when(merge(), effective=AFTER).then_refused(
        RefusalCode.NOT_YET, "effective-date", field="effectiveOn"
    )


def test_what_is_to_be_a_part_has_no_application_open() -> None:
    asking = [organisation(), submitted(NETWORK)]
    given = coalition(member(1), *asking)
    command = merge(ONE, LANTERN, None)
    given.when(command).then_refused(RefusalCode.WRONG_PHASE, "merger.open-application")
    waits = Fact(APPLICATION, ApplicationWaitlisted(clauses=[]))
    given.given(waits).when(command).then_refused(
        RefusalCode.WRONG_PHASE, "merger.open-application"
    )
    declined = given.given(Fact(APPLICATION, ApplicationDeclined()))
    assert isinstance(declined.when(command)._decision, list)
    appealed = declined.given(Fact(APPLICATION, AppealFiled(grounds="We do.")))
    appealed.when(command).then_refused(RefusalCode.WRONG_PHASE, "merger.open-application")
    # What goes on may go on applying.
    assert isinstance(given.when(merge(LANTERN, ONE, None))._decision, list)


def test_a_membership_that_would_end_has_no_application_open() -> None:
    asks = submitted(NETWORK, ONE, kind=ApplicationKind.TIER_CHANGE, membership=FIRST)
    given = coalition(partners(2), asks)
    given.when(merge(membership=SECOND)).then_refused(
        RefusalCode.WRONG_PHASE, "merger.open-application"
    )
    given.when(merge()).then(*together())


def test_a_merger_is_no_way_out_of_a_suspension() -> None:
    given = coalition(partners(2), suspended(FIRST))
    given.when(merge(membership=SECOND)).then_refused(
        RefusalCode.WRONG_PHASE, "merger.suspended", field="membership"
    )
    # It goes on, suspended as it is.
    given.when(merge()).then(*together())
