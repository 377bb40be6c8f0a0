"""The script: every scene of three years, in the order of time."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Final

import msgspec
from msgspec.structs import replace

from domain.coalition.coalition import AdoptPolicy
from domain.decision import RefusalCode
from domain.policy import PartyType, Policy, VoteKind, format_policy, parse_policy
from service.demo import (
    appraisal,
    belonging,
    custody,
    deciding,
    gathering,
    improving,
    portal,
    record,
    renewing,
    resigning,
    safety,
    seating,
    standing,
    submission,
    turning,
    upkeep,
    verdict,
    waiting,
)
from service.demo.belonging import Stay
from service.demo.case import Case
from service.demo.cast import Casting, Member
from service.demo.life import Life
from service.demo.part import Ending, Fate, Part, Plot
from service.demo.scene import DIRECTOR, Scene, Step, representative_of
from service.demo.stage import Stage
from service.demo.storyboard import (
    ALLY,
    COMMUNITY,
    FOUNDED_ON,
    LAST_MONTH,
    MEMBER,
    PARTNER,
    PARTS,
    POLICY_MONTH,
    TOO_EARLY_MONTH,
    VOTES_FROM,
)
from service.ledger.request import Document

_UNTIL_IT_VOTES: Final = timedelta(days=130)


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What is played.

    Attributes:
        cast: every party with its part, the founding partners first.
        steps: what happens after the founding, in the order of time.
    """

    cast: tuple[tuple[Part, Member], ...]
    steps: tuple[Step, ...]

    @property
    def scenes(self) -> list[Scene]:
        """What somebody does, without the chores of the service."""
        return [each for each in self.steps if isinstance(each, Scene)]

    @property
    def founders(self) -> list[Member]:
        """The founding partners."""
        return [member for part, member in self.cast if part.founds]


def write_script(rng: Random, policy: Policy) -> Script:
    """Return the story that a source of chance tells; the same for equal sources.

    Args:
        rng: the source of every choice.
        policy: the policy at the founding.
    """
    casting = Casting(rng, policy)
    stage = Stage(rng, policy)
    cast = _sponsored(tuple((part, casting.member(part.party_type)) for part in PARTS))
    stage.partners = [
        (*days, member) for part, member in cast if (days := _votes_as_partner(part)) is not None
    ]
    stage.members = [
        member for part, member in cast if _votes(part, MEMBER) or _votes(part, COMMUNITY)
    ]
    stays = [stay for part, member in cast for stay in _tell(stage, part, member)]
    allies = [
        member
        for part, member in cast
        if [plot.tier for plot in part.plots] == [ALLY] and part.plots[0].month < "2025"
    ]
    standing.tell(stage, [stay for stay in stays if stay.member in allies])
    turning.tell(stage, cast)
    parts = {member.key: part for part, member in cast}
    # Who lapses is asked for nothing more: neither to sign again nor to renew.
    lapsing = [each for each in stage.lives if parts[each.member.key].fate is Fate.LAPSES]
    for life in lapsing:
        renewing.renew(stage, life, parts[life.member.key])
    resigning.ask(stage, stays, parts)
    for life in stage.lives:
        if life not in lapsing:
            renewing.renew(stage, life, parts[life.member.key])
    improving.tell(stage)
    gathering.tell(stage)
    belonging.sign_an_old_text(stage, stays)
    seating.set_more_seats(stage)
    _adopt_policy(stage, stays)
    portal.tell(stage)
    custody.tell(stage)
    founders = [member for part, member in cast if part.founds]
    record.keep(stage, founders)
    safety.hold(
        stage, [member for part, member in cast if part.listed and part.plots and not part.unlisted]
    )
    providers = [
        member
        for part, member in cast
        if part.plots and part.plots[0].month < "2024" and not member.is_person
    ]
    upkeep.see_to(stage, founders, providers)
    safety.keep_address(stage, providers[2])
    safety.clear(stage, providers[3])
    return Script(cast=cast, steps=tuple(sorted(stage.steps, key=lambda step: step.at)))


def _sponsored(cast: tuple[tuple[Part, Member], ...]) -> tuple[tuple[Part, Member], ...]:
    """Let a sponsored group share the EIN of the first listed member, which sponsors it."""
    sponsor = next(
        member
        for part, member in cast
        if part.listed
        and part.unlisted is None
        and [each.tier for each in part.plots][:1] == [MEMBER]
    )
    return tuple(
        (
            part,
            replace(member, ein=sponsor.ein, sponsor=sponsor.party) if part.sponsored else member,
        )
        for part, member in cast
    )


def _votes_as_partner(part: Part) -> tuple[date, date] | None:
    """Return from which day and before which a party takes part in the partners' votes.

    Some months after it has applied, it has been admitted and has signed.
    """
    approved = [plot for plot in part.plots if plot.ending is Ending.APPROVED]
    if part.founds:
        leaves = [plot.month for plot in approved if plot.tier != PARTNER]
        until = date.fromisoformat(f"{leaves[0]}-01") if leaves else date.max
        return date.fromisoformat(FOUNDED_ON), until
    if [plot.tier for plot in approved] != [PARTNER] or part.fate is not None:
        return None
    return date.fromisoformat(f"{approved[0].month}-01") + _UNTIL_IT_VOTES, date.max


