"""Who may do and see what: one function, and the table that it looks things up in.

Everything is denied unless a grant says otherwise. A grant pairs a role with a relation to the
thing in question. `service.security.audiences` names the sets of grants that fields of the API
are declared with, in `service.security.fields`; commands are granted here. `docs/access.md` shows
both.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from domain.ledger.disclosure import Level
from domain.terms import PartyId, PrincipalId
from service.security.audiences import AUDIENCES, OWN, OWN_PORTAL, Audience, Grant, to
from service.security.fields import FIELDS
from service.security.principal import Principal, Role
from service.security.relations import Relation
from service.security.scopes import SCOPED_ACTIONS, SCOPED_AUDIENCES, has_scope

READ: Final = "Read"
"""The action of reading a thing, or one field of it."""


class Kind(StrEnum):
    """What a resource is."""

    COALITION = "coalition"
    PARTY = "party"
    LISTING = "listing"
    APPLICATION = "application"
    MEMBERSHIP = "membership"
    VOTE = "vote"
    BALLOT = "ballot"
    ENTRY = "entry"
    GRIEVANCE = "grievance"
    WEBHOOK = "webhook"
    KEY = "key"


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A thing, by what connects people with it.

    Attributes:
        kind: what it is.
        party: whose it is, where it belongs to a party that is known already.
        against: the other party that it is about: of a grievance, or a merger.
        applicant: who made the application that it is, or that it is seen with; who registered
            it, of a webhook; in whose name it acts, of a key; who may take a hold for an error.
        reviewers: who is assigned to review that application.
        recused: who has no further part in that application.
        sealed: it is a vote that is open, or a ballot of one: nobody counts or reads those.
        voter: who speaks for the voter, where it is a ballot that somebody asks for as theirs.
        voters: the party whose representatives ask, where it has a vote on it that is open.
        voted: the party whose representatives ask, where it voted on it, and that is closed.
        member: the party whose representatives ask, where it is a member at present.
    """

    kind: Kind
    party: PartyId | None = None
    against: PartyId | None = None
    applicant: PrincipalId | None = None
    reviewers: frozenset[PrincipalId] = frozenset()
    recused: frozenset[PrincipalId] = frozenset()
    sealed: bool = False
    voter: PrincipalId | None = None
    voters: frozenset[PartyId] = frozenset()
    voted: PartyId | None = None
    member: PartyId | None = None


def application(
    party: str, applicant: str, reviewers: Iterable[str], recused: Iterable[str]
) -> Resource:
    """Return an application, by all that connects people with it, as `Resource` names it."""
    return Resource(
        kind=Kind.APPLICATION,
        party=PartyId(party),
        applicant=PrincipalId(applicant),
        reviewers=frozenset(map(PrincipalId, reviewers)),
        recused=frozenset(map(PrincipalId, recused)),
    )


_DIRECTOR: Final = to(Relation.ANY, Role.DIRECTOR)
_OPERATOR: Final = to(Relation.ANY, Role.OPERATOR)
_SYSTEM: Final = to(Relation.ANY, Role.SYSTEM)
_COMMITTEE: Final = to(Relation.ANY, Role.COMMITTEE)
_REVIEWER: Final = to(Relation.ASSIGNED, Role.REVIEWER)
_OWN_PARTY: Final = to(Relation.OWN, Role.REPRESENTATIVE)

