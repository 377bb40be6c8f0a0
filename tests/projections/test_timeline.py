"""How entries that take effect earlier or later than their neighbours set a membership."""

import itertools
from datetime import UTC, date, datetime

from domain.ledger.disclosure import Event
from domain.ledger.entry import Envelope
from domain.ledger.recorded import Recorded
from domain.membership.membership import AgreementSigned, MemberAdmitted, TierChanged
from domain.terms import ApplicationId, Basis, MembershipStatus, PartyId, TierChangeReason
from projections import membership_folds
from projections.membership_folds import MembershipRow
from projections.replay import Replay

ADMISSION = date(2024, 3, 1)
BEFORE = date(2024, 2, 28)


def tier_changed(
    from_tier: str, to_tier: str, agreement: str, *, signed: bool = False
) -> TierChanged:
    return TierChanged(
        from_tier=from_tier,
        to_tier=to_tier,
        membership_class="provider",
        agreement=agreement,
        reason=TierChangeReason.REQUESTED,
        application=ApplicationId("application"),
        clauses=[],
        signed=signed,
        standards={},
    )


def signed(agreement: str, version: int = 1) -> AgreementSigned:
    return AgreementSigned(agreement=agreement, version=version, sha256="00")


class Membership:
    """One membership's stream, entry by entry."""

    def __init__(self) -> None:
        self.replay = Replay([membership_folds.MODEL])
        self.position = 0
        self.then(
            MemberAdmitted(
                basis=Basis.FOUNDING,
                tier="community",
                membership_class="network",
                agreement="network",
                application=None,
                clauses=[],
                party=PartyId("party"),
                standards={},
            ),
            ADMISSION,
        )

    def then(self, event: Event, effective: date) -> "Membership":
        self.position += 1
        at = datetime(2024, 3, 1, tzinfo=UTC)
        envelope = Envelope(
            entry_id=f"{self.position:032x}",
            stream="membership",
            version=self.position,
            at=at,
            effective=effective,
            actor="director",
            actor_id="",
            policy="cate@1",
        )
        self.replay.extend([Recorded(self.position, at, envelope, event)])
        return self

    def row(self, effective: date, position: int | None = None) -> MembershipRow | None:
        position = self.position if position is None else position
        rows = self.replay.rows(membership_folds.MODEL, position, effective)
        assert len(rows) <= 1
        return rows[0] if rows else None

    def tier(self, effective: date, position: int | None = None) -> str | None:
        row = self.row(effective, position)
        return row.tier if row is not None else None


def test_nothing_holds_before_the_first_effective_day() -> None:
    membership = Membership()
    assert membership.row(BEFORE) is None
    assert membership.row(ADMISSION) is not None


def test_a_change_on_the_same_day_replaces_the_row() -> None:
    membership = Membership().then(tier_changed("community", "ally", "network"), ADMISSION)
    assert membership.tier(ADMISSION) == "ally"
    assert membership.tier(ADMISSION, position=1) == "community"


def test_a_future_change_holds_from_its_day_on() -> None:
    later = date(2024, 6, 1)
    membership = Membership().then(tier_changed("community", "ally", "network"), later)
    assert membership.tier(date(2024, 5, 31)) == "community"
    assert membership.tier(later) == "ally"


def test_a_change_dated_back_holds_from_its_day_on_and_was_not_known_then() -> None:
    membership = Membership().then(tier_changed("community", "ally", "network"), date(2024, 6, 1))
    membership.then(tier_changed("ally", "member", "member"), date(2024, 5, 1))
    days = (ADMISSION, date(2024, 5, 1), date(2024, 6, 1), date(2025, 1, 1))
    assert [membership.tier(day) for day in days] == ["community", "member", "member", "member"]
    before = [membership.tier(day, position=2) for day in days]
    assert before == ["community", "community", "ally", "ally"]


def test_a_change_dated_before_the_first_day_holds_from_there() -> None:
    membership = Membership().then(tier_changed("community", "ally", "network"), BEFORE)
    assert membership.tier(BEFORE) == "ally"
    assert membership.tier(BEFORE, position=1) is None


def test_a_change_builds_on_the_entry_before_it_even_if_that_holds_later() -> None:
    membership = Membership().then(signed("network"), date(2024, 9, 1))
    membership.then(tier_changed("community", "ally", "network", signed=True), date(2024, 4, 1))
    row = membership.row(date(2024, 4, 1))
    assert row is not None
    assert row.status is MembershipStatus.ACTIVE


def test_a_tier_whose_agreement_was_signed_before_needs_no_new_signature() -> None:
    membership = Membership().then(signed("network", 3), ADMISSION)
    membership.then(tier_changed("community", "member", "member"), ADMISSION)
    pending = membership.row(ADMISSION)
    assert pending is not None
    assert (pending.status, pending.signed_version) == (MembershipStatus.AGREEMENT_PENDING, None)
    membership.then(tier_changed("member", "ally", "network", signed=True), ADMISSION)
    active = membership.row(ADMISSION)
    assert active is not None
    assert (active.status, active.signed_version) == (MembershipStatus.ACTIVE, 3)


def test_the_days_of_a_position_never_overlap_and_leave_no_gap() -> None:
    membership = Membership()
    for month in (9, 4, 7, 4, 1, 12):
        membership.then(signed("network", month), date(2024, month, 1))
        held = sorted(
            (
                each
                for each in membership.replay.versions(membership_folds.MODEL)
                if each.from_position <= membership.position < each.to_position
            ),
            key=lambda each: each.effective_from,
        )
        assert held[-1].effective_to == date.max
        for earlier, later in itertools.pairwise(held):
            assert earlier.effective_to == later.effective_from
