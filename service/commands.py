"""From a request to a decision: who may, on what, by which rule.

For each command there is one plan: the object it is about, the version of it that the
caller may expect, what access looks at, and the decider with the states it needs. What
does not exist and what the principal may not touch get the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.coalition.erasure import refuse_erased
from domain.decision import Command, Decision, Moment, Refusal
from domain.membership.admission import (
    decide_admit_member,
    decide_change_tier,
    decide_decline_application,
)
from domain.membership.application import (
    Application,
    AttachEvidence,
    AttestPopulationShare,
    RequestTierChange,
    SubmitApplication,
)
from domain.membership.changing import decide_change_particulars
from domain.membership.correcting import decide_correct_particulars
from domain.membership.details import Sponsor
from domain.membership.evidence import decide_attach_evidence, decide_attest_population_share
from domain.membership.listing import decide_publish_listing, decide_withdraw_listing
from domain.membership.membership import (
    AdmitMember,
    ChangeTier,
    DeclineApplication,
)
from domain.membership.name_correction import CorrectPartyName
from domain.membership.names import AddAlias, RenameParty
from domain.membership.naming import (
    decide_add_alias,
    decide_correct_party_name,
    decide_rename_party,
)
from domain.membership.original import Original
from domain.membership.particulars import ChangeParticulars
from domain.membership.particulars_correction import CorrectParticulars
from domain.membership.party import (
    AppointRepresentative,
    EndRepresentation,
    Party,
    PublishListing,
    WithdrawListing,
)
from domain.membership.plans import OpenImprovementPlan
from domain.membership.representing import (
    decide_appoint_representative,
    decide_end_representation,
)
from domain.membership.review import (
    AssessStandard,
    AssignReviewer,
    RecordFinding,
    RecordReview,
    Review,
)
from domain.membership.reviewing import (
    decide_assess_standard,
    decide_assign_reviewer,
    decide_open_improvement_plan,
    decide_record_finding,
    decide_record_review,
)
from domain.membership.submission import decide_request_tier_change, decide_submit_application
from domain.terms import EntryId
from service.appeals import APPEAL_PLANNERS
from service.constitution import COALITION_PLANNERS
from service.custody import PLANNERS as CUSTODY
from service.effective_dates import refuse_day
from service.erasure import PLANNERS as ERASURE
from service.governance import PLANNERS as GOVERNANCE
from service.grievances import GRIEVANCE_PLANNERS
from service.improvement import IMPROVEMENT_PLANNERS
from service.ledger.request import Conflict, Decided, NotAllowed, Request
from service.ledger.world import World
from service.merging import MERGING_PLANNERS
from service.plan import (
    Plan,
    Planner,
    about_application,
    about_party,
    about_review,
    application_resource,
    by_policy,
    membership_resource,
    plain,
)
from service.recusal import interested_in, organisations_of, refuse_tied
from service.renewals import RENEWAL_PLANNERS
from service.safety import SAFETY_PLANNERS
from service.screening import SCREENING_PLANNERS, refuse_screened
from service.security.access import Kind, Resource, may
from service.security.scopes import refuse_scope
from service.standing import STANDING_PLANNERS
from service.voting import VOTING_PLANNERS, case_of, end_moot_votes, vote_on
from service.waiting import WAITING_PLANNERS
from service.webhooks import WEBHOOK_PLANNERS


def decide(
    world: World, request: Request, moment: Moment
) -> Decided | Refusal | NotAllowed | Conflict:
    """Authorize and decide one command; the writer's `Decide`."""
    command = request.command
    action = type(command).__name__
    plan = _PLANNERS[type(command)](world, command, request, moment)
    if refusal := refuse_scope(request.principal, action):
        return refusal
    if plan.resource is None or not may(request.principal, action, plan.resource):
        return NotAllowed(action)
    expected = request.expected_version
    if expected is not None and expected != plan.version:
        return Conflict(expected, plan.version)
    refusal = (
        refuse_day(world, request, plan, moment)
        or refuse_tied(world, request, plan.resource)
        or refuse_screened(world, command)
    )
    decision = refusal or plan.decide()
    if isinstance(decision, Refusal):
        return decision
    if refusal := refuse_erased(world.coalition, decision):
        return refusal
    decision = end_moot_votes(world, decision)
    return Decided(plan.subject, decision, (plan.policy or world.policy).ref)


def _submit_application(
    world: World, command: SubmitApplication, request: Request, moment: Moment
) -> Plan:
    application = world.application(command.application)
    party = world.party(command.party)
    # A known party is applied for by whoever speaks for it; a new one by whoever comes.
    own = party.id if party.version else None
    is_new = command.organisation is not None or command.individual is not None
    # An id that names nothing, or another kind of thing, is answered like one that names a
    # party that is not one's own.
    exists = party.version > 0 or (is_new and not world.is_taken(command.party))
    named = None if command.organisation is None else command.organisation.sponsored_by
    sponsor = None if named is None else _sponsor(world, named)
    if named is not None and named.unlisted is not None:
        exists = exists and not world.is_taken(named.party)
    return Plan(
        subject=command.application,
        version=0,
        resource=Resource(kind=Kind.APPLICATION, party=own, applicant=request.principal.id)
        if exists
        else None,
        decide=lambda: decide_submit_application(
            application, party, world.register, command, moment, world.policy, sponsor=sponsor
        ),
    )


