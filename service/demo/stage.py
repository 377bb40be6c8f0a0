"""What every part of the story is told with: chance, times, texts, and what happens so far."""

from __future__ import annotations

from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from domain.decision import Command, RefusalCode
from domain.policy import Policy
from domain.terms import ApplicationId
from service.demo.cast import Member
from service.demo.diary import Diary
from service.demo.life import Life
from service.demo.plan import Plan
from service.demo.scene import Scene, Step
from service.demo.storyboard import ENDS_ON
from service.demo.templates import Templates
from service.demo.texts import Pen
from service.security.principal import Principal


class Stage:
    """Where scenes are gathered.

    Attributes:
        rng: the source of every choice.
        policy: the policy at the founding.
        steps: the scenes and chores so far, in no order of time.
        partners: those who come to vote as partners, each from a day and before another.
        members: those who come to vote as other members.
        lives: every membership of the story; that of a party that comes back has two.
        plans: the improvement plans that are agreed.
        approved: when each application got its yes that got one.
        waitlist: when each application came to it that is offered a seat when there are more.
        successions: when somebody else comes to speak for a party, by its key.
    """

    def __init__(self, rng: Random, policy: Policy) -> None:
        self.rng = rng
        self.policy = policy
        self.diary = Diary(rng, ZoneInfo(policy.time_zone))
        self.pen = Pen(rng)
        self.templates = Templates(self.diary)
        self.ends_at = self.diary.on(date.fromisoformat(ENDS_ON))
        self.steps: list[Step] = [*self.templates.scenes()]
        self.partners: list[tuple[date, date, Member]] = []
        self.members: list[Member] = []
        self.lives: list[Life] = []
        self.plans: list[Plan] = []
        self.approved: dict[ApplicationId, datetime] = {}
        self.waitlist: list[tuple[datetime, ApplicationId]] = []
        self.successions: dict[str, datetime] = {}

    def add(
        self,
        at: datetime,
        by: Principal,
        command: Command,
        *,
        effective_on: date | None = None,
        refused: RefusalCode | None = None,
        file: bytes | None = None,
    ) -> None:
        """Add a scene."""
        self.steps.append(
            Scene(
                at=at,
                by=by,
                command=command,
                effective_on=effective_on,
                refused=refused,
                file=file,
            )
        )

    def life_of(self, member: Member) -> Life:
        """Return the membership that a party has, or had last."""
        return next(each for each in reversed(self.lives) if each.member is member)

    def partners_at(self, at: datetime) -> list[Member]:
        """Return those who come to vote as partners at a time."""
        day = self.diary.day(at)
        return [member for since, until, member in self.partners if since <= day < until]

    def is_member(self, member: Member, at: datetime) -> bool:
        """Whether a party has a membership at a time."""
        return any(each.lasts(at) for each in self.lives if each.member is member)

    def happens(self, one_in: int) -> bool:
        """Whether something that happens once in so many times happens."""
        return self.rng.randrange(one_in) == 0
