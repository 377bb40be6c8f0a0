"""The coalition itself: policy, seats and agreement texts."""

from __future__ import annotations

from datetime import date

import msgspec
from sqlalchemy.engine import Connection

from domain.coalition.clearing import TextCleared
from domain.coalition.coalition import (
    AgreementTemplatePublished,
    CoalitionFounded,
    HomeTransferred,
    PersonErased,
    PolicyAdopted,
    SeatsSet,
    ValueExpunged,
)
from domain.ledger.disclosure import Event
from domain.ledger.recorded import Recorded
from domain.terms import Basis
from projections.as_of import AsOf
from projections.model import ReadModel, Row, changing, folds_of, on
from projections.reading import View
from projections.tables import coalition


class TemplateText(msgspec.Struct, frozen=True, gc=False):
    """The text of an agreement to sign, named by its hash, and the tiers that ask for it."""

    version: int
    sha256: str
    tiers: tuple[str, ...]
    published_on: date
    position: int


class SeatLimit(msgspec.Struct, frozen=True, gc=False):
    """How many seats a tier has, by decision, and the day from which it has them."""

    seats: int
    since: date


class Adopted(msgspec.Struct, frozen=True, gc=False):
    """A version of the policy, by the hash of its file, and the day from which it is in force."""

    policy: str
    version: int
    sha256: str
    basis: Basis
    adopted_on: date
    position: int


class CoalitionRow(Row, frozen=True, gc=False):
    """The coalition.

    Attributes:
        policy: the policy in force, with its version and the hash of its file; ``None``
            between the founding and the first policy, which are neighbours in the log.
        seats: seats set by decision, by tier, in order; the policy's number holds for others.
        templates: every text by agreement, in order.
        policies: every version adopted, in order.
        version: of the stream.
    """

    name: str
    time_zone: str
    policy: str | None
    policy_version: int | None
    policy_sha256: str | None
    seats: dict[str, tuple[SeatLimit, ...]]
    templates: dict[str, tuple[TemplateText, ...]]
    policies: tuple[Adopted, ...]
    founded_on: date
    version: int


def _founded(_: CoalitionRow | None, event: CoalitionFounded, recorded: Recorded) -> CoalitionRow:
    return CoalitionRow(
        id=recorded.envelope.stream,
        name=event.name,
        time_zone=event.time_zone,
        policy=None,
        policy_version=None,
        policy_sha256=None,
        seats={},
        templates={},
        policies=(),
        founded_on=recorded.envelope.effective,
        version=recorded.envelope.version,
    )


def _policy_adopted(row: CoalitionRow, event: PolicyAdopted, recorded: Recorded) -> CoalitionRow:
    adopted = Adopted(
        policy=event.policy,
        version=event.version,
        sha256=event.sha256,
        basis=event.basis,
        adopted_on=recorded.envelope.effective,
        position=recorded.position,
    )
    return msgspec.structs.replace(
        row,
        policy=event.policy,
        policy_version=event.version,
        policy_sha256=event.sha256,
        policies=(*row.policies, adopted),
        version=recorded.envelope.version,
    )


def _seats_set(row: CoalitionRow, event: SeatsSet, recorded: Recorded) -> CoalitionRow:
    limit = SeatLimit(event.seats, recorded.envelope.effective)
    seats = row.seats | {event.tier: (*row.seats.get(event.tier, ()), limit)}
    return msgspec.structs.replace(row, seats=seats, version=recorded.envelope.version)


def _template_published(
    row: CoalitionRow, event: AgreementTemplatePublished, recorded: Recorded
) -> CoalitionRow:
    text = TemplateText(
        version=event.version,
        sha256=event.sha256,
        tiers=tuple(event.tiers),
        published_on=recorded.envelope.effective,
        position=recorded.position,
    )
    texts = (*row.templates.get(event.agreement, ()), text)
    templates = row.templates | {event.agreement: texts}
    return msgspec.structs.replace(row, templates=templates, version=recorded.envelope.version)


def _continued(row: CoalitionRow, _: Event, recorded: Recorded) -> CoalitionRow:
    return msgspec.structs.replace(row, version=recorded.envelope.version)


MODEL = ReadModel(
    version=2,
    table=coalition,
    row_type=CoalitionRow,
    folds=folds_of(
        on(CoalitionFounded, _founded),
        on(PolicyAdopted, changing(_policy_adopted)),
        on(SeatsSet, changing(_seats_set)),
        on(AgreementTemplatePublished, changing(_template_published)),
        # Who gives a home is another read model's, and what was erased the key store's; here
        # they are only versions of this stream.
        on(HomeTransferred, changing(_continued)),
        on(PersonErased, changing(_continued)),
        on(ValueExpunged, changing(_continued)),
        on(TextCleared, changing(_continued)),
    ),
)

VIEW = View(coalition, CoalitionRow)


def limits_on(row: CoalitionRow, day: date) -> dict[str, int]:
    """Return the seats that were set by decision for a day, by tier."""
    return {
        tier: [each.seats for each in limits if each.since <= day][-1]
        for tier, limits in row.seats.items()
        if limits[0].since <= day
    }


def texts_on(row: CoalitionRow, day: date) -> dict[str, TemplateText]:
    """Return the text to sign on a day, by agreement; those without one are left out."""
    return {
        agreement: [each for each in texts if each.published_on <= day][-1]
        for agreement, texts in row.templates.items()
        if texts[0].published_on <= day
    }


def at(connection: Connection, as_of: AsOf) -> CoalitionRow | None:
    """Return the coalition; ``None`` before its founding."""
    rows = VIEW.rows(connection, as_of)
    return rows[0] if rows else None


def text_versions(connection: Connection) -> dict[str, int]:
    """Return the version of the present text of each agreement that has one."""
    row = at(connection, AsOf(0, date.max, current=True))
    texts = {} if row is None else texts_on(row, date.max)
    return {name: text.version for name, text in texts.items()}
