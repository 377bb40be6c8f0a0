"""What a change of policy rests on: the last vote on its file, whether or not it is named."""

from __future__ import annotations

from msgspec.structs import replace

from domain.coalition.coalition import AdoptPolicy, PolicyAdopted
from domain.coalition.vote import OpenVote
from domain.decision import Fact, RefusalCode
from domain.policy import Policy, VoteKind
from domain.terms import BallotsId, Basis, VoteId, VoteOutcome
from tests.domain.coalition.votes import (
    AFTER,
    CLOSES,
    LATER,
    OPTIONAL,
    VOTE,
    cast,
    closed,
    moot,
    opened,
    partners,
    seats,
)
from tests.domain.examples import founded, policy_with
from tests.domain.policy.files import CATE
from tests.domain.specification import Specification
from tests.domain.world import COALITION, an_id

PASSED, FAILED = VoteOutcome.PASSED, VoteOutcome.FAILED
SECOND = policy_with()
MISSION = policy_with((CATE.mission, "Another mission."), version=3)
coalition = Specification().given(founded(seats=8), partners(5))


def put_to_vote(
    proposal: Policy = SECOND, vote: VoteId = VOTE, kind: VoteKind = VoteKind.POLICY
) -> list[Fact]:
    return opened(seats(1, 2, 3, 4, 5), kind=kind, application=None, proposal=proposal, vote=vote)


def adopt(proposal: Policy = SECOND, vote: VoteId | None = None) -> AdoptPolicy:
    return AdoptPolicy(policy_sha256=proposal.sha256, vote=vote)


def adopted(proposal: Policy = SECOND, vote: VoteId | None = None) -> Fact:
    event = PolicyAdopted(
        policy="cate",
        version=proposal.version,
        sha256=proposal.sha256,
        basis=Basis.DIRECTOR if vote is None else Basis.VOTE,
    )
    return Fact(COALITION, event if vote is None else replace(event, vote=vote))


def test_a_policy_is_adopted_by_the_vote_on_its_file_named_or_not() -> None:
    passed = coalition.given(put_to_vote(), closed(PASSED))
    passed.when(adopt(vote=VOTE), policy=SECOND).then(adopted(vote=VOTE))
    passed.when(adopt(), policy=SECOND).then(adopted(vote=VOTE))


def test_a_policy_is_in_force_from_the_close_of_the_vote_on_its_file_at_the_earliest() -> None:
    passed = coalition.given(put_to_vote()).given(closed(PASSED), on=CLOSES)
    passed.when(adopt(), policy=SECOND, today=AFTER).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn", because=f"closed on {CLOSES}"
    )
    passed.when(adopt(), policy=SECOND, today=AFTER, effective=CLOSES).then(adopted(vote=VOTE))


def test_a_policy_is_not_adopted_while_the_vote_on_its_file_is_open() -> None:
    for command in (adopt(vote=VOTE), adopt()):
        coalition.given(put_to_vote()).when(command, policy=SECOND).then_refused(
            RefusalCode.WRONG_PHASE, "votes.policy", because=f"open until {CLOSES}"
        )


def test_a_policy_is_not_adopted_after_the_vote_on_its_file_failed() -> None:
    failed = coalition.given(put_to_vote(), closed(FAILED))
    for command in (adopt(vote=VOTE), adopt()):
        failed.when(command, policy=SECOND).then_refused(RefusalCode.VOTE_FAILED, "votes.policy")


def test_of_two_votes_on_a_file_the_later_counts() -> None:
    again = coalition.given(put_to_vote(), closed(FAILED), put_to_vote(vote=LATER))
    again.when(adopt(), policy=SECOND).then_refused(RefusalCode.WRONG_PHASE, "votes.policy")
    passed = again.given(closed(PASSED, vote=LATER))
    passed.when(adopt(), policy=SECOND).then(adopted(vote=LATER))
    passed.when(adopt(vote=VOTE), policy=SECOND).then_refused(
        RefusalCode.VOTE_REQUIRED, "votes.policy", field="vote"
    )


