"""What is attested of each read model: the projections and the public entries say the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from msgspec import UNSET

from domain.audit.log import Trust, audit_log
from domain.audit.rows import MODELS, Row
from domain.audit.state import PublicState, row_hash
from domain.coalition.correction import CorrectEntry, WithdrawEntry
from domain.coalition.funding import EndFunding, RecordFunding
from domain.coalition.history import RecordHistory
from domain.coalition.leadership import AppointDirector, EndTerm
from domain.coalition.publications import PublishLibraryItem, PublishStandards
from domain.coalition.workgroup import DissolveWorkgroup, FormWorkgroup
from domain.ledger.disclosure import Event, hidden_fields
from domain.terms import (
    Ballot,
    ClaimId,
    DatePrecision,
    EntryId,
    FundingId,
    PersonId,
    PublicationId,
    PublicationKind,
    TermId,
    WorkgroupId,
)
from projections.replay import Replay
from projections.tables import LAST_DAY
from service.auditing.sources import opened
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger
from service.security.principal import Role
from service.transparency.attesting import ContradictedError, attest, check
from service.transparency.bundle import write_bundle
from service.transparency.rows import TABLES
from service.transparency.signed_file import SignedFile
from service.transparency.signer import Signer
from tests.projections.ledgers import MODEL, OPENS
from tests.projections.ledgers import MODELS as READ_MODELS
from tests.projections.streams import as_opened, generate
from tests.service.assembly import Assembly
from tests.service.coalition import new_id

FAR_OFF = 4_000_000_000


def as_published(event: Event) -> Event:
    """Return an event as anybody reads it."""
    return msgspec.structs.replace(event, **dict.fromkeys(hidden_fields(type(event)), UNSET))


def hashes(rows: dict[str, Row]) -> dict[str, bytes]:
    return {row_id: row_hash(row) for row_id, row in rows.items()}


@pytest.mark.parametrize("seed", [51, 52, 53])
def test_the_public_entries_make_the_rows_that_the_projections_make(seed: int) -> None:
    replay, state = Replay(READ_MODELS), PublicState()
    size = 4_000
    for entry in generate(size, seed=seed):
        replay.extend([as_opened(entry, OPENS)])
        if not entry.event.confidential:
            state.take(entry.position, entry.envelope, as_published(entry.event))
    for name, found in TABLES.items():
        made = {
            row.id: columns(row)
            for model, columns in found
            for row in replay.rows(MODEL[model.name], size, LAST_DAY)
        }
        assert made
        assert hashes(made) == hashes(state.rows(name)), name


def test_there_are_rows_of_each_read_model_that_is_attested() -> None:
    assert TABLES.keys() == MODELS.keys()


@pytest.fixture
def assembly(database_url: str, tmp_path: Path) -> Iterator[Assembly]:
    """A coalition that voted, and has written down one of everything."""
    made = Assembly(database_url, tmp_path, partners=5)
    coalition = made.coalition
    vote = made.open(made.apply())
    for number, ballot in enumerate([Ballot.APPROVE] * 3 + [Ballot.AGAINST] * 2):
        made.cast(vote, number, ballot)
    made.close(vote)
    group, standards = WorkgroupId(new_id()), PublicationId(new_id())
    entry = coalition.must(FormWorkgroup(workgroup=group, name="Standards"), Role.DIRECTOR)
    term, claim, grant = TermId(new_id()), ClaimId(new_id()), FundingId(new_id())
    guide = PublicationId(new_id())
    for command in (
        DissolveWorkgroup(workgroup=group),
        CorrectEntry(entry=EntryId(entry.entries[0].entry_id), field="name", value="Norms"),
        PublishStandards(publication=standards, wave=1, title="Wave One", workgroup=group),
        PublishStandards(
            publication=PublicationId(new_id()), wave=2, title="Wave Two", supersedes=standards
        ),
        PublishLibraryItem(publication=guide, kind=PublicationKind.GUIDE, title="What is where"),
        PublishLibraryItem(
            publication=PublicationId(new_id()),
            kind=PublicationKind.GUIDE,
            title="What is where now",
            supersedes=guide,
        ),
        RecordFunding(funding=grant, funder="Planted Foundation"),
        EndFunding(funding=grant),
        WithdrawEntry(entry=EntryId(entry.entries[0].entry_id), reason="It never met."),
        RecordHistory(claim=claim, text="It began.", source="Minutes", precision=DatePrecision.DAY),
        AppointDirector(term=term, person=PersonId(new_id()), name="Robin Invented", named=True),
        EndTerm(term=term),
    ):
        coalition.must(command, Role.DIRECTOR)
    yield made
    coalition.close()


def test_an_auditor_computes_what_is_attested_of_votes_and_the_record(
    assembly: Assembly, tmp_path: Path
) -> None:
    ledger = assembly.coalition.ledger
    attest(ledger)
    signer = Signer(ledger, SignedFile(tmp_path / "signed"))
    signer.sign()
    write_bundle(ledger, tmp_path / "log.tar")
    with opened(str(tmp_path / "log.tar")) as read:
        found = audit_log(read, Trust(keys=[key.verifier for key in signer.keys], now=FAR_OFF))
    assert found.attestations == len(MODELS)


DAY = date(2001, 1, 1).isoformat()
OTHER_SHARE = '{"numerator":1,"denominator":9,"strict":false}'
OTHER_TALLY = '{"approve":5,"against":0,"abstain":0}'


EDITS: list[tuple[str, str, object]] = [
    *[("votes", "kind", "termination"), ("votes", "phase", "open")],
    *[("votes", "application", "f" * 32), ("votes", "proposal_sha256", "f" * 64)],
    *[("votes", "policy_sha256", "f" * 64), ("votes", "quorum", OTHER_SHARE)],
    *[("votes", "threshold", OTHER_SHARE), ("votes", "director_votes", 1)],
    *[("votes", "tally_minimum_electorate", 99), ("votes", "opened_on", DAY)],
    *[("votes", "opened_position", 1), ("votes", "closes_on", DAY)],
    *[("votes", "closed_position", 1), ("votes", "outcome", "failed")],
    *[("votes", "quorum_met", 0), ("votes", "threshold_met", 0)],
    *[("votes", "tally", OTHER_TALLY), ("votes", "tally", None)],
    *[("workgroups", "formed_on", DAY), ("workgroups", "dissolved_on", None)],
    *[("workgroups", "precision", "year"), ("workgroups", "version", 9)],
    *[("publications", "wave", 9), ("publications", "sha256", "f" * 64)],
    *[("publications", "kind", "report"), ("publications", "published_on", DAY)],
    *[("publications", "supersedes", "f" * 32), ("publications", "workgroup", "f" * 32)],
    *[("publications", "precision", "year"), ("publications", "position", 1)],
    *[("fundings", "since", DAY), ("fundings", "until", DAY)],
    *[("fundings", "precision", "year"), ("fundings", "until_precision", "year")],
    *[("claims", "happened_on", DAY), ("claims", "precision", "year")],
    *[("claims", "contradicts", f'["{"f" * 32}"]')],
    *[("corrections", "made", '[{"field":"purpose","position":1}]')],
    ("corrections", "made", '[{"field":null,"position":9,"withdrawn_on":"2001-01-01"}]'),
    *[("terms_of_office", "office", "partner-leader"), ("terms_of_office", "since", DAY)],
    *[("terms_of_office", "until", None), ("terms_of_office", "named_position", None)],
]


def check_edited(ledger: Ledger, table: str, column: str, value: object) -> None:
    """Check what the database says with a column edited; what is found takes the edit back."""
    with ledger.read() as snapshot, begin_writing(ledger.engine) as connection:
        edit = sa.text(f"UPDATE {table} SET {column} = :value")  # noqa: S608
        assert connection.execute(edit, {"value": value}).rowcount
        check(ledger, msgspec.structs.replace(snapshot, connection=connection))


def test_an_edited_column_is_found_and_not_attested(assembly: Assembly) -> None:
    ledger = assembly.coalition.ledger
    for table, column, value in EDITS:
        with pytest.raises(ContradictedError, match=r"the row of (votes|record)"):
            check_edited(ledger, table, column, value)
    attest(ledger)
