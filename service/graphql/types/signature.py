"""Signatures: which texts of agreements a member signed, and who signed for it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import strawberry

from projections.membership_folds import MembershipRow, Signed
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.scalars import Sha256
from service.graphql.types.entry import Entry, EntryBatch, entries_at
from service.security.access import Resource

_SIGNED: Final = {
    "data.capacity": "SignedAgreement.capacity",
    "data.signatory_name": "SignedAgreement.signatoryName",
}


class SignatureBatch:
    """The signatures of memberships that are siblings in a response.

    Args:
        context: the request.
        resources: what each membership is to the viewer, by its id.
        rows: the memberships' rows.
    """

    def __init__(
        self, context: Context, resources: Mapping[str, Resource], rows: Sequence[MembershipRow]
    ) -> None:
        self.context = context
        self._resources = resources
        self._positions = {
            signed.position: resources[row.id] for row in rows for signed in row.agreements
        }

    def of(self, row: MembershipRow) -> list[SignedAgreement]:
        """Return the signatures of a membership, in order."""
        resource = self._resources[row.id]
        return [
            SignedAgreement(signed=signed, batch=self, resource=resource)
            for signed in row.agreements
        ]

    @functools.cached_property
    def hidden(self) -> HiddenValues:
        """Who signed, and in what capacity."""
        return HiddenValues(self.context, self._positions, _SIGNED)

    @functools.cached_property
    def entries(self) -> EntryBatch:
        """The entries of the signatures."""
        return entries_at(self.context, list(self._positions))


@object_type
class SignedAgreement:
    """A signature under one version of an agreement."""

    signed: strawberry.Private[Signed]
    batch: strawberry.Private[SignatureBatch]
    resource: strawberry.Private[Resource]

    @field
    def agreement(self) -> str:
        """The policy's name for the agreement."""
        return self.signed.agreement

    @field
    def version(self) -> int:
        """The version that was signed."""
        return self.signed.version

    @field
    def sha256(self) -> Sha256:
        """The SHA-256 of the text that was signed."""
        return Sha256(self.signed.sha256)

    @field
    def signed_on(self) -> date:
        """The day from which the signature counts."""
        return self.signed.signed_on

    @field
    def capacity(self) -> str | None:
        """What entitled the signatory to sign."""
        return self.batch.hidden.value(self.signed.position, "data.capacity", str)

    @field
    def signatory_name(self) -> str | None:
        """Who signed."""
        return self.batch.hidden.value(self.signed.position, "data.signatory_name", str)

    @field
    def entry(self) -> Entry:
        """The entry that records it."""
        return self.batch.entries.objects[self.signed.position]
