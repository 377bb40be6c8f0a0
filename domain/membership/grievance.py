"""Grievances: a member complains of a decision or of conduct, and others than its subject answer.

All of it is confidential and in a stream of its own, so that the log shows no more than that
something confidential was recorded on a day.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.decision import (
    Command,
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_input,
    refuse_too_early,
    refuse_unknown,
)
from domain.ledger.disclosure import UNSET, Event, Staff, revealed
from domain.ledger.recorded import Recorded
from domain.membership.membership import Membership
from domain.terms import (
    EntryId,
    GrievanceId,
    GrievanceOutcome,
    MembershipId,
    PartyId,
    PrincipalId,
    StaffRole,
    Text,
)


class GrievanceFiled(Event, frozen=True, kw_only=True):
    """A member complained. Stream: the grievance.

    Attributes:
        membership: the member that complains.
        party: its party.
        against: the member whose conduct it is about.
        against_party: that one's party.
        entry: the decision that it is about.
        role: in which role somebody on the staff acted as it is about.
        subject: who gave the decision, and does not judge of it.
    """

    stored_name: ClassVar[str] = "grievance.filed.v1"
    confidential: ClassVar[bool] = True

    membership: Staff[MembershipId] = UNSET
    party: Staff[PartyId] = UNSET
    against: Staff[MembershipId | None] = UNSET
    against_party: Staff[PartyId | None] = UNSET
    entry: Staff[EntryId | None] = UNSET
    role: Staff[StaffRole | None] = UNSET
    subject: Staff[PrincipalId | None] = UNSET
    text: Staff[str] = UNSET


class GrievanceResolved(Event, frozen=True, kw_only=True):
    """Somebody who is not its subject answered it. Stream: the grievance."""

    stored_name: ClassVar[str] = "grievance.resolved.v1"
    confidential: ClassVar[bool] = True

    outcome: Staff[GrievanceOutcome] = UNSET
    resolution: Staff[str] = UNSET


GrievanceEvent = GrievanceFiled | GrievanceResolved


class FileGrievance(Command, frozen=True, kw_only=True):
    """Complain of one of three: a member's conduct, a decision, or how somebody acts in a role.

    ``grievance`` is a new id, and ``membership`` the member that complains.
    """

    grievance: GrievanceId
    membership: MembershipId
    text: Text
    against: MembershipId | None = None
    entry: EntryId | None = None
    role: StaffRole | None = None


class ResolveGrievance(Command, frozen=True, kw_only=True):
    """Answer a grievance.

    Attributes:
        resolver: who does.
        role: in which role of the staff; ``None`` for nobody of the staff.
    """

    grievance: GrievanceId
    outcome: GrievanceOutcome
    resolution: Text
    resolver: PrincipalId
    role: StaffRole | None


class Grievance(msgspec.Struct, frozen=True, kw_only=True):
    """What rules need to know of a grievance. Version 0 is one never filed."""

    id: GrievanceId
    version: int = 0
    membership: MembershipId = MembershipId("")
    party: PartyId = PartyId("")
    against: MembershipId | None = None
    against_party: PartyId | None = None
    entry: EntryId | None = None
    role: StaffRole | None = None
    subject: PrincipalId | None = None
    since: date | None = None
    outcome: GrievanceOutcome | None = None


def evolve(state: Grievance, event: GrievanceEvent, effective: date) -> Grievance:
    """Return the grievance after an event that holds from ``effective``."""
    state = replace(state, version=state.version + 1, since=state.since or effective)
    match event:
        case GrievanceFiled():
            return replace(
                state,
                membership=revealed(event.membership),
                party=revealed(event.party),
                against=revealed(event.against),
                against_party=revealed(event.against_party),
                entry=revealed(event.entry),
                role=revealed(event.role),
                subject=revealed(event.subject),
            )
        case GrievanceResolved():
            return replace(state, outcome=revealed(event.outcome))
        case _:
            assert_never(event)


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that filing a grievance looks at.

    Attributes:
        grievance: the one to be made.
        membership: the member that complains.
        against: the member that it is about; version 0 where it is about none.
        entry: the entry that it is about; ``None`` where it is about none, or none is there.
        are_one: whether the two members are one party by now.
    """

    grievance: Grievance
    membership: Membership
    against: Membership
    entry: Recorded | None = None
    are_one: bool = False


def decide_file_grievance(case: Complaint, command: FileGrievance, moment: Moment) -> Decision:
    """Complain; a member can whatever its standing, and once it has left, too.

    Refuses a grievance that is about nothing or about several things, one of a member against
    itself, an unknown member, and what is no open entry of the ledger.
    """
    if case.grievance.version:
        return _repeat(case.grievance, command)
    if refusal := (
        _refuse_shape(command)
        or _refuse_subject(case, command)
        or refuse_too_early(moment, case.membership.since)
    ):
        return refusal
    filed = GrievanceFiled(
        membership=command.membership,
        party=case.membership.party,
        against=command.against,
        against_party=None if command.against is None else case.against.party,
        entry=command.entry,
        role=command.role,
        subject=None if case.entry is None else PrincipalId(case.entry.envelope.actor_id),
        text=command.text,
    )
    return [Fact(command.grievance, filed)]


def decide_resolve_grievance(
    grievance: Grievance, command: ResolveGrievance, moment: Moment
) -> Decision:
    """Answer a grievance, once.

    Refuses whoever it is about: who gave the decision, and whoever acts in the role.
    """
    if not grievance.version:
        return refuse_unknown("grievance")
    in_that_role = grievance.role is not None and command.role is grievance.role
    if command.resolver == grievance.subject or in_that_role:
        return refuse(
            RefusalCode.CONFLICT_OF_INTEREST,
            "grievance.subject",
            "The grievance is about you, or about the role that you act in.",
            "Somebody on the staff whom it is not about.",
        )
    if grievance.outcome is not None:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "grievance.once",
            "The grievance was answered already.",
            "A grievance that was not.",
        )
    if refusal := refuse_too_early(moment, grievance.since):
        return refusal
    resolved = GrievanceResolved(outcome=command.outcome, resolution=command.resolution)
    return [Fact(grievance.id, resolved)]


def _refuse_shape(command: FileGrievance) -> Refusal | None:
    named = [each for each in (command.against, command.entry, command.role) if each is not None]
    if len(named) == 1:
        return None
    return refuse_input(
        "against",
        "grievance.subject",
        "A grievance is about a member, about a decision, or about how somebody acts in a role.",
        "One of the three.",
    )


def _refuse_subject(case: Complaint, command: FileGrievance) -> Refusal | None:
    if command.against is not None and not case.against.version:
        return refuse_unknown("against")
    if command.against is not None and case.are_one:
        return refuse_input(
            "against",
            "grievance.another-member",
            "Nobody complains of themself.",
            "The membership of another party.",
        )
    if command.entry is None or (case.entry is not None and not case.entry.event.confidential):
        return None
    return refuse_unknown("entry")


def _repeat(grievance: Grievance, command: FileGrievance) -> Decision:
    """Accept the same grievance again; refuse another under an id that is in use."""
    if (grievance.membership, grievance.against, grievance.entry, grievance.role) == (
        command.membership,
        command.against,
        command.entry,
        command.role,
    ):
        return []
    return refuse_input(
        "grievance", "new-id", "Another grievance has this id.", "A fresh random id."
    )
