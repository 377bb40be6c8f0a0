"""What the demonstration shows of standings: suspended and back, gone and back, complained of."""

from __future__ import annotations

from domain.ledger.recorded import Recorded
from domain.membership.application import ApplicationSubmitted
from domain.membership.grievance import GrievanceFiled, GrievanceResolved
from domain.membership.standing import (
    MembershipReinstated,
    MembershipSuspended,
    MembershipWithdrawn,
    SuspensionLifted,
)
from domain.membership.waiting import ApplicationWithdrawn
from projections import memberships
from projections.as_of import AsOf
from projections.tables import LAST_DAY
from service.demo.seed import DemoCoalition
from tests.service.demo.story import of


def test_a_member_is_suspended_and_one_leaves_and_comes_back(
    demo: DemoCoalition, entries: list[Recorded]
) -> None:
    suspended, lifted, gone, back = (
        [each.envelope.stream for each in entries if isinstance(each.event, kind)]
        for kind in (
            MembershipSuspended,
            SuspensionLifted,
            MembershipWithdrawn,
            MembershipReinstated,
        )
    )
    assert (len(set(suspended)), len(gone)) == (2, 1)
    # The last one is suspended still, and appeals.
    assert suspended[:-1] == lifted
    # The other one that is back was part of another organisation for a time.
    assert gone[0] in back
    with demo.ledger.read() as snapshot:
        head = AsOf(snapshot.position, LAST_DAY, current=True)
        rows = memberships.by_ids(snapshot.connection, head, [*suspended, *gone])
    for stream, before in ((suspended[1], "suspended"), (gone[0], "withdrawn")):
        standings = [each.standing.value for each in rows[stream].standings]
        assert standings == ["agreement-pending", "active", before, "active"]


def test_what_the_one_that_leaves_had_asked_for_ends_with_its_membership(
    entries: list[Recorded],
) -> None:
    (left,) = (each for each in entries if isinstance(each.event, MembershipWithdrawn))
    (asked,) = (
        each.envelope.stream
        for each in entries
        if isinstance(each.event, ApplicationSubmitted)
        and each.event.membership == left.envelope.stream
    )
    *_, last = (each for each in entries if each.envelope.stream == asked)
    assert (type(last.event), last.position) == (ApplicationWithdrawn, left.position + 1)


def test_a_grievance_is_filed_and_answered(entries: list[Recorded]) -> None:
    assert len(of(entries, GrievanceFiled)) == len(of(entries, GrievanceResolved)) == 1
