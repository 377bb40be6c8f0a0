"""A founded coalition for tests: a real ledger, a clock to set, and somebody in each role."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import sqlalchemy as sa

from domain.coalition.coalition import PublishAgreementTemplate, SetSeats
from domain.coalition.vote import CastVote, CloseVote, OpenVote
from domain.decision import Command
from domain.membership.application import SubmitApplication
from domain.membership.details import IndividualDetails, OrganisationDetails
from domain.membership.membership import AdmitMember, SendAgreement, SignAgreement
from domain.policy import Policy, VoteKind, parse_policy
from domain.terms import (
    ApplicationId,
    Assessment,
    Ballot,
    BallotsId,
    MembershipId,
    MembershipStatus,
    PartyId,
    PersonId,
    PrincipalId,
    ReviewId,
    VoteId,
)
from projections.as_of import is_latest
from projections.tables import memberships
from service.ledger.engine import create_engine
from service.ledger.founding import Founding, Partner, found
from service.ledger.key_encryption import LocalKeyEncryption
from service.ledger.keys import KeyStore
from service.ledger.ledger import Ledger, document_hash
from service.ledger.request import Accepted, Document, Outcome, Request
from service.planning.deciding import decide
from service.security.principal import Principal, Role
from tests.domain.policy.files import UNVOTED_TOML
from tests.migrated import give_schema
from tests.service.reviews import review

FOUNDED_ON = date(2023, 3, 1)
KEK = LocalKeyEncryption(bytes(range(32)))
POLICY_FILE = UNVOTED_TOML
"""What a coalition of a test is founded by, unless the test is about who decides."""
POLICY: Policy = parse_policy(POLICY_FILE)
EINS = [f"4313{serial:05d}" for serial in range(10, 90_000)]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = datetime(2023, 3, 1, 18, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """Move by a `timedelta`'s arguments, such as ``days=1``."""
        self.now += timedelta(**by)


class Places(msgspec.Struct, frozen=True):
    """Where a coalition of a test lives."""

    database_url: str
    keys_url: str


