"""The mutations of the schema: one for each command and action, in the imperative."""

from __future__ import annotations

from service.graphql.declare import object_type
from service.graphql.mutations.appeals import AppealMutations
from service.graphql.mutations.applications import ApplicationMutations
from service.graphql.mutations.coalition import CoalitionMutations
from service.graphql.mutations.conflicts import ConflictMutations
from service.graphql.mutations.decisions import DecisionMutations
from service.graphql.mutations.erasures import ErasureMutations
from service.graphql.mutations.evidence import EvidenceMutations
from service.graphql.mutations.grievances import GrievanceMutations
from service.graphql.mutations.improvement import ImprovementMutations
from service.graphql.mutations.keys import KeyMutations
from service.graphql.mutations.leadership import LeadershipMutations
from service.graphql.mutations.library import LibraryMutations
from service.graphql.mutations.memberships import MembershipMutations
from service.graphql.mutations.mergers import MergerMutations
from service.graphql.mutations.naming import NamingMutations
from service.graphql.mutations.particulars import ParticularMutations
from service.graphql.mutations.parties import PartyMutations
from service.graphql.mutations.records import RecordMutations
from service.graphql.mutations.reviews import ReviewMutations
from service.graphql.mutations.safety import SafetyMutations
from service.graphql.mutations.screening import ScreeningMutations
from service.graphql.mutations.seats import SeatMutations
from service.graphql.mutations.standing import StandingMutations
from service.graphql.mutations.terms import TermMutations
from service.graphql.mutations.votes import VoteMutations
from service.graphql.mutations.waiting import WaitingMutations
from service.graphql.mutations.webhooks import WebhookMutations


@object_type
class Mutation(
    ApplicationMutations,
    EvidenceMutations,
    ReviewMutations,
    DecisionMutations,
    MembershipMutations,
    StandingMutations,
    GrievanceMutations,
    TermMutations,
    ImprovementMutations,
    PartyMutations,
    NamingMutations,
    ParticularMutations,
    MergerMutations,
    CoalitionMutations,
    ConflictMutations,
    VoteMutations,
    AppealMutations,
    SafetyMutations,
    ScreeningMutations,
    WaitingMutations,
    SeatMutations,
    LeadershipMutations,
    LibraryMutations,
    RecordMutations,
    ErasureMutations,
    WebhookMutations,
    KeyMutations,
):
    """What can be asked to be done.

    Each command answers with its acceptance and a receipt, or with a rejection; errors are faults
    and invalid requests only. What has no `commandId` appends nothing to the ledger, and has no
    receipt.
    """
