"""The log itself: what views held is attested each year, and once another key comes to sign."""

from __future__ import annotations

from domain.coalition.custody import AddSigningKey, AttestState, RetireSigningKey
from domain.ledger.note import Algorithm
from service.demo.scene import Chore
from service.demo.stage import Stage
from service.ledger.ledger import Ledger
from service.ledger.request import Outcome
from service.transparency import rotating
from service.transparency.attesting import attest


def tell(stage: Stage) -> None:
    """Add it all."""
    for month in ("2024-01", "2025-01", "2026-01"):
        at = stage.diary.night(stage.diary.day(stage.diary.within(month)))
        stage.steps.append(Chore(at=at, kind=AttestState, do=attest))
    added_at = stage.diary.within("2025-03")
    stage.steps.append(Chore(at=added_at, kind=AddSigningKey, do=_add_key))
    # Readers have had time to learn of the new one.
    retired_at = stage.diary.later(added_at, 60, 90)
    stage.steps.append(Chore(at=retired_at, kind=RetireSigningKey, do=_retire_first_key))


def _add_key(ledger: Ledger) -> Outcome:
    return rotating.add_key(ledger, Algorithm.ED25519)[1]


def _retire_first_key(ledger: Ledger) -> Outcome:
    return rotating.retire_key(ledger, ledger.first_key.key_id.hex())
