import itertools
from pathlib import Path

import pytest

from domain.catalog import EVENT_TYPES
from domain.decision import Command
from domain.ledger.disclosure import Level
from domain.terms import PartyId, PrincipalId
from service.security.access import ACTIONS, COMMANDS, READ, VISIBLE, Kind, Resource, may, may_open
from service.security.access_page import page
from service.security.audiences import AUDIENCES, Audience
from service.security.causes import DECISIONS, OTHERS
from service.security.fields import FIELDS
from service.security.principal import Principal, Role, Scope
from service.security.relations import Relation
from service.security.scopes import SCOPED_ACTIONS, SCOPED_AUDIENCES, refuse_scope

ROOT = Path(__file__).parents[3]
ME = PrincipalId("me")
MY_PARTY = PartyId("my-party")
SOMEBODY = PrincipalId("somebody")

FOREIGN = Resource(
    kind=Kind.APPLICATION,
    party=PartyId("another-party"),
    applicant=SOMEBODY,
    reviewers=frozenset({SOMEBODY}),
)
OWN = Resource(kind=Kind.APPLICATION, party=MY_PARTY, applicant=ME, reviewers=frozenset({SOMEBODY}))
ASSIGNED = Resource(
    kind=Kind.APPLICATION,
    party=PartyId("another-party"),
    applicant=SOMEBODY,
    reviewers=frozenset({ME}),
)


def somebody_as(role: Role) -> Principal:
    return Principal(ME, role, MY_PARTY if role is Role.REPRESENTATIVE else None)


def allowed(action: str, resource: Resource | None, field: str | None = None) -> set[Role]:
    return {role for role in Role if may(somebody_as(role), action, resource, field)}


def commands() -> set[str]:
    return {command.__name__ for command in Command.__subclasses__()}


def test_all_that_a_portal_may_and_the_public_may_not_needs_a_scope() -> None:
    actions = {**COMMANDS, **ACTIONS}
    portals = {each for each, grants in actions.items() if Role.PORTAL in dict(grants)}
    assert portals == set(SCOPED_ACTIONS)
    granted = {each for each, grants in AUDIENCES.items() if Role.PORTAL in dict(grants)}
    assert granted == {Audience.PUBLIC, *SCOPED_AUDIENCES}


@pytest.mark.parametrize("scope", list(Scope))
def test_a_portals_key_with_one_scope_is_kept_from_the_others(scope: Scope) -> None:
    key = Principal(ME, Role.PORTAL, scopes=frozenset({scope}))
    own = Resource(kind=Kind.WEBHOOK, applicant=ME)
    for action, needed in SCOPED_ACTIONS.items():
        assert may(key, action, own) is (needed is scope)
        refusal = refuse_scope(key, action)
        assert (refusal is None) is (needed is scope)
        assert refusal is None or needed.value in refusal.unmet[0].satisfied_by
    for field, audience in FIELDS.items():
        wanted = SCOPED_AUDIENCES.get(audience)
        if wanted is not None:
            assert may(key, READ, own, field) is (wanted is scope)
        elif audience is Audience.PUBLIC:
            assert may(key, READ, own, field)


@pytest.mark.parametrize("resource", [None, FOREIGN, OWN, ASSIGNED])
def test_what_nobody_decided_is_denied_to_everybody(resource: Resource | None) -> None:
    assert allowed("MintCoins", resource) == set()
    assert allowed(READ, resource, "Membership.secret") == set()


def test_every_command_of_the_domain_is_decided_and_no_other() -> None:
    assert set(COMMANDS) == commands()


def test_every_command_of_the_staff_decides_in_a_cause_or_is_named_as_one_that_does_not() -> None:
    staff = {Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR}
    given = {name for name, grants in COMMANDS.items() if {role for role, _ in grants} & staff}
    assert given == DECISIONS | OTHERS
    assert not DECISIONS & OTHERS


def test_every_audience_and_kind_is_decided() -> None:
    assert set(AUDIENCES) == set(Audience)
    assert set(VISIBLE) == set(Kind)


