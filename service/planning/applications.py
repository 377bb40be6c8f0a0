"""Plans of applications, from submission to the decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from domain.decision import Command, Decision, Moment
from domain.membership.admission import decide_admit_member, decide_change_tier
from domain.membership.application import (
    Application,
    AttachEvidence,
    AttestPopulationShare,
    RequestTierChange,
    SubmitApplication,
)
from domain.membership.declining import decide_decline_application
from domain.membership.deleting_evidence import (
    decide_delete_evidence_file,
    decide_delete_evidence_files,
)
from domain.membership.details import Sponsor
from domain.membership.evidence import decide_attach_evidence, decide_attest_population_share
from domain.membership.evidence_files import DeleteEvidenceFile, DeleteEvidenceFiles
from domain.membership.membership import (
    AdmitMember,
    ChangeTier,
    DeclineApplication,
    Membership,
)
from domain.membership.party import Party
from domain.membership.plans import OpenImprovementPlan
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
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import (
    Plan,
    Planner,
    about_application,
    about_review,
    application_resource,
    by_policy,
    membership_resource,
)
from service.planning.recusal import interested_in, organisations_of
from service.planning.voting import case_of, vote_on
from service.security.access import Kind, Resource
from service.security.principal import Role


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
            application,
            party,
            world.register,
            command,
            moment,
            world.policy,
            sponsor=sponsor,
            former=_former(world, party),
        ),
    )


def _former(world: World, party: Party) -> Membership | None:
    """Return the membership of a party that ended, and the last to do so of several."""
    ended = world.register.former_of(party.id)
    return max(
        world.memberships(sorted(ended)),
        key=lambda each: (each.last_effective or date.min, each.id),
        default=None,
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
    membership = world.membership(application.membership or command.membership)
    return Plan(
        subject=membership.id,
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
    review = world.review(application.review)
    return decide_attach_evidence(
        application,
        review,
        world.party(application.party),
        command,
        moment,
        world.policy,
        is_kept=_keeps(world, review, application, command.sha256),
    )


def _keeps(world: World, review: Review, application: Application, sha256: str | None) -> bool:
    if sha256 is None:
        return False
    file = world.files_of(application.id).get(sha256)
    return file is not None and file not in review.deleted_files


def _delete_evidence_file(
    world: World, command: DeleteEvidenceFile, request: Request, moment: Moment
) -> Plan:
    application = world.application(command.application)
    return Plan(
        subject=application.id,
        version=application.version,
        resource=application_resource(world, application),
        decide=lambda: decide_delete_evidence_file(
            application,
            world.review(application.review),
            command,
            moment,
            files=world.files_of(application.id),
            by_director=request.principal.role is Role.DIRECTOR,
        ),
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


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        SubmitApplication: _submit_application,
        RequestTierChange: _request_tier_change,
        AttachEvidence: about_application(_attach_evidence),
        AttestPopulationShare: about_application(_attest_population_share),
        DeleteEvidenceFile: _delete_evidence_file,
        DeleteEvidenceFiles: about_application(
            lambda world, application, command, moment: decide_delete_evidence_files(
                application,
                world.review(application.review),
                command,
                moment,
                world.policy_on(application.ended),
                files=world.files_of(application.id),
            )
        ),
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
                vote_on(world, application),
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
    }
)
"""How the commands about applications are planned."""
