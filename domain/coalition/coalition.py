"""The coalition: founding, policy versions, seats, agreement texts."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.coalition.clearing import TextCleared
from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Member, Public, Staff, revealed, revealed_or
from domain.membership.details import Registration
from domain.policy import Tier
from domain.terms import (
    Basis,
    CoalitionId,
    EntryId,
    Key,
    Line,
    MembershipId,
    Name,
    PartyId,
    PersonId,
    Sha256,
    VoteId,
)


class CoalitionFounded(Event, frozen=True, kw_only=True):
    """The ledger begins. The coalition's own name is public; it is the log's subject."""

    stored_name: ClassVar[str] = "coalition.founded.v1"

    name: Public[str]
    time_zone: Public[str]
    source: Member[str] = UNSET


class PolicyAdopted(Event, frozen=True, kw_only=True):
    """A version of the policy is in force, named by the SHA-256 of its file."""

    stored_name: ClassVar[str] = "coalition.policy_adopted.v1"

    policy: Public[str]
    version: Public[int]
    sha256: Public[str]
    basis: Public[Basis]
    vote: Member[VoteId] = UNSET


class SeatsSet(Event, frozen=True, kw_only=True):
    """A limited tier has this many seats."""

    stored_name: ClassVar[str] = "coalition.seats_set.v1"

    tier: Public[str]
    seats: Public[int]
    basis: Public[Basis]


class AgreementTemplatePublished(Event, frozen=True, kw_only=True):
    """A version of an agreement's text is the one to sign, named by its SHA-256."""

    stored_name: ClassVar[str] = "coalition.agreement_template_published.v1"

    agreement: Public[str]
    version: Public[int]
    sha256: Public[str]
    tiers: Public[list[str]]


class HomeTransferred(Event, frozen=True, kw_only=True):
    """The coalition has another home or fiscal sponsor; ``None`` says that it has none.

    That it moved is public; to whom, the parties' own listings may say.
    """

    stored_name: ClassVar[str] = "coalition.home_transferred.v1"

    home: Staff[PartyId | None] = UNSET
    fiscal_sponsor: Staff[PartyId | None] = UNSET
    source: Member[str] = UNSET


class PersonErased(Event, frozen=True, kw_only=True):
    """Whatever is personal to somebody can be read no more: their key is destroyed after this.

    That somebody was erased is public, so that whoever checks the log can count; who, is not.
    """

    stored_name: ClassVar[str] = "coalition.person_erased.v1"

    person: Staff[PersonId] = UNSET


class ValueExpunged(Event, frozen=True, kw_only=True):
    """One hidden value that should never have been written can be read no more.

    Which field it is stays hidden, since it would tell what a confidential entry is about.
    """

    stored_name: ClassVar[str] = "coalition.value_expunged.v1"

    entry: Public[EntryId]
    field: Staff[str] = UNSET


CoalitionEvent = (
    CoalitionFounded
    | PolicyAdopted
    | SeatsSet
    | AgreementTemplatePublished
    | HomeTransferred
    | PersonErased
    | ValueExpunged
    | TextCleared
)


class FoundingPartner(msgspec.Struct, frozen=True, kw_only=True):
    """A partner that the coalition begins with, admitted on the founding's authority."""

    party: PartyId
    membership: MembershipId
    tier: str
    organisation: Registration


class FoundCoalition(Command, frozen=True, kw_only=True):
    """Begin a ledger: first policy, seats and partners, with the source for them.

    ``policy_sha256`` names the policy file, which the caller stores beside the ledger.
    """

    coalition: CoalitionId
    name: Name
    source: Line
    policy_sha256: Sha256
    seats: dict[str, int] = msgspec.field(default_factory=dict)
    partners: list[FoundingPartner] = msgspec.field(default_factory=list)


class AdoptPolicy(Command, frozen=True, kw_only=True):
    """Put another version of the policy in force; ``vote`` is the one that approved it."""

    policy_sha256: Sha256
    vote: VoteId | None = None


class TransferHome(Command, frozen=True, kw_only=True):
    """Say who gives the coalition a home, and who holds its money.

    ``None`` is nobody; what is left out stays as it is.
    """

    home: PartyId | msgspec.UnsetType | None = msgspec.UNSET
    fiscal_sponsor: PartyId | msgspec.UnsetType | None = msgspec.UNSET
    source: Line


