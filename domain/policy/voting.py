"""How a coalition votes: on what, who, and how many it takes."""

from enum import StrEnum, unique

import msgspec


@unique
class VoteKind(StrEnum):
    """What a vote decides."""

    ADMISSION = "admission"
    TIER_CHANGE = "tier-change"
    TERMINATION = "termination"
    APPEAL = "appeal"
    POLICY = "policy"
    MISSION_AND_VALUES = "mission-and-values"


@unique
class ElectorateId(StrEnum):
    """Who votes, before anybody is recused."""

    PARTNERS = "partners"
    MEMBERS = "members"


@unique
class VoteFallback(StrEnum):
    """Who votes when an electorate turns out to be empty.

    Where none of the partners or members may either, the director does.
    """

    PARTNERS = "partners"
    MEMBERS = "members"
    DIRECTOR = "director"


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a whole that must be reached, or when `strict` exceeded: 2 of 3, more than 1 of 2.

    `numerator` is at least 1 and at most `denominator`.
    """

    numerator: int
    denominator: int
    strict: bool

    def is_met_by(self, part: int, whole: int) -> bool:
        """Whether `part` of `whole` reaches the share, without rounding.

        Of nothing, and for numbers that are no part of a whole, it is not met.
        """
        if not 0 <= part <= whole or whole == 0:
            return False
        reached, needed = part * self.denominator, self.numerator * whole
        return reached > needed if self.strict else reached >= needed


class Electorate(msgspec.Struct, frozen=True, kw_only=True):
    """The active members of these tiers, one vote each."""

    id: ElectorateId
    tiers: tuple[str, ...]


class VoteRule(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind of vote is held.

    `quorum` is the share of the electorate, less the recused, that must vote. `threshold` is the
    share of the votes for and against that must be for: who abstains counts towards the quorum
    alone. Tallies are published only of at least `tally_minimum_electorate` ballots.
    `fallback` is named by the refusal to open a vote in which nobody could take part, and votes
    when it is asked to. Where a vote is `required`, the yes to what it is about rests on one that
    passed: an admission, its place on the waitlist and a reinstatement, a change of tier, a
    termination, a policy. A no needs none: it names the clauses that are not met.
    """

    kind: VoteKind
    electorate: ElectorateId
    quorum: Share
    threshold: Share
    director_votes: bool
    tally_minimum_electorate: int
    fallback: VoteFallback
    required: bool = False