class Coalition:
    """A coalition to run commands on, the way each role would.

    Its policy is the one that ships, save that nobody has to vote on admissions; a test that is
    about admissions founds it by the one that does, ``CATE_TOML``.
    """

    def __init__(
        self,
        database_url: str,
        folder: Path,
        *,
        partners: int = 1,
        keys_url: str | None = None,
        policy: bytes = POLICY_FILE,
    ) -> None:
        self.places = Places(database_url, keys_url or f"sqlite:///{folder / 'keys.db'}")
        self.clock = Clock()
        give_schema(database_url)
        self.ledger = found(
            Founding(
                origin="test.example/ledger",
                name="Coalition of the Test",
                source="Minutes of the founding meeting",
                policy=policy,
                seats={"collaborative-partner": 8},
                partners=[
                    Partner(
                        tier="collaborative-partner",
                        organisation=organisation(f"Founding Partner {place}", ein=EINS[place]),
                    )
                    for place in range(partners)
                ],
            ),
            database_url=self.places.database_url,
            keys_url=self.places.keys_url,
            kek=KEK,
            decide=decide,
            clock=self.clock,
        )
        self.principals = {role: Principal(PrincipalId(new_id()), role) for role in Role}
        self._votes = parse_policy(policy).vote_rule(VoteKind.ADMISSION).required
        self._next_ein = iter(EINS[1_000:])
        self._versions: dict[str, int] = {}

    def reopen(self) -> Ledger:
        """Open the same ledger a second time, as another process would."""
        return Ledger(
            create_engine(self.places.database_url),
            KeyStore.open(self.places.keys_url, KEK),
            decide,
            self.clock,
        )

    def ein(self) -> str:
        """Return an EIN that nobody has yet."""
        return next(self._next_ein)

    def request(
        self,
        command: Command,
        principal: Principal,
        *,
        command_id: str | None = None,
        expected_version: int | None = None,
        effective_on: date | None = None,
        documents: tuple[Document, ...] = (),
    ) -> Request:
        """Return a request for a command."""
        return Request(
            principal=principal,
            command=command,
            command_id=command_id or str(uuid.uuid4()),
            content=hashlib.sha256(msgspec.msgpack.encode(command)).digest(),
            expected_version=expected_version,
            effective_on=effective_on,
            documents=documents,
        )

    def run(
        self,
        command: Command,
        who: Role | Principal,
        *,
        expected_version: int | None = None,
        effective_on: date | None = None,
        documents: tuple[Document, ...] = (),
    ) -> Outcome:
        """Run a command as somebody, and return its outcome."""
        principal = self.principals[who] if isinstance(who, Role) else who
        return self.ledger.execute(
            self.request(
                command,
                principal,
                expected_version=expected_version,
                effective_on=effective_on,
                documents=documents,
            )
        )

    def must(self, command: Command, who: Role | Principal, **options: date | None) -> Accepted:
        """Run a command that is to be accepted."""
        outcome = self.run(command, who, effective_on=options.get("effective_on"))
        assert isinstance(outcome, Accepted), outcome
        return outcome

    def set_seats(self, tier: str, seats: int) -> Accepted:
        """Set a tier's seats."""
        return self.must(SetSeats(tier=tier, seats=seats), Role.DIRECTOR)

    def publish(self, agreement: str, text: str) -> tuple[int, str]:
        """Publish an agreement's text; return its version and hash."""
        content = text.encode()
        sha256 = document_hash(content)
        outcome = self.run(
            PublishAgreementTemplate(agreement=agreement, sha256=sha256),
            Role.DIRECTOR,
            documents=(Document(sha256, "agreement", content),),
        )
        assert isinstance(outcome, Accepted), outcome
        self._versions[agreement] = self._versions.get(agreement, 0) + 1
        return self._versions[agreement], sha256

    def submit(
        self,
        tier: str,
        details: OrganisationDetails | IndividualDetails,
        *,
        applicant: Principal | None = None,
        party: str | None = None,
    ) -> SubmitApplication:
        """Submit an application for a new party; return the command, which has the ids."""
        applicant = applicant or self.principals[Role.APPLICANT]
        command = SubmitApplication(
            application=ApplicationId(new_id()),
            review=ReviewId(new_id()),
            party=PartyId(party or new_id()),
            applicant=applicant.id,
            tier=tier,
            organisation=details if isinstance(details, OrganisationDetails) else None,
            individual=details if isinstance(details, IndividualDetails) else None,
            statement="We would like to take part.",
        )
        self.must(command, applicant)
        return command

    def review(
        self,
        application: ApplicationId,
        tier: str,
        party_type: str,
        *,
        assessments: dict[str, Assessment] | None = None,
    ) -> None:
        """Do all that leads to a complete review with a recommendation to admit."""
        reviewer = self.principals[Role.REVIEWER].id
        for who, command in review(
            application, POLICY, tier, party_type, reviewer, assessments or {}
        ):
            self.must(command, who)

    def admit(self, tier: str, details: OrganisationDetails | IndividualDetails) -> Admitted:
        """Take a new party from application to membership."""
        submitted = self.submit(tier, details)
        self.review(submitted.application, tier, details.party_type)
        if self._votes:
            self.approve(application=submitted.application)
        membership = MembershipId(new_id())
        self.must(
            AdmitMember(application=submitted.application, membership=membership), Role.COMMITTEE
        )
        return Admitted(submitted.party, submitted.application, membership)

    def approve(
        self,
        kind: VoteKind = VoteKind.ADMISSION,
        *,
        application: ApplicationId | None = None,
        membership: MembershipId | None = None,
    ) -> None:
        """Hold a vote in which all who may say yes: by the policy, or its fallback."""
        vote = VoteId(new_id())
        question = OpenVote(
            vote=vote,
            ballots=BallotsId(new_id()),
            kind=kind,
            closes_on=self.clock.now.date() + timedelta(days=1),
            application=application,
            membership=membership,
        )
        if not isinstance(self.run(question, Role.DIRECTOR), Accepted):
            self.must(msgspec.structs.replace(question, by_fallback=True), Role.DIRECTOR)
        with self.ledger.read() as snapshot:
            active = snapshot.connection.execute(
                sa.select(memberships.c.party).where(
                    is_latest(memberships), memberships.c.status == MembershipStatus.ACTIVE
                )
            ).scalars()
            speakers = [self.representative(PartyId(each)) for each in active]
        for each in [*speakers, self.principals[Role.DIRECTOR]]:
            self.run(CastVote(vote=vote, ballot=Ballot.APPROVE), each)
        self.must(CloseVote(vote=vote), Role.DIRECTOR)

    def sign(self, admitted: Admitted, agreement: str, version: int, sha256: str) -> Accepted:
        """Send and sign the tier's agreement."""
        self.must(SendAgreement(membership=admitted.membership), Role.DIRECTOR)
        return self.must(
            SignAgreement(
                membership=admitted.membership,
                agreement=agreement,
                version=version,
                sha256=sha256,
                signatory=PersonId(new_id()),
                signatory_name="Avery Invented",
                capacity="executive director",
            ),
            self.representative(admitted.party),
        )

    def representative(self, party: PartyId) -> Principal:
        """Return somebody who speaks for a party."""
        return Principal(PrincipalId(f"rep-{party}"), Role.REPRESENTATIVE, party)

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()


class Admitted(msgspec.Struct, frozen=True):
    """The ids of an admitted member."""

    party: PartyId
    application: ApplicationId
    membership: MembershipId


def new_id() -> str:
    """Return a fresh id."""
    return secrets.token_hex(16)


def organisation(
    name: str = "Harbour Light Cooperative",
    *,
    ein: str | None = None,
    party_type: str = "nonprofit-501c3",
    counties: list[str] | None = None,
) -> OrganisationDetails:
    """Return an invented organisation."""
    return OrganisationDetails(
        name=name, party_type=party_type, ein=ein, counties=counties or ["29510"]
    )


def individual(name: str = "Robin Invented") -> IndividualDetails:
    """Return an invented person."""
    return IndividualDetails(
        name=name, party_type="individual", email="robin@example.org", counties=["29189"]
    )
