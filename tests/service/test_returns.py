"""Returns to a tier with one free seat, all at once."""

from __future__ import annotations

from pathlib import Path

from domain.coalition.coalition import SetSeats
from domain.decision import Refusal, RefusalCode
from domain.membership.standing import ReinstateMembership, WithdrawMembership
from domain.terms import MembershipId, MembershipStatus
from projections import memberships
from projections.as_of import AsOf
from projections.tables import LAST_DAY
from service.ledger.request import Accepted
from service.security.principal import Role
from tests.domain.policy.files import CATE_TOML
from tests.service.coalition import Coalition, organisation

PARTNER = "collaborative-partner"
RACING = 10


def test_of_ten_returns_racing_for_one_free_seat_exactly_one_gets_it(
    database_url: str, tmp_path: Path
) -> None:
    coalition = Coalition(database_url, tmp_path, partners=1, policy=CATE_TOML)
    coalition.set_seats(PARTNER, RACING + 1)
    version, sha256 = coalition.publish("partner-agreement", "We act as partners.")
    left = [coalition.admit(PARTNER, organisation(ein=coalition.ein())) for _ in range(RACING)]
    for each in left:
        coalition.sign(each, "partner-agreement", version, sha256)
    for each in left:
        coalition.must(WithdrawMembership(membership=each.membership), Role.DIRECTOR)
        coalition.approve(membership=each.membership)
    coalition.must(SetSeats(tier=PARTNER, seats=2), Role.DIRECTOR)
    # Two processes, each with a register of its own.
    other = coalition.reopen()
    futures = [
        (coalition.ledger, other)[place % 2].submit(
            coalition.request(
                ReinstateMembership(membership=each.membership),
                coalition.principals[Role.COMMITTEE],
            )
        )
        for place, each in enumerate(left)
    ]
    outcomes = [future.result(60) for future in futures]

    assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == 1
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert {outcome.code for outcome in refused} == {RefusalCode.TIER_FULL}
    assert len(refused) == RACING - 1
    with coalition.ledger.read() as snapshot:
        head = AsOf(snapshot.position, LAST_DAY, current=True)
        rows = memberships.by_ids(snapshot.connection, head, [each.membership for each in left])
        assert memberships.count_by_tier(snapshot.connection, head) == {PARTNER: 2}
    standings = [row.status for row in rows.values()]
    assert standings.count(MembershipStatus.ACTIVE) == 1
    assert standings.count(MembershipStatus.WITHDRAWN) == RACING - 1
    other.close()
    # A register that is read from the views anew says the same.
    again = coalition.reopen()
    waiting = next(row.id for row in rows.values() if not row.status.is_live)
    answer = again.submit(
        coalition.request(
            ReinstateMembership(membership=MembershipId(waiting)),
            coalition.principals[Role.COMMITTEE],
        )
    ).result(60)
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.TIER_FULL
    again.close()
    coalition.close()