def test_nothing_is_read_of_no_resource_in_particular() -> None:
    assert allowed(READ, None) == set()


@pytest.mark.parametrize(
    ("resource", "who"),
    [
        (FOREIGN, {Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR}),
        (ASSIGNED, {Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR, Role.REVIEWER}),
        (
            OWN,
            {Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR, Role.APPLICANT, Role.REPRESENTATIVE},
        ),
    ],
)
def test_staff_and_those_whom_it_concerns_read_staff_fields(
    resource: Resource, who: set[Role]
) -> None:
    assert allowed(READ, resource, "Application.statement") == who


@pytest.mark.parametrize(
    ("resource", "who"),
    [
        (FOREIGN, {Role.COMMITTEE, Role.DIRECTOR}),
        (ASSIGNED, {Role.COMMITTEE, Role.DIRECTOR, Role.REVIEWER}),
        (OWN, {Role.COMMITTEE, Role.DIRECTOR, Role.APPLICANT, Role.REPRESENTATIVE}),
        (Resource(kind=Kind.PARTY, party=PartyId("another-party")), {Role.DIRECTOR}),
        (Resource(kind=Kind.PARTY, party=MY_PARTY), {Role.DIRECTOR, Role.REPRESENTATIVE}),
    ],
)
def test_personal_fields_are_for_the_person_and_those_who_have_to_know(
    resource: Resource, who: set[Role]
) -> None:
    assert allowed(READ, resource, "Individual.email") == who


@pytest.mark.parametrize("resource", [FOREIGN, OWN])
def test_whom_a_review_is_about_does_not_read_it(resource: Resource) -> None:
    assert allowed(READ, resource, "Application.review") == {
        Role.COMMITTEE,
        Role.DIRECTOR,
        Role.AUDITOR,
    }


def test_an_application_is_absent_for_whom_it_does_not_concern() -> None:
    staff = {Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR}
    assert allowed(READ, FOREIGN) == staff
    assert allowed(READ, OWN) == staff | {Role.APPLICANT, Role.REPRESENTATIVE}


def test_members_portals_and_staff_read_member_fields() -> None:
    others = {Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR, Role.PORTAL}
    for member, more in ((MY_PARTY, {Role.REPRESENTATIVE}), (PartyId("another"), set[Role]())):
        resource = Resource(kind=Kind.COALITION, member=member)
        assert allowed(READ, resource, "Coalition.source") == others | more
    assert allowed(READ, Resource(kind=Kind.COALITION), "Coalition.source") == others


@pytest.mark.parametrize("action", ["RecordFinding", "AssessStandard", "RecordReview"])
def test_only_an_assigned_reviewer_reviews(action: str) -> None:
    assert allowed(action, ASSIGNED) == {Role.REVIEWER}
    assert allowed(action, FOREIGN) == set()


def test_a_known_party_is_applied_for_by_those_who_speak_for_it() -> None:
    new = Resource(kind=Kind.APPLICATION, applicant=ME)
    assert allowed("SubmitApplication", new) == {Role.APPLICANT, Role.DIRECTOR}
    known = Resource(kind=Kind.APPLICATION, party=MY_PARTY, applicant=ME)
    assert allowed("SubmitApplication", known) == {Role.REPRESENTATIVE, Role.DIRECTOR}


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.PORTAL, Role.AUDITOR, Role.OPERATOR])
@pytest.mark.parametrize("resource", [FOREIGN, OWN, ASSIGNED])
def test_who_only_looks_gives_no_command(role: Role, resource: Resource) -> None:
    given = {action for action in COMMANDS if may(somebody_as(role), action, resource)}
    # Whoever has the key store can erase; the operator does it by command, with its entry.
    # And of the log itself, only who is where it is can tell.
    operators = {
        *("FoundCoalition", "ErasePerson", "ExpungeValue"),
        *("AttestState", "AddSigningKey", "RetireSigningKey"),
    }
    # A portal has itself told of what it may look at.
    portals = {action for action in COMMANDS if "Webhook" in action}
    allowed_to = {Role.OPERATOR: operators, Role.PORTAL: given & portals}
    assert given == allowed_to.get(role, set())


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.OPERATOR])
@pytest.mark.parametrize("resource", [FOREIGN, OWN, ASSIGNED])
def test_the_public_and_the_operator_read_what_is_public(role: Role, resource: Resource) -> None:
    read = {field for field in FIELDS if may(somebody_as(role), READ, resource, field)}
    # Who comes in by which key is the operator's business, and the ledger's contents are not.
    kept = {Role.PUBLIC: {Audience.PUBLIC}, Role.OPERATOR: {Audience.PUBLIC, Audience.HOLDER}}
    assert read == {field for field, level in FIELDS.items() if level in kept[role]}


