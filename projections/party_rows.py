"""What the view of parties has of one: what an entry said, by the position where it is hidden."""

from __future__ import annotations

from datetime import date

import msgspec

from domain.ledger.disclosure import Event
from domain.ledger.recorded import Recorded
from domain.terms import NameUse, Particular, PartyKind
from projections.model import Row


class Representative(msgspec.Struct, frozen=True, gc=False):
    """A person who speaks, or spoke, for an organisation.

    Attributes:
        position: the last appointment, which hides name and contact.
        since: the day from which they speak for it.
        until: the day from which they do no longer.
    """

    person: str
    position: int
    since: date
    until: date | None = None


class PartyName(msgspec.Struct, frozen=True, gc=False):
    """A name of a party; the entry that was recorded last for it hides what it is.

    Attributes:
        position: the entry that gave the name.
        version: that entry's, in the party's stream.
        index: keyed hash of an organisation's name, to find it by; ``None`` for people.
        corrections: the entries by which the name reads otherwise, in order.
    """

    use: NameUse
    position: int
    version: int
    since: date
    index: str | None
    corrections: tuple[int, ...] = ()


class Told(msgspec.Struct, frozen=True, gc=False):
    """What an entry says of one particular; the entry that was recorded last for it hides it.

    Attributes:
        position: the entry.
        version: that entry's, in the party's stream.
        since: the day from which it holds.
        corrections: the entries by which it reads otherwise, in order.
    """

    what: Particular
    position: int
    version: int
    since: date
    corrections: tuple[int, ...] = ()

    @property
    def hidden_in(self) -> int:
        """The entry that hides what it is."""
        return self.corrections[-1] if self.corrections else self.position


class PartyRow(Row, frozen=True, gc=False):
    """A party.

    Attributes:
        registered_position: the entry that made it known.
        registered_on: the day from which the registration counts.
        ein_index: keyed hash of the last EIN, to find a party by; it cannot be read from it.
        particulars: what entries say that it is, in order, the registration first.
        names: in order; a person's last one alone.
        representatives: one for each person, by the last appointment.
        former: those who speak for it no longer, in the order in which they stopped.
        version: of the stream.
    """

    kind: PartyKind
    registered_position: int
    registered_on: date
    ein_index: str | None
    particulars: tuple[Told, ...]
    names: tuple[PartyName, ...]
    representatives: tuple[Representative, ...]
    former: tuple[Representative, ...]
    version: int


def names_on(row: PartyRow, day: date) -> tuple[PartyName, ...]:
    """Return the names that a party had by a day, each by the use it had then.

    Before the first the party is called what it was called first.
    """
    called = [each for each in row.names if each.use is not NameUse.ALIAS]
    present = next((each for each in reversed(called) if each.since <= day), called[0])
    return tuple(
        each if each.use is NameUse.ALIAS else msgspec.structs.replace(each, use=use)
        for each in row.names
        if each.since <= day or each is present
        for use in [NameUse.PRESENT if each is present else NameUse.FORMER]
    )


def told_on(row: PartyRow, day: date) -> list[Told]:
    """Return what entries said by a day that a party is; before the first, what it was first."""
    return [
        each
        for each in row.particulars
        if each.since <= day or each.position == row.registered_position
    ]


def position_of(row: PartyRow, what: Particular, day: date) -> int:
    """Return the entry that hides what a party is on a day; before the first, what it was first."""
    return next(each.hidden_in for each in reversed(told_on(row, day)) if each.what is what)


def continued(row: PartyRow, _: Event, recorded: Recorded) -> PartyRow:
    """Return a party after one more entry about it."""
    return msgspec.structs.replace(row, version=recorded.envelope.version)
