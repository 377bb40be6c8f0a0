"""The coalition's rules as of a point: policy versions, their files, and agreement texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
import sqlalchemy as sa

from domain.policy import Policy
from domain.policy import Tier as PolicyTier
from projections import coalition as coalition_model
from projections.as_of import AsOf
from projections.coalition import Adopted, CoalitionRow
from service.faults import CorruptLedgerError
from service.graphql.context import Context
from service.graphql.errors import InvalidArgumentError
from service.ledger import tables


class Rules(msgspec.Struct, frozen=True):
    """What the coalition had decided as of a point.

    Attributes:
        coalition: the coalition's row there.
        as_of: the point and the day.
    """

    context: Context
    coalition: CoalitionRow
    as_of: AsOf

    @property
    def adopted(self) -> Adopted:
        """The version of the policy that is in force on the day."""
        return self.adopted_by(self.as_of.effective)

    def adopted_by(self, day: date) -> Adopted:
        """Return the version of the policy that is in force on another day."""
        in_force = [each for each in self.coalition.policies if each.adopted_on <= day]
        # The entries of the founding are one act: the policy that it adopts holds from the first.
        known = in_force or self.coalition.policies or self.context.coalition.policies[:1]
        if not known:
            raise CorruptLedgerError("the coalition was founded without a policy")
        return known[-1]

    @property
    def policy(self) -> Policy:
        """The policy in force on the day."""
        return self.file(self.adopted)

    def file(self, adopted: Adopted) -> Policy:
        """Return the policy of an adopted version."""
        return self.context.ledger.policy(self.context.connection, adopted.sha256)

    def tier(self, key: str) -> tuple[Policy, PolicyTier]:
        """Return a tier that somebody holds, and the latest policy that defines it.

        That is the policy in force, save where a later decision takes effect on another day.
        """
        for policy in (self.policy, *map(self.file, reversed(self.coalition.policies))):
            if policy.has_tier(key):
                return policy, policy.tier(key)
        message = f"no adopted policy defines the tier {key}"
        raise CorruptLedgerError(message)


def check_places(
    context: Context,
    as_of: AsOf,
    *,
    tiers: Sequence[str] | None = None,
    counties: Sequence[str] | None = None,
    regions: Sequence[str] | None = None,
) -> None:
    """Refuse a filter by what no policy knows: a slip would look like a list of nobody.

    Tiers are those of every policy that there was, as memberships may be; counties and regions
    those of the policy in force.

    Raises:
        InvalidArgumentError: the name is none of them.
    """
    rules = rules_at(context, as_of)
    if tiers:
        ever = map(rules.file, context.coalition.policies)
        _check_known("tier", "tiers", tiers, [tier.id for each in ever for tier in each.tiers])
    if counties:
        known = [each.fips for each in rules.policy.counties]
        _check_known("county", "counties", counties, known, listed=False)
    if regions:
        _check_known("region", "regions", regions, [each.id for each in rules.policy.regions])


def _check_known(
    noun: str, field: str, given: Sequence[str], known: Sequence[str], *, listed: bool = True
) -> None:
    unknown = next((each for each in given if each not in known), None)
    if unknown is not None:
        message = f"There is no {noun} {unknown!r}"
        names = f"; one of: {', '.join(dict.fromkeys(known))}." if listed else " in the policy."
        raise InvalidArgumentError(f"filter.{field}", f"known-{noun}", message + names)


def rules_at(context: Context, as_of: AsOf) -> Rules:
    """Return the rules as of a point; they are read once a request."""
    if as_of.current:
        return Rules(context, context.coalition, as_of)

    def read() -> CoalitionRow:
        row = coalition_model.at(context.connection, as_of)
        if row is None:
            raise CorruptLedgerError("the ledger has no coalition")
        return row

    return Rules(context, context.known(("coalition", as_of.position), read), as_of)


def documents(context: Context, hashes: Iterable[str]) -> dict[str, bytes]:
    """Return stored texts by their SHA-256, in one statement."""
    stored = tables.documents
    rows = context.connection.execute(
        sa.select(stored.c.sha256, stored.c.content).where(stored.c.sha256.in_(sorted(set(hashes))))
    )
    return {sha256: bytes(content) for sha256, content in rows}