def _sponsor(world: World, named: Sponsor) -> Party:
    """Return whom an applicant names, as if it were not known where it is not shown to all."""
    if named.unlisted is not None or world.is_shown(named.party):
        return world.party(named.party)
    return Party(id=named.party)


def _request_tier_change(
    world: World, command: RequestTierChange, _: Request, moment: Moment
) -> Plan:
    membership = world.membership(command.membership)
    return Plan(
        subject=command.application,
        version=membership.version,
        resource=membership_resource(membership),
        decide=lambda: decide_request_tier_change(
            world.application(command.application),
            membership,
            world.party(membership.party),
            world.register,
            command,
            moment,
            world.policy,
        ),
    )


def _admit_member(world: World, command: AdmitMember, _: Request, moment: Moment) -> Plan:
    application = world.application(command.application)
    membership = world.membership(command.membership)
    return Plan(
        subject=command.membership,
        version=world.review(application.review).version,
        resource=application_resource(world, application),
        decide=lambda: decide_admit_member(
            case_of(world, application, membership), command, moment, world.policy
        ),
    )


def _change_tier(world: World, command: ChangeTier, _: Request, moment: Moment) -> Plan:
    application = world.application(command.application)
    membership = world.membership(application.membership or "")
    return Plan(
        subject=membership.id,
        version=world.review(application.review).version,
        resource=application_resource(world, application),
        decide=lambda: decide_change_tier(
            case_of(world, application, membership), command, moment, world.policy
        ),
    )


def _attach_evidence(
    world: World, application: Application, command: AttachEvidence, moment: Moment
) -> Decision:
    return decide_attach_evidence(
        application,
        world.review(application.review),
        world.party(application.party),
        command,
        moment,
        world.policy,
        is_kept=world.keeps_file(application.id, command.sha256),
    )


def _assign_reviewer(
    world: World, application: Application, review: Review, command: AssignReviewer, moment: Moment
) -> Decision:
    return decide_assign_reviewer(
        application,
        review,
        command,
        moment,
        belongs_to=organisations_of(world, command.reviewer),
        interested=interested_in(world, application.party),
    )


def _attest_population_share(
    world: World, application: Application, command: AttestPopulationShare, moment: Moment
) -> Decision:
    return decide_attest_population_share(
        application,
        world.review(application.review),
        world.party(application.party),
        command,
        moment,
        world.policy,
    )


def _correct_party_name(
    world: World, party: Party, command: CorrectPartyName, moment: Moment
) -> Decision:
    return decide_correct_party_name(party, _original(world, command.entry), command, moment)


def _correct_particulars(
    world: World, party: Party, command: CorrectParticulars, moment: Moment
) -> Decision:
    return decide_correct_particulars(
        party,
        world.register,
        _original(world, command.entry),
        command,
        moment,
        world.policy,
    )


def _original(world: World, entry: EntryId) -> Original | None:
    found = world.entry(entry)
    if found is None:
        return None
    envelope = found.envelope
    return Original(
        stream=envelope.stream,
        version=envelope.version,
        effective=envelope.effective,
        event=found.event,
    )


def _change_particulars(
    world: World, party: Party, command: ChangeParticulars, moment: Moment
) -> Decision:
    return decide_change_particulars(party, world.register, command, moment, world.policy)


_PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        SubmitApplication: _submit_application,
        RequestTierChange: _request_tier_change,
        AttachEvidence: about_application(_attach_evidence),
        AttestPopulationShare: about_application(_attest_population_share),
        AssignReviewer: about_review(_assign_reviewer),
        RecordFinding: about_review(
            lambda world, application, review, command, moment: decide_record_finding(
                application,
                review,
                world.party(application.party),
                command,
                moment,
                world.policy,
            )
        ),
        AssessStandard: about_review(by_policy(decide_assess_standard)),
        OpenImprovementPlan: about_review(by_policy(decide_open_improvement_plan)),
        RecordReview: about_review(
            lambda world, application, review, command, moment: decide_record_review(
                application,
                review,
                world.party(application.party),
                command,
                moment,
                world.policy,
            )
        ),
        DeclineApplication: about_review(
            lambda world, application, review, command, moment: decide_decline_application(
                application,
                review,
                world.party(application.party),
                vote_on(world, application),
                command,
                moment,
                world.policy,
            )
        ),
        AdmitMember: _admit_member,
        ChangeTier: _change_tier,
        AppointRepresentative: about_party(plain(decide_appoint_representative)),
        EndRepresentation: about_party(plain(decide_end_representation)),
        RenameParty: about_party(plain(decide_rename_party)),
        AddAlias: about_party(plain(decide_add_alias)),
        CorrectPartyName: about_party(_correct_party_name),
        ChangeParticulars: about_party(_change_particulars),
        CorrectParticulars: about_party(_correct_particulars),
        PublishListing: about_party(by_policy(decide_publish_listing)),
        WithdrawListing: about_party(plain(decide_withdraw_listing)),
        **COALITION_PLANNERS,
        **VOTING_PLANNERS,
        **APPEAL_PLANNERS,
        **MERGING_PLANNERS,
        **STANDING_PLANNERS,
        **GRIEVANCE_PLANNERS,
        **SAFETY_PLANNERS,
        **SCREENING_PLANNERS,
        **WAITING_PLANNERS,
        **WEBHOOK_PLANNERS,
        **RENEWAL_PLANNERS,
        **IMPROVEMENT_PLANNERS,
        **GOVERNANCE,
        **ERASURE,
        **CUSTODY,
    }
)
"""How each command is planned; a test finds a command that is missing."""