def test_keys_are_the_operators_and_a_portals_own() -> None:
    own = Resource(kind=Kind.KEY, applicant=ME)
    foreign = Resource(kind=Kind.KEY, applicant=SOMEBODY)
    assert allowed("CreateKey", own) == allowed("CreateKey", foreign) == {Role.OPERATOR}
    for action in ("RotateKey", "RevokeKey"):
        assert allowed(action, own) == {Role.OPERATOR, Role.PORTAL}
        assert allowed(action, foreign) == {Role.OPERATOR}
    staff = {Role.OPERATOR, Role.DIRECTOR, Role.AUDITOR}
    assert allowed(READ, own, "ApiKey.label") == staff | {Role.PORTAL}
    assert allowed(READ, foreign, "ApiKey.label") == staff


@pytest.mark.parametrize("resource", [None, FOREIGN, OWN, ASSIGNED])
def test_actions_are_for_those_who_are_named(resource: Resource | None) -> None:
    for action, grants in ACTIONS.items():
        assert allowed(action, resource) <= {role for role, _ in grants}


def test_a_representative_without_a_party_owns_nothing() -> None:
    nobody = Principal(ME, Role.REPRESENTATIVE)
    assert not may(nobody, READ, Resource(kind=Kind.PARTY), "Organisation.name")
    assert not may(nobody, "PublishListing", Resource(kind=Kind.PARTY))


def test_a_grant_of_one_role_never_serves_another() -> None:
    # A representative whose sign-in happens to be the applicant's speaks for a party only.
    representative = Principal(SOMEBODY, Role.REPRESENTATIVE, PartyId("third-party"))
    assert not may(representative, READ, FOREIGN, "Application.statement")
    auditor = Principal(SOMEBODY, Role.AUDITOR)
    assert not may(auditor, "RecordFinding", FOREIGN)


def test_hidden_values_of_entries_are_opened_to_those_who_check_them() -> None:
    entry = Resource(kind=Kind.ENTRY)

    def opened(level: Level) -> set[Role]:
        return {role for role in Role if may_open(somebody_as(role), level, entry)}

    assert opened(Level.PUBLIC) == set(Role)
    assert opened(Level.MEMBER) == {Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR}
    assert opened(Level.STAFF) == {Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR}
    assert opened(Level.PERSONAL) == {Role.DIRECTOR}


def test_the_events_of_a_review_have_no_personal_fields() -> None:
    # A reviewer may open all that is in the reviews they are assigned to, type by type unseen.
    for name, event in EVENT_TYPES.items():
        if name.startswith("review."):
            assert event.person_field is None


def test_wider_audiences_include_narrower_ones_for_staff() -> None:
    staff = {Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR}
    order = [Audience.PUBLIC, Audience.CASE, Audience.STAFF, Audience.REVIEW]
    for wider, narrower in itertools.pairwise(order):
        for role in staff:
            for resource in (FOREIGN, ASSIGNED):
                if _reads(role, narrower, resource):
                    assert _reads(role, wider, resource), (role, wider, narrower)


