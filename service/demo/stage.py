"""What every part of the story is told with: chance, times, texts, and the scenes so far."""

from __future__ import annotations

from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from domain.decision import Command, RefusalCode
from domain.policy import Policy
from service.demo.cast import Member
from service.demo.diary import Diary
from service.demo.scene import Scene
from service.demo.storyboard import ENDS_ON
from service.demo.templates import Templates
from service.demo.texts import Pen
from service.security.principal import Principal


class Stage:
    """Where scenes are gathered.

    Attributes:
        rng: the source of every choice.
        policy: the policy at the founding.
        scenes: the scenes so far, in no order of time.
        partners: those who come to vote as partners.
        members: those who come to vote as other members.
        successions: when somebody else comes to speak for a party, by its key.
    """

    def __init__(self, rng: Random, policy: Policy) -> None:
        self.rng = rng
        self.policy = policy
        self.diary = Diary(rng, ZoneInfo(policy.time_zone))
        self.pen = Pen(rng)
        self.templates = Templates(self.diary)
        self.ends_at = self.diary.on(date.fromisoformat(ENDS_ON))
        self.scenes: list[Scene] = [*self.templates.scenes()]
        self.partners: list[Member] = []
        self.members: list[Member] = []
        self.successions: dict[str, datetime] = {}

    def add(
        self,
        at: datetime,
        by: Principal,
        command: Command,
        *,
        effective_on: date | None = None,
        refused: RefusalCode | None = None,
    ) -> None:
        """Add a scene."""
        self.scenes.append(
            Scene(at=at, by=by, command=command, effective_on=effective_on, refused=refused)
        )

    def happens(self, one_in: int) -> bool:
        """Whether something that happens once in so many times happens."""
        return self.rng.randrange(one_in) == 0
