"""A founded ledger to measure, with as many founding partners as asked for."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec
import sqlalchemy as sa

from domain.coalition.coalition import PublishAgreementTemplate
from domain.decision import Command
from domain.membership.details import OrganisationDetails
from domain.policy import parse_policy
from domain.terms import MembershipId, PartyId, PrincipalId
from projections.tables import memberships
from service.ledger.founding import Founding, Partner, found
from service.ledger.key_encryption import LocalKeyEncryption
from service.ledger.ledger import Ledger, document_hash
from service.ledger.request import Accepted, Document, Request
from service.planning.deciding import decide
from service.security.principal import Principal, Role
from tests.domain.policy.files import UNVOTED_TOML

TIER: Final = "collaborative-partner"
# Members come without votes, so that what is measured stays what it was.
POLICY_FILE: Final = UNVOTED_TOML
POLICY: Final = parse_policy(POLICY_FILE)

FOUNDED_ON: Final = date(2023, 3, 1)
KEK: Final = LocalKeyEncryption(bytes(range(32)))


def new_id() -> str:
    """Return a fresh id."""
    return secrets.token_hex(16)


def ein(serial: int) -> str:
    """Return an invented EIN."""
    return f"43{serial:07d}"


def principal(role: Role, party: PartyId | None = None) -> Principal:
    """Return somebody in a role."""
    return Principal(PrincipalId(new_id()), role, party)


DIRECTOR: Final = principal(Role.DIRECTOR)


def request(command: Command, who: Principal, *documents: Document) -> Request:
    """Return a command as it arrives from the edge."""
    return Request(
        principal=who,
        command=command,
        command_id=str(uuid.uuid4()),
        content=hashlib.sha256(msgspec.msgpack.encode(command)).digest(),
        documents=documents,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def found_ledger(
    database_url: str, folder: Path, *, partners: int, clock: Callable[[], datetime] = _now
) -> Ledger:
    """Found a coalition of so many partners."""
    return found(
        Founding(
            origin="bench.example/ledger",
            name="Coalition of the Benchmark",
            source="Minutes of the founding meeting",
            policy=POLICY_FILE,
            seats={TIER: partners},
            partners=[
                Partner(
                    tier=TIER,
                    organisation=OrganisationDetails(
                        name=f"Founding Partner {place}",
                        party_type="nonprofit-501c3",
                        ein=ein(place + 10),
                        counties=["29510"],
                    ),
                )
                for place in range(partners)
            ],
            effective_on=FOUNDED_ON,
        ),
        database_url=database_url,
        keys_url=f"sqlite:///{folder / f'keys-{new_id()}.db'}",
        kek=KEK,
        decide=decide,
        clock=clock,
    )


def membership_ids(ledger: Ledger) -> list[MembershipId]:
    """Return the ids of all memberships."""
    with ledger.read() as snapshot:
        return [
            MembershipId(each)
            for each in snapshot.connection.execute(
                sa.select(memberships.c.id).distinct().order_by(memberships.c.id)
            ).scalars()
        ]


def publish_template(ledger: Ledger, agreement: str) -> str:
    """Publish a new text of an agreement; return its hash."""
    content = f"An agreement, drawn {new_id()}.".encode()
    sha256 = document_hash(content)
    accepted(
        ledger,
        request(
            PublishAgreementTemplate(agreement=agreement, sha256=sha256),
            DIRECTOR,
            Document(sha256, "agreement", content),
        ),
    )
    return sha256


def accepted(ledger: Ledger, asked: Request) -> Accepted:
    """Run a command that is to be accepted."""
    outcome = ledger.execute(asked, timeout_s=60.0)
    assert isinstance(outcome, Accepted), outcome
    return outcome