class SetSeats(Command, frozen=True, kw_only=True):
    """Set the seats of a limited tier."""

    tier: Key
    seats: int


class PublishAgreementTemplate(Command, frozen=True, kw_only=True):
    """Make a text the one to sign; its version is the next of that agreement."""

    agreement: Key
    sha256: Sha256


class Template(msgspec.Struct, frozen=True):
    """One text of an agreement."""

    version: int
    sha256: str


class Coalition(msgspec.Struct, frozen=True, kw_only=True):
    """What rules need to know of the coalition. Version 0 is one not founded.

    Attributes:
        policy_sha256: the policy file in force; "" before the founding.
        adopted: every policy file that was in force, with the day from which it was, in order.
        since: the effective date of the founding.
        last_effective: the effective date of the last entry, before which nothing more
            can hold.
        seats: seats set by decision, by tier; the policy's number holds otherwise.
        texts: every text by agreement, in order; versions count from 1.
        home: who gives it a home, as far as the ledger was told.
        fiscal_sponsor: who holds its money.
        erased: the people of whom nothing personal can be read any more.
        expunged: single values that were expunged, by entry and field.
        cleared: digests of texts that the staff let pass the screening.
    """

    id: CoalitionId
    version: int = 0
    name: str = ""
    time_zone: str = ""
    policy: str = ""
    policy_version: int = 0
    policy_sha256: str = ""
    adopted: tuple[tuple[date, str], ...] = ()
    since: date | None = None
    last_effective: date | None = None
    seats: dict[str, int] = {}
    texts: dict[str, tuple[Template, ...]] = {}
    home: PartyId | None = None
    fiscal_sponsor: PartyId | None = None
    erased: frozenset[PersonId] = frozenset()
    expunged: frozenset[tuple[EntryId, str]] = frozenset()
    cleared: frozenset[str] = frozenset()

    @property
    def templates(self) -> dict[str, Template]:
        """The current text by agreement."""
        return {agreement: texts[-1] for agreement, texts in self.texts.items()}


def evolve(state: Coalition, event: CoalitionEvent, effective: date) -> Coalition:
    """Return the coalition after an event that holds from ``effective``."""
    state = replace(
        state,
        version=state.version + 1,
        since=state.since or effective,
        last_effective=effective,
    )
    match event:
        case CoalitionFounded():
            return replace(state, name=event.name, time_zone=event.time_zone)
        case PolicyAdopted():
            return replace(
                state,
                policy=event.policy,
                policy_version=event.version,
                policy_sha256=event.sha256,
                adopted=(*state.adopted, (effective, event.sha256)),
            )
        case SeatsSet():
            return replace(state, seats=state.seats | {event.tier: event.seats})
        case AgreementTemplatePublished():
            text = Template(event.version, event.sha256)
            texts = (*state.texts.get(event.agreement, ()), text)
            return replace(state, texts=state.texts | {event.agreement: texts})
        case HomeTransferred():
            home, sponsor = revealed(event.home), revealed(event.fiscal_sponsor)
            return replace(state, home=home, fiscal_sponsor=sponsor)
        case PersonErased():
            return replace(state, erased=state.erased | {revealed(event.person)})
        case ValueExpunged():
            expunged = (event.entry, revealed(event.field))
            return replace(state, expunged=state.expunged | {expunged})
        case TextCleared():
            # Once its digest is expunged, the text is refused again.
            digest = revealed_or(event.digest, "")
            return replace(state, cleared=state.cleared | {digest})
        case _:
            assert_never(event)


def policy_of_day(coalition: Coalition, day: date) -> str:
    """Return the policy file that was in force on a day; before the first one, the first.

    Days that somebody was given by one policy are not taken by the next.
    """
    adopted = coalition.adopted
    return next((sha256 for since, sha256 in reversed(adopted) if since <= day), adopted[0][1])


def seats_of(coalition: Coalition, tier: Tier) -> int | None:
    """Return the seats of a limited tier: those set by decision, or else the policy's.

    ``None`` says that a number is still to be set.
    """
    return coalition.seats.get(tier.id, tier.seats)