COMMANDS: Final[Mapping[str, frozenset[Grant]]] = MappingProxyType(
    {
        # A party that is known is applied for by those who speak for it. Were it open to
        # every applicant, naming a party's id would be enough to read what it is called.
        "SubmitApplication": to(Relation.NEW, Role.APPLICANT) | _OWN_PARTY | _DIRECTOR,
        "RequestTierChange": _OWN_PARTY | _COMMITTEE | _DIRECTOR,
        "AttachEvidence": OWN | _DIRECTOR,
        "DeleteEvidenceFile": OWN | _DIRECTOR,
        "DeleteEvidenceFiles": _SYSTEM,
        "AttestPopulationShare": OWN | _DIRECTOR,
        # The director may have to stand aside: the application goes on all the same.
        "AssignReviewer": _COMMITTEE | _DIRECTOR,
        "RecordFinding": _REVIEWER,
        "AssessStandard": _REVIEWER,
        "OpenImprovementPlan": _REVIEWER | _DIRECTOR,
        "RecordMilestone": _REVIEWER | _DIRECTOR,
        "CloseImprovementPlan": _REVIEWER | _DIRECTOR,
        "RecordOverduePlans": _SYSTEM,
        "RecordReview": _REVIEWER,
        "AdmitMember": _COMMITTEE,
        "DeclineApplication": _COMMITTEE,
        "ChangeTier": _COMMITTEE,
        "RequestInformation": _REVIEWER | _DIRECTOR,
        "ProvideInformation": OWN | _DIRECTOR,
        "WithdrawApplication": OWN | _DIRECTOR,
        "ExpireApplication": _DIRECTOR | _SYSTEM,
        "WaitlistApplication": _COMMITTEE,
        "OfferSeat": _COMMITTEE | _DIRECTOR,
        "AcceptSeat": OWN | _DIRECTOR,
        "ExpireSeatOffer": _DIRECTOR | _SYSTEM,
        "FileAppeal": OWN,
        # The vote has decided; whoever gives this has no say in it.
        "DecideAppeal": _COMMITTEE | _DIRECTOR,
        "SuspendMembership": _DIRECTOR,
        "LiftSuspension": _DIRECTOR,
        "EndSuspension": _SYSTEM,
        "WithdrawMembership": _OWN_PARTY | _DIRECTOR,
        "TerminateMembership": _COMMITTEE | _DIRECTOR,
        "ReinstateMembership": _COMMITTEE,
        "FileGrievance": _OWN_PARTY,
        # Whomever it is about is refused by the rules.
        "ResolveGrievance": _COMMITTEE | _DIRECTOR,
        "SendAgreement": _DIRECTOR,
        "SignAgreement": _OWN_PARTY,
        "OpenRenewal": _SYSTEM,
        "RenewMembership": _OWN_PARTY | _DIRECTOR,
        "RecordMissedRenewal": _SYSTEM,
        "LapseMembership": _SYSTEM,
        "RequireResigning": _SYSTEM,
        "RecordMissedResigning": _SYSTEM,
        "RecordParticipation": _DIRECTOR,
        "WithdrawParticipation": _DIRECTOR,
        "AppointRepresentative": _OWN_PARTY | _DIRECTOR,
        "EndRepresentation": _OWN_PARTY | _DIRECTOR,
        "RenameParty": _OWN_PARTY | _DIRECTOR,
        "AddAlias": _OWN_PARTY | _DIRECTOR,
        "CorrectPartyName": _OWN_PARTY | _DIRECTOR,
        "ChangeParticulars": _DIRECTOR,
        "CorrectParticulars": _DIRECTOR,
        "MergeParties": _DIRECTOR,
        "SeparateParties": _DIRECTOR,
        "PublishListing": _OWN_PARTY,
        "WithdrawListing": _OWN_PARTY | _DIRECTOR,
        # Somebody may be in danger now: all who work here may take a listing down.
        "HoldListing": _OWN_PARTY | to(Relation.ANY, Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR),
        # Who held the wrong one need not wake the director: a hold is theirs for a day.
        "ReleaseListing": _OWN_PARTY | _DIRECTOR | to(Relation.OWN, Role.REVIEWER, Role.COMMITTEE),
        "RecordAddress": _OWN_PARTY | _DIRECTOR,
        "DiscloseAddress": _DIRECTOR,
        "DeclareConflict": _REVIEWER
        | _COMMITTEE
        | _DIRECTOR
        | to(Relation.ANY, Role.REPRESENTATIVE),
        "RecuseReviewer": _DIRECTOR,
        "DeclareAffiliation": _OWN_PARTY | _DIRECTOR,
        # Whoever is tied would lift their own recusal.
        "EndAffiliation": _DIRECTOR,
        "OpenVote": _COMMITTEE | _DIRECTOR,
        "AnswerTermination": _OWN_PARTY,
        # Whoever may not vote in it is told so by the rules: that a vote is held is public.
        "CastVote": _DIRECTOR | to(Relation.ANY, Role.REPRESENTATIVE),
        "CloseVote": _COMMITTEE | _DIRECTOR | _SYSTEM,
        "AdoptPolicy": _DIRECTOR,
        "TransferHome": _DIRECTOR,
        "SetSeats": _DIRECTOR,
        "PublishAgreementTemplate": _DIRECTOR,
        "AppointDirector": _DIRECTOR,
        "NamePartnerLeader": _DIRECTOR,
        "ChangeNaming": _DIRECTOR,
        "EndTerm": _DIRECTOR,
        "FormWorkgroup": _DIRECTOR,
        "DissolveWorkgroup": _DIRECTOR,
        "PublishStandards": _DIRECTOR,
        "PublishLibraryItem": _DIRECTOR,
        "RecordFunding": _DIRECTOR,
        "EndFunding": _DIRECTOR,
        "RecordHistory": _DIRECTOR,
        "CorrectEntry": _DIRECTOR,
        "WithdrawEntry": _DIRECTOR,
        "ClearText": _DIRECTOR | _COMMITTEE,
        "ErasePerson": _DIRECTOR | _OPERATOR,
        "ExpungeValue": _DIRECTOR | _OPERATOR,
        "RegisterWebhook": _DIRECTOR | to(Relation.ANY, Role.PORTAL),
        "RotateWebhookSecret": _DIRECTOR | OWN_PORTAL,
        "ReplayWebhook": _DIRECTOR | OWN_PORTAL,
        "RemoveWebhook": _DIRECTOR | OWN_PORTAL,
        "AttestState": _SYSTEM | _OPERATOR,
        "AddSigningKey": _OPERATOR,
        "RetireSigningKey": _OPERATOR,
        "FoundCoalition": _OPERATOR,
    }
)
"""Who may give each command, by its class's name."""

