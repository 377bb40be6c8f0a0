"""Seeding: founds the demonstration coalition and plays its three years."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from importlib.resources import files
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from domain.policy import CATE_POLICY_RESOURCE, Policy, parse_policy
from domain.terms import MembershipStatus
from projections.as_of import is_latest
from projections.tables import memberships
from service.demo.cast import Member
from service.demo.login import Login, figures
from service.demo.player import Player, StoryClock
from service.demo.queries import Query, queries
from service.demo.scene import representative_of
from service.demo.script import Script, write_script
from service.demo.storyboard import FOUNDED_ON, FOUNDING_SEATS, PARTNER
from service.evidence.aging import kept_in
from service.ledger.founding import Founding, Partner, found
from service.ledger.key_encryption import create_kek_file
from service.ledger.ledger import Ledger
from service.opening import evidence_folder, key_encryption
from service.planning.deciding import decide
from service.security.principal import Principal, Role
from service.settings import Settings
from service.transparency.attesting import attest

ORIGIN: Final = "demo.coalition.example/ledger"
NAME: Final = "Coalition Against Trafficking and Exploitation (demonstration)"
SOURCE: Final = "Invented for demonstration: no party of this ledger exists."

_FOUNDED_AT: Final = time(8, 30)


class DemoCoalition(msgspec.Struct, frozen=True, kw_only=True):
    """The demonstration, ready to be looked at.

    Attributes:
        ledger: open, for the caller to close; its clock stands at the end of the story.
        logins: one figure a role, with a label that says who it is.
        partners: who speaks for each partner that may vote.
        queries: some to begin with.
    """

    ledger: Ledger
    logins: Mapping[Role, Login]
    partners: tuple[Principal, ...]
    queries: tuple[Query, ...]

    @property
    def principals(self) -> dict[Role, Principal]:
        """The figures without their labels."""
        return {role: login.principal for role, login in self.logins.items()}


def seed(settings: Settings, seed: int, progress: Callable[[float], object]) -> DemoCoalition:
    """Found the demonstration coalition in empty places, and play its history.

    The same number gives the same story: who, what and when. Ids, salts and keys are
    random each time.

    Args:
        settings: the places. Where there is no key-encryption key yet, one is made.
        seed: chooses the story.
        progress: told now and then how much is done, from 0 to 1.

    Raises:
        AlreadyFoundedError: there is a coalition already; nothing was changed.
        StoryError: the story and the rules have come apart; the places are of no use.
    """
    rehearsed = rehearse(settings, seed)
    try:
        rehearsed.player.play(rehearsed.script.steps, progress)
        attest(rehearsed.ledger)
        return _demonstration(rehearsed)
    except BaseException:
        rehearsed.ledger.close()
        raise


class Rehearsed(msgspec.Struct, frozen=True):
    """A story that is ready to be played: the coalition is founded, and nothing more."""

    ledger: Ledger
    player: Player
    script: Script


def rehearse(settings: Settings, seed: int) -> Rehearsed:
    """Found the coalition and write the script; see `seed`.

    Raises:
        AlreadyFoundedError: there is a coalition already; nothing was changed.
    """
    if settings.kek_file is not None and not settings.kek_file.exists():
        create_kek_file(settings.kek_file)
    content = (files("domain.policy") / CATE_POLICY_RESOURCE).read_bytes()
    policy = parse_policy(content)
    # Content only: ids, salts and keys are drawn elsewhere, from the operating system.
    script = write_script(Random(seed), policy)  # noqa: S311
    clock = StoryClock(_founded_at(policy))
    ledger = found(
        Founding(
            origin=ORIGIN,
            name=NAME,
            source=SOURCE,
            policy=content,
            seats={PARTNER: FOUNDING_SEATS},
            partners=[
                Partner(tier=PARTNER, organisation=member.organisation)
                for member in script.founders
            ],
        ),
        database_url=settings.database_url,
        keys_url=settings.keys_url,
        kek=key_encryption(settings),
        decide=decide,
        migration_url=settings.migration_url,
        clock=clock,
    )
    folder = evidence_folder(settings)
    store = None if folder is None else kept_in(ledger, folder)
    player = Player(ledger, clock, store)
    _meet_founders(ledger, player, script.founders)
    return Rehearsed(ledger, player, script)


def _founded_at(policy: Policy) -> datetime:
    local = datetime.combine(date.fromisoformat(FOUNDED_ON), _FOUNDED_AT)
    return local.replace(tzinfo=ZoneInfo(policy.time_zone)).astimezone(UTC)


def _meet_founders(ledger: Ledger, player: Player, founders: list[Member]) -> None:
    """Tell the player the ids that the founding has drawn, in the order of the partners."""
    with ledger.read() as snapshot:
        rows = snapshot.connection.execute(
            sa.select(memberships.c.id, memberships.c.party).order_by(
                memberships.c.admitted_position
            )
        ).all()
    for member, (membership, party) in zip(founders, rows, strict=True):
        player.ids[member.membership] = membership
        player.ids[member.party] = party


def _demonstration(rehearsed: Rehearsed) -> DemoCoalition:
    player, shown = rehearsed.player, figures(rehearsed.script)
    named = shown.logins()
    logins = [Login(principal=player.principal(each.principal), label=each.label) for each in named]
    parties = _active_partners(rehearsed.ledger)
    return DemoCoalition(
        ledger=rehearsed.ledger,
        logins={each.principal.role: each for each in logins},
        partners=tuple(
            player.principal(representative_of(member))
            for _, member in rehearsed.script.cast
            if player.ids[member.party] in parties
        ),
        queries=queries(
            county=shown.representative.counties[0],
            membership=player.ids[shown.representative.membership],
        ),
    )


def _active_partners(ledger: Ledger) -> set[str]:
    """Return the parties that may vote as partners when the story ends."""
    with ledger.read() as snapshot:
        found = snapshot.connection.execute(
            sa.select(memberships.c.party).where(
                is_latest(memberships),
                memberships.c.tier == PARTNER,
                memberships.c.status == MembershipStatus.ACTIVE,
            )
        )
        return set(found.scalars())