def _votes(part: Part, tier: str) -> bool:
    """Whether a party has been in a tier for some time when members vote, and stays there."""
    if part.founds or part.fate is Fate.STOPS_SIGNING:
        return False
    approved = [plot for plot in part.plots if plot.ending is Ending.APPROVED]
    return len(approved) == 1 and approved[0].tier == tier and approved[0].month < VOTES_FROM


def _tell(stage: Stage, part: Part, member: Member) -> list[Stay]:
    """Add one party's story; return its times under one agreement each."""
    stays: list[Stay] = []
    if part.succeeded is not None:
        belonging.succeed(stage, member, part.succeeded)
    if part.founds:
        life = Life(
            member=member,
            since=date.fromisoformat(FOUNDED_ON),
            tiers=[(stage.diary.night(date.fromisoformat(FOUNDED_ON)), PARTNER)],
        )
        stage.lives.append(life)
        first = stage.templates.version(_agreement(stage, PARTNER), 1)
        stays.append(_join(stage, part, member, PARTNER, stage.diary.day(first.published_at)))
    for number, plot in enumerate(part.plots, start=1):
        if part.too_early and plot.reason is not None:
            _ask_too_early(stage, member, plot)
        case = Case(
            stage=stage,
            member=member,
            plot=plot,
            number=number,
            is_known=part.founds or number > 1,
        )
        since = _petition(case)
        if since is None:
            continue
        if plot.reason is not None:
            _move(stage, member, plot, since, stays)
        elif plot.ending is Ending.APPROVED:
            stays.append(_join(stage, part, member, plot.tier, since))
        elif plot.ending is Ending.UNSIGNED:
            # There is time still for the signature when the story ends.
            since = max(since, date.fromisoformat(f"{LAST_MONTH}-01"))
            belonging.send(stage, member, _agreement(stage, plot.tier), since)
    return stays


def _petition(case: Case) -> date | None:
    """Add an application as far as it comes; return from when a yes holds, if there is one."""
    diary = case.stage.diary
    at = submission.submit(case)
    if case.plot.ending is Ending.SUBMITTED:
        return None
    at = diary.later(at, 3, 10)
    reviewer = appraisal.assign(case, at)
    if case.plot.asked or case.plot.ending in waiting.ENDINGS:
        at = waiting.wait(case, reviewer, diary.later(at, 1, 3))
    if case.plot.ending in waiting.ENDINGS:
        return None
    at = appraisal.review(case, reviewer, diary.later(at, 5, 16))
    if case.plot.ending in {Ending.IN_REVIEW, Ending.REVIEWED}:
        return None
    return verdict.decide(case, at)


def _join(stage: Stage, part: Part, member: Member, tier: str, since: date) -> Stay:
    """Add what follows an admission."""
    belonging.appoint(stage, member, since)
    stay = belonging.sign(stage, member, _agreement(stage, tier), since)
    if part.listed:
        belonging.publish(
            stage, member, stay.signed_at, renews=part.unlisted is None and part.fate is None
        )
    if part.unlisted is not None:
        belonging.withdraw(stage, member, part.unlisted)
    return stay


def _move(stage: Stage, member: Member, plot: Plot, since: date, stays: list[Stay]) -> None:
    """Add what follows a change of tier: nothing, where the agreement stays the same."""
    agreement = _agreement(stage, plot.tier)
    if agreement != stays[-1].agreement:
        stays[-1].until = stage.life_of(member).tiers[-1][0]
        stays.append(belonging.sign(stage, member, agreement, since))


def _ask_too_early(stage: Stage, member: Member, plot: Plot) -> None:
    """Let a member ask for a tier that the policy opens to it only later."""
    case = Case(stage=stage, member=member, plot=plot, number=0, is_known=True)
    assert plot.reason is not None  # noqa: S101 - narrows for mypy
    stage.add(
        stage.diary.within(TOO_EARLY_MONTH),
        representative_of(member),
        submission.request(case, plot.reason),
        refused=RefusalCode.NOT_ELIGIBLE,
    )


def _adopt_policy(stage: Stage, stays: list[Stay]) -> None:
    """Let the members adopt a policy that opens the community network to groups."""
    policy = stage.policy
    tiers = tuple(
        replace(tier, party_types=(*tier.party_types, PartyType.COALITION_OR_GROUP))
        if tier.id == COMMUNITY
        else tier
        for tier in policy.tiers
    )
    content = format_policy(replace(policy, version=policy.version + 1, tiers=tiers))
    proposal = Document(parse_policy(content).sha256, "policy", content)
    at = stage.diary.meeting(stage.diary.on(date.fromisoformat(f"{POLICY_MONTH}-01")))
    voters = [each.member for each in stays if each.lasts(at) and stage.is_member(each.member, at)]
    _, counted_at = deciding.vote(
        stage, at, VoteKind.POLICY, voters, passes=True, proposal=proposal
    )
    stage.steps.append(
        Scene(
            at=stage.diary.on(stage.diary.day(counted_at)),
            by=DIRECTOR,
            command=AdoptPolicy(policy_sha256=proposal.sha256),
            documents=(proposal,),
        )
    )


def _agreement(stage: Stage, tier: str) -> str:
    return stage.policy.agreement_for(tier).id