ACTIONS: Final[Mapping[str, frozenset[Grant]]] = MappingProxyType(
    {
        "CreateKey": _OPERATOR,
        # A portal changes its secret by itself: nobody else need be awake.
        "RotateKey": _OPERATOR | OWN_PORTAL,
        "RevokeKey": _OPERATOR | OWN_PORTAL,
    }
)
"""Who may do what is no command of the ledger, by the name of its mutation (docs/adr/0022)."""

VISIBLE: Final[Mapping[Kind, Audience]] = MappingProxyType(
    {
        Kind.COALITION: Audience.PUBLIC,
        Kind.PARTY: Audience.ASKED,
        Kind.LISTING: Audience.PUBLIC,
        Kind.APPLICATION: Audience.CASE,
        Kind.MEMBERSHIP: Audience.PUBLIC,
        Kind.VOTE: Audience.PUBLIC,
        Kind.BALLOT: Audience.PUBLIC,
        Kind.ENTRY: Audience.PUBLIC,
        Kind.GRIEVANCE: Audience.INVOLVED,
        Kind.WEBHOOK: Audience.SUBSCRIBER,
        Kind.KEY: Audience.HOLDER,
    }
)
"""Who may know that a thing exists. To everybody else it is absent."""

# Whoever speaks for a party reads its own facts as fields of what they are about. Entries are
# opened to those who check them.
_DISCLOSED_TO: Final[Mapping[Level, Audience]] = MappingProxyType(
    {
        Level.PUBLIC: Audience.PUBLIC,
        Level.MEMBER: Audience.REVIEW,
        Level.STAFF: Audience.REVIEW,
        Level.PERSONAL: Audience.PERSONAL,
    }
)

_JUDGES: Final = frozenset({Role.COMMITTEE, Role.DIRECTOR})
_NOTHING: Final[frozenset[Grant]] = frozenset()
_ANYTHING: Final = (Relation.ANY,)
_SCOPES: Final = {AUDIENCES[audience]: scope for audience, scope in SCOPED_AUDIENCES.items()}