def _reads(role: Role, audience: Audience, resource: Resource) -> bool:
    field = next(name for name, level in FIELDS.items() if level is audience)
    return may(somebody_as(role), READ, resource, field)


def test_every_relation_is_used() -> None:
    used = {
        relation for grants in [*AUDIENCES.values(), *COMMANDS.values()] for _, relation in grants
    }
    assert used == set(Relation)


def test_the_page_about_access_is_what_the_tables_say() -> None:
    written = (ROOT / "docs" / "access.md").read_text()
    assert written == page(), "run: python -m service.security.access_page > docs/access.md"


def test_a_ballot_of_an_open_vote_is_read_by_nobody() -> None:
    sealed = Resource(kind=Kind.BALLOT, sealed=True)
    for field, audience in FIELDS.items():
        if audience is not Audience.PUBLIC:
            assert allowed(READ, sealed, field) == set(), field
    for role, level in itertools.product(Role, Level):
        assert not may_open(somebody_as(role), level, sealed)


def test_a_ballot_of_an_open_vote_is_read_by_the_voter() -> None:
    own = Resource(kind=Kind.BALLOT, sealed=True, voter=ME)
    assert allowed(READ, own, "Vote.ownBallot") == {Role.REPRESENTATIVE, Role.DIRECTOR}
    assert allowed(READ, own, "CastBallot.ballot") == set()


def test_a_count_is_read_by_staff_once_the_vote_is_closed() -> None:
    for sealed, who in ((True, set()), (False, {Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR})):
        assert allowed(READ, Resource(kind=Kind.VOTE, sealed=sealed), "Vote.ballots") == who


def test_who_has_a_vote_on_it_reads_what_is_voted_on_and_nothing_else() -> None:
    other = PartyId("another-party")
    voted_on = Resource(kind=Kind.APPLICATION, party=other, voters=frozenset({MY_PARTY}))
    plain = Resource(kind=Kind.APPLICATION, party=other)
    voter = somebody_as(Role.REPRESENTATIVE)
    more = {
        field
        for field in FIELDS
        if may(voter, READ, voted_on, field) and not may(voter, READ, plain, field)
    }
    opened = {Audience.CASE, Audience.ASKED, Audience.JUDGES, Audience.HEARD}
    assert more == {field for field, audience in FIELDS.items() if audience in opened}
    # It lets nobody do anything, open an entry, or read it for another party or in another role.
    assert not any(may(voter, action, voted_on) != may(voter, action, plain) for action in COMMANDS)
    assert not any(may_open(voter, level, voted_on) for level in Level if level != Level.PUBLIC)
    elsewhere = Principal(ME, Role.REPRESENTATIVE, other)
    foreign = Resource(kind=Kind.APPLICATION, voters=frozenset({MY_PARTY}))
    for who in (elsewhere, Principal(ME, Role.APPLICANT, MY_PARTY), Principal(ME, Role.PORTAL)):
        assert not may(who, READ, foreign, "Application.review")


def test_who_voted_reads_afterwards_why_and_no_more_of_whom_it_was_about() -> None:
    other = PartyId("another-party")
    voted = Resource(kind=Kind.APPLICATION, party=other, voted=MY_PARTY)
    plain = Resource(kind=Kind.APPLICATION, party=other)
    voter = somebody_as(Role.REPRESENTATIVE)
    more = {
        field
        for field in FIELDS
        if may(voter, READ, voted, field) and not may(voter, READ, plain, field)
    }
    opened = {Audience.CASE, Audience.JUDGES, Audience.HEARD}
    assert more == {field for field, audience in FIELDS.items() if audience in opened}
    assert not may(voter, READ, Resource(kind=Kind.APPLICATION, voted=other), "Review.reasons")


def test_the_recused_give_no_command_about_what_they_were_recused_from() -> None:
    recused = Resource(
        kind=Kind.APPLICATION, party=MY_PARTY, reviewers=frozenset({ME}), recused=frozenset({ME})
    )
    for command in COMMANDS:
        assert allowed(command, recused) == set()
