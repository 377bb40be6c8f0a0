"""Every read model. What belongs to the ledger's views is listed here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from projections import (
    addresses,
    affiliations,
    appeals,
    application_folds,
    ballots,
    coalition,
    conflicts,
    corrections,
    deleted_files,
    electorates,
    governance,
    grievances,
    holds,
    homes,
    leadership,
    listings,
    membership_folds,
    mergers,
    parties,
    plans,
    reviews,
    votes,
    webhooks,
)
from projections.model import ReadModel


def read_models(*, blind: Callable[[str], str]) -> tuple[ReadModel[Any], ...]:
    """Return every read model.

    Args:
        blind: keyed hash of an EIN, for `parties.PartyRow.ein_index`.
    """
    return (
        coalition.MODEL,
        parties.model(blind),
        listings.MODEL,
        holds.MODEL,
        addresses.MODEL,
        application_folds.MODEL,
        appeals.MODEL,
        reviews.MODEL,
        plans.model(blind),
        membership_folds.MODEL,
        grievances.MODEL,
        mergers.MODEL,
        affiliations.MODEL,
        conflicts.MODEL,
        deleted_files.MODEL,
        votes.MODEL,
        electorates.MODEL,
        ballots.MODEL,
        homes.MODEL,
        leadership.MODEL,
        governance.WORKGROUPS,
        governance.PUBLICATIONS,
        governance.FUNDINGS,
        governance.CLAIMS,
        corrections.MODEL,
        webhooks.MODEL,
    )


def opened_events(models: Iterable[ReadModel[Any]]) -> frozenset[str]:
    """Return the stored names of the events of which hidden staff values are to be opened.

    Personal values never are.
    """
    return frozenset[str]().union(*(model.opens for model in models))
