"""What an accepted command answers with: its receipt, and the object that it changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import strawberry

from domain.terms import PartyKind
from projections import parties
from projections.party_rows import PartyRow
from service.graphql.context import Context
from service.graphql.mutations.submitting import Done
from service.graphql.receipts import Accepted, receipt_of
from service.graphql.types.application import applications_by_id
from service.graphql.types.membership import memberships_by_id
from service.graphql.types.party import Party, own_resource, parties_of

AcceptedT = TypeVar("AcceptedT", bound=Accepted)

Accept = Callable[[Context, Done], AcceptedT]

COMMAND: Final = strawberry.argument(name="input", description="The command.")
"""How every mutation declares its one argument."""


def with_application(accepted_type: Callable[..., AcceptedT]) -> Accept[AcceptedT]:
    """Answer with the application that the command was about."""

    def accept(context: Context, done: Done) -> AcceptedT:
        subject = done.accepted.subject
        application = applications_by_id(context, [subject], done.as_of).get(subject)
        return accepted_type(receipt=receipt_of(context, done.accepted), application=application)

    return accept


def with_membership(accepted_type: Callable[..., AcceptedT]) -> Accept[AcceptedT]:
    """Answer with the membership that the command was about."""

    def accept(context: Context, done: Done) -> AcceptedT:
        subject = done.accepted.subject
        membership = memberships_by_id(context, [subject], done.as_of).get(subject)
        return accepted_type(receipt=receipt_of(context, done.accepted), membership=membership)

    return accept


def with_party(accepted_type: Callable[..., AcceptedT]) -> Accept[AcceptedT]:
    """Answer with the party that the command was about."""

    def accept(context: Context, done: Done) -> AcceptedT:
        return accepted_type(
            receipt=receipt_of(context, done.accepted), party=changed_party(context, done)
        )

    return accept


def changed_party(context: Context, done: Done) -> Party | None:
    """Return the party that the command was about."""
    subject = done.accepted.subject
    return parties_of(context, {subject: own_resource(subject)}, done.as_of).get(subject)


def people_of(context: Context, party: str) -> frozenset[str] | None:
    """Return who speaks for a party now; ``None`` where there is no such party.

    An individual speaks for themself: the party is the person.
    """
    row = _row_of(context, party)
    if row is None:
        return None
    if row.kind is PartyKind.INDIVIDUAL:
        return frozenset({party})
    return frozenset(each.person for each in row.representatives)


def known_people_of(context: Context, party: str) -> frozenset[str]:
    """Return who speaks, or spoke, for an organisation."""
    row = _row_of(context, party)
    if row is None:
        return frozenset()
    return frozenset(each.person for each in (*row.representatives, *row.former))


def is_party(context: Context, party: str) -> bool:
    """Whether there is a party of an id."""
    return _row_of(context, party) is not None


def _row_of(context: Context, party: str) -> PartyRow | None:
    return parties.by_ids(context.connection, context.now, [party]).get(party)