def may(
    principal: Principal, action: str, resource: Resource | None = None, field: str | None = None
) -> bool:
    """Whether a principal may do this. The answer is no wherever nothing was decided.

    Args:
        principal: who asks.
        action: `READ`, the class name of a command, or the name of an action.
        resource: the thing in question. Without one, only grants that need no relation hold.
        field: for `READ`, a field of the schema such as ``Membership.standards``; without
            one, whether the resource may be known to exist.
    """
    recused = resource is not None and principal.id in resource.recused
    if action != READ and (recused or not has_scope(principal, SCOPED_ACTIONS.get(action))):
        return False
    return reads(principal, _grants(action, resource, field), resource)


def may_ever(principal: Principal, mutation: str) -> bool:
    """Whether there is anything to which a principal may do what a mutation does."""
    action = mutation[0].upper() + mutation[1:]
    grants = ACTIONS.get(action) or COMMANDS[action]
    return principal.role in {role for role, _ in grants}


def readers(field: str) -> frozenset[Grant]:
    """Return to whom a field of the schema is granted; to nobody where that was not decided."""
    return _grants(READ, None, field)


def reads(principal: Principal, grants: frozenset[Grant], resource: Resource | None) -> bool:
    """Whether a principal may read, of a thing, a field of `readers`; as `may` says."""
    if _is_sealed_to(principal, resource) and grants is not AUDIENCES[Audience.PUBLIC]:
        return False
    return _granted(grants, principal, resource)


def may_open(principal: Principal, level: Level, resource: Resource) -> bool:
    """Whether a principal may be given hidden values of an entry that have a level."""
    if _is_sealed_to(principal, resource):
        return False
    return _granted(AUDIENCES[_DISCLOSED_TO[level]], principal, resource)


def _is_sealed_to(principal: Principal, resource: Resource | None) -> bool:
    """Whether it is a ballot of an open vote, which nobody reads but the voter."""
    if resource is None or resource.kind is not Kind.BALLOT or not resource.sealed:
        return False
    return resource.voter != principal.id


def _granted(grants: frozenset[Grant], principal: Principal, resource: Resource | None) -> bool:
    if principal.scopes is not None and not has_scope(principal, _SCOPES.get(grants)):
        return False
    stands_aside = resource is not None and principal.id in resource.recused
    # Of an application they read what a reviewer does who was not assigned to it.
    role = Role.REVIEWER if stands_aside and principal.role in _JUDGES else principal.role
    relations = _relations(grants, role)
    return relations is _ANYTHING or any(
        _holds(relation, principal, resource) for relation in relations
    )


@functools.cache
def _relations(grants: frozenset[Grant], role: Role) -> tuple[Relation, ...]:
    """Return what connects those of a role with what they are granted; ANY alone if it does."""
    relations = {relation for granted, relation in grants if granted is role}
    return _ANYTHING if Relation.ANY in relations else tuple(sorted(relations))


def _grants(action: str, resource: Resource | None, field: str | None) -> frozenset[Grant]:
    if action != READ:
        return COMMANDS.get(action) or ACTIONS.get(action, _NOTHING)
    if field is not None:
        audience = FIELDS.get(field)
        return _NOTHING if audience is None else AUDIENCES[audience]
    return _NOTHING if resource is None else AUDIENCES[VISIBLE[resource.kind]]


def _holds(relation: Relation, principal: Principal, resource: Resource | None) -> bool:
    if relation is Relation.ANY:
        return True
    if resource is None:
        return False
    match relation:
        case Relation.OWN:
            return _is_own(principal, resource)
        case Relation.NEW:
            return resource.party is None and _is_own(principal, resource)
        case Relation.ASSIGNED:
            return principal.id in resource.reviewers
        case Relation.APPLICATION:
            return resource.kind is Kind.APPLICATION or resource.applicant is not None
        case Relation.AGAINST:
            return principal.party is not None and principal.party == resource.against
        case Relation.CLOSED:
            return resource.kind in {Kind.VOTE, Kind.BALLOT} and not resource.sealed
        case Relation.VOTING:
            return principal.party is not None and principal.party in resource.voters
        case Relation.VOTED | Relation.MEMBER:
            whose = resource.voted if relation is Relation.VOTED else resource.member
            return principal.party is not None and principal.party == whose


def _is_own(principal: Principal, resource: Resource) -> bool:
    if principal.role is Role.REPRESENTATIVE:
        return principal.party is not None and principal.party == resource.party
    return principal.id == resource.applicant
