"""Everything that is said of grievances."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis.stateful import rule

from domain.membership.grievance import FileGrievance, Grievance, ResolveGrievance
from domain.terms import GrievanceId, GrievanceOutcome, PrincipalId, StaffRole
from tests.domain.saying.speaking import Speaking, picks
from tests.domain.world import ACTOR, entry_id

RESOLVERS = [ACTOR, "somebody else"]
ROLES = st.none() | st.sampled_from(StaffRole)


class Complaining(Speaking):
    """Members complain, and others than whom it is about answer."""

    def a_grievance(self, which: int) -> GrievanceId:
        known = [each.id for each in self.world.states.values() if isinstance(each, Grievance)]
        return self.pick(which, known, GrievanceId)

    @rule(
        which=picks,
        other=picks,
        about=st.integers(0, 3),
        role=ROLES,
        resolver=st.none() | st.sampled_from(RESOLVERS),
    )
    def complain(
        self, which: int, other: int, about: int, role: StaffRole | None, resolver: str | None
    ) -> None:
        members = [each.id for each in self.world.memberships()]
        if not members:
            return
        membership = members[which % len(members)]
        against = self.a_membership(other) if about == 0 else None
        command = FileGrievance(
            grievance=self.a_grievance(which) if other % 9 == 0 else GrievanceId(self.new_id()),
            membership=membership,
            text="They spoke for us without asking.",
            against=against,
            entry=entry_id(other % (len(self.world.entries) + 1) + 1) if about == 1 else None,
            role=role if about > 1 else None,
        )
        if self.tell_alone(command) and against is not None:
            survivor, party_of = self.world.register.survivor, self.world.membership
            assert survivor(party_of(against).party) != survivor(party_of(membership).party)
        if resolver is not None:
            self.resolve(command.grievance, resolver, role if which % 2 else None)

    @rule(which=picks, resolver=st.sampled_from(RESOLVERS), role=ROLES)
    def answer(self, which: int, resolver: str, role: StaffRole | None) -> None:
        self.resolve(self.a_grievance(which), resolver, role)

    def resolve(self, grievance: GrievanceId, resolver: str, role: StaffRole | None) -> None:
        """Answer a grievance: once, and as nobody whom it is about."""
        before = self.world.of(Grievance, grievance)
        command = ResolveGrievance(
            grievance=grievance,
            outcome=GrievanceOutcome.UPHELD,
            resolution="They will ask.",
            resolver=PrincipalId(resolver),
            role=role,
        )
        if self.tell_alone(command):
            assert before.outcome is None
            assert resolver != before.subject
            assert role is None or role is not before.role