def test_a_vote_on_another_file_decides_nothing() -> None:
    other = policy_with(version=3)
    passed = coalition.given(put_to_vote(), closed(PASSED))
    passed.when(adopt(other, VOTE), policy=other).then_refused(
        RefusalCode.VOTE_REQUIRED, "votes.policy", field="vote"
    )
    optional = coalition.under(OPTIONAL).given(put_to_vote())
    optional.when(adopt(other), policy=other, proposed=[SECOND]).then(adopted(other), moot())


def test_a_vote_on_a_file_that_another_version_overtook_is_moot() -> None:
    # A later version alone can follow, so that what is voted on can be adopted no more.
    third = policy_with(version=3)
    for proposal, kind in (
        (SECOND, VoteKind.POLICY),
        (policy_with((CATE.mission, "Another mission.")), VoteKind.MISSION_AND_VALUES),
        (policy_with(("quorum = ", "quorum  = "), version=3), VoteKind.POLICY),
    ):
        voting = coalition.given(put_to_vote(third, LATER), closed(PASSED, vote=LATER))
        voting.given(put_to_vote(proposal, kind=kind), cast(2)).when(
            adopt(third), policy=third, proposed=[proposal]
        ).then(adopted(third, LATER), moot((1, 0, 0)))


def test_a_vote_on_a_later_file_goes_on() -> None:
    # It can follow the version that was adopted.
    passed = coalition.given(put_to_vote(vote=LATER), closed(PASSED, vote=LATER))
    third = policy_with(version=3)
    for proposal, kind in ((third, VoteKind.POLICY), (MISSION, VoteKind.MISSION_AND_VALUES)):
        passed.given(put_to_vote(proposal, kind=kind)).when(
            adopt(), policy=SECOND, proposed=[proposal]
        ).then(adopted(vote=LATER))
    # Also where it would change the mission now, until that is again what it was.
    other = policy_with((CATE.mission, "Another mission."))
    voted = put_to_vote(other, LATER, VoteKind.MISSION_AND_VALUES)
    coalition.given(voted, closed(PASSED, vote=LATER), put_to_vote(third)).when(
        adopt(other), policy=other, proposed=[third]
    ).then(adopted(other, LATER))


def test_a_vote_of_another_kind_on_the_file_does_not_change_the_mission() -> None:
    # What the file changes depends on what is in force when it is adopted.
    passed = coalition.given(put_to_vote(MISSION), closed(PASSED))
    for command in (adopt(MISSION), adopt(MISSION, VOTE)):
        passed.when(command, policy=MISSION).then_refused(
            RefusalCode.VOTE_REQUIRED, "votes.mission-and-values", field="vote"
        )


def test_where_the_policy_requires_a_vote_none_is_adopted_without() -> None:
    # As the policy that ships does of itself, and of mission and values.
    for proposal, kind in ((SECOND, VoteKind.POLICY), (MISSION, VoteKind.MISSION_AND_VALUES)):
        coalition.when(adopt(proposal), policy=proposal).then_refused(
            RefusalCode.VOTE_REQUIRED, f"votes.{kind}.required"
        )


def test_where_no_vote_is_required_and_none_was_held_the_director_adopts() -> None:
    coalition.under(OPTIONAL).when(adopt(), policy=SECOND).then(adopted())


def test_a_file_is_put_to_a_vote_again_after_one_that_failed_alone() -> None:
    ask = OpenVote(
        vote=LATER,
        ballots=BallotsId(an_id("later ballots")),
        kind=VoteKind.POLICY,
        closes_on=CLOSES,
        proposal_sha256=SECOND.sha256,
    )
    for held in (put_to_vote(), [*put_to_vote(), closed(PASSED)]):
        coalition.given(held).when(ask, policy=SECOND).then_refused(
            RefusalCode.WRONG_PHASE, "votes.once"
        )
    coalition.given(put_to_vote(), closed(FAILED)).when(ask, policy=SECOND).then_accepted()
