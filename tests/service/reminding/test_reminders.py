"""Reminders: who is told what, how often, and what is kept of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
import sqlalchemy as sa

from domain.coalition.erasure import ErasePerson
from domain.membership.membership import SendAgreement
from domain.membership.review import AssignReviewer
from domain.membership.waiting import ProvideInformation, RequestInformation
from domain.terms import PersonId, PrincipalId
from service.contact.reminder import ReminderMail
from service.deadline import DueKind
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.partners.calendar import REMINDED_DAYS
from service.reminding import holders, reminders
from service.reminding.reminders import MOST_ATTEMPTS, MOST_FAILURES, RETRY_S, Reminded, remind
from service.security import addresses, api_keys, issuing
from service.security.principal import Principal, Role
from service.sweep import sweep
from tests.service.coalition import POLICY, Admitted, Coalition, individual, new_id, organisation
from tests.service.http.conftest import serving
from tests.service.post_office import PostOffice, post_office

URL = "https://ledger.example.org"
SIGNING = timedelta(days=POLICY.deadlines.agreement_signing_days)
NAME = "Quiet Harbour Refuge"
CHOICE = re.compile(rf"{re.escape(URL)}(/reminders\?token=\S{{43}})\s")


class Member(msgspec.Struct, frozen=True):
    """A member whose agreement is to be signed, and who speaks for it."""

    coalition: Coalition
    admitted: Admitted
    representative: Principal
    due_on: date

    def until(self, days: int) -> None:
        """Wait until so many days before the last one."""
        left = self.due_on - self.coalition.clock().date()
        self.coalition.clock.advance(days=(left - timedelta(days=days)).days)


def let(coalition: Coalition, who: Principal, address: str) -> str:
    """Let somebody sign in by an address, as `coalition keys address` does; return the prefix."""
    ledger = coalition.ledger
    now = coalition.clock()
    index = addresses.index_of(ledger.blind, address)
    with begin_writing(ledger.engine) as connection:
        made = issuing.create(connection, who, "a test's", now=now)
        addresses.put(connection, made.key.prefix, index, now=now)
        holders.keep(connection, ledger.keys, index, address)
    return made.key.prefix


@pytest.fixture
def member(coalition: Coalition) -> Member:
    return make(coalition)


@pytest.fixture
def small_member(small_coalition: Coalition) -> Member:
    """The same on SQLite alone."""
    return make(small_coalition)


def make(coalition: Coalition) -> Member:
    coalition.publish("network-member-agreement", "We agree.")
    admitted = coalition.admit("community-network", organisation(NAME, ein=None))
    coalition.must(SendAgreement(membership=admitted.membership), Role.DIRECTOR)
    who = coalition.representative(admitted.party)
    let(coalition, who, "Kim@example.org")
    return Member(coalition, admitted, who, coalition.clock().date() + SIGNING)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as (server, url):
        server.url = url  # type: ignore[attr-defined]
        yield server


def reminding(coalition: Coalition, office: PostOffice) -> Reminded:
    mail = ReminderMail(office.url, "office@coalition.example", URL)  # type: ignore[attr-defined]
    return remind(coalition.ledger, mail)


def mails(office: PostOffice) -> list[EmailMessage]:
    return [message_from_bytes(each, policy=default) for each in office.mails]


def kept(coalition: Coalition) -> list[int]:
    """Return how many rows there are about reminders: addresses, and what was sent."""
    with coalition.ledger.engine.connect() as connection:
        return [
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in (tables.reminder_addresses, tables.reminders)
        ]


def test_whoever_has_to_act_is_told_once_a_week_before(member: Member, office: PostOffice) -> None:
    coalition = member.coalition
    member.until(REMINDED_DAYS + 1)
    assert reminding(coalition, office) == Reminded(0, 0)
    coalition.clock.advance(days=1)
    assert reminding(coalition, office) == Reminded(1, 0)
    for _ in range(REMINDED_DAYS):
        coalition.clock.advance(days=1)
        assert reminding(coalition, office) == Reminded(0, 0)
    (mail,) = mails(office)
    assert (mail["To"], mail["From"]) == ("kim@example.org", "office@coalition.example")
    assert mail["Subject"] == "Your coalition has something for you to do"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert f"{URL}/sign-in" in text.splitlines()
    assert member.due_on.isoformat() in text
    # Neither who they are nor what it is about: a telephone may lie where others read it.
    whole = mail.as_string().lower()
    for each in (NAME, "agreement", "membership", "network", member.admitted.party):
        assert each.lower() not in whole
    # When the day is over, nothing is kept of it.
    assert kept(coalition) == [1, 1]
    coalition.clock.advance(days=2)
    reminding(coalition, office)
    assert kept(coalition) == [1, 0]


def test_whoever_has_acted_is_not_told(member: Member, office: PostOffice) -> None:
    coalition = member.coalition
    version, sha256 = coalition.publish("network-member-agreement", "We agree anew.")
    coalition.sign(member.admitted, "network-member-agreement", version, sha256)
    member.until(1)
    assert reminding(coalition, office) == Reminded(0, 0)


def test_an_applicant_is_told_of_what_was_asked(coalition: Coalition, office: PostOffice) -> None:
    asked = Principal(somebody(), Role.APPLICANT)
    submitted = coalition.submit("community-network", individual("Robin"), applicant=asked)
    application = submitted.application
    reviewer = coalition.principals[Role.REVIEWER]
    coalition.must(AssignReviewer(application=application, reviewer=reviewer.id), Role.DIRECTOR)
    coalition.must(
        RequestInformation(application=application, question="Since when?"), Role.REVIEWER
    )
    let(coalition, asked, "robin@example.org")
    let(coalition, Principal(somebody(), Role.APPLICANT), "somebody@example.org")
    let(coalition, coalition.principals[Role.DIRECTOR], "director@example.org")
    (found,) = due_of(coalition, days=400)
    coalition.clock.advance(days=(found - coalition.clock().date()).days - 3)
    assert reminding(coalition, office) == Reminded(1, 0)
    assert [mail["To"] for mail in mails(office)] == ["robin@example.org"]
    # A second question is another last day.
    coalition.must(ProvideInformation(application=application, answer="Since 2010."), asked)
    assert reminding(coalition, office) == Reminded(0, 0)


def somebody() -> PrincipalId:
    return PrincipalId(new_id())


def due_of(coalition: Coalition, days: int) -> list[date]:
    """Return the last days within some days of which somebody would be told."""
    today = coalition.clock().date()
    found = (
        due.due_on
        for ahead in range(days)
        for reminder in reminders.find(coalition.ledger, today + timedelta(days=ahead))
        for due in reminder.dues
    )
    return sorted(set(found))


def test_what_ends_and_what_takes_nobody_is_no_reminder() -> None:
    assert set(reminders.REMINDED) == {
        DueKind.APPLICANT_ANSWER,
        DueKind.SEAT_ACCEPTANCE,
        DueKind.AGREEMENT,
        DueKind.RESIGNING,
        DueKind.RENEWAL,
        DueKind.RENEWAL_GRACE,
        DueKind.IMPROVEMENT_PLAN,
    }


def test_a_renewal_is_reminded_of_before_the_listing_hides_and_before_it_ends(
    coalition: Coalition, office: PostOffice
) -> None:
    version, sha256 = coalition.publish("network-member-agreement", "We agree.")
    admitted = coalition.admit("community-network", organisation(NAME, ein=None))
    coalition.sign(admitted, "network-member-agreement", version, sha256)
    let(coalition, coalition.representative(admitted.party), "kim@example.org")
    sent: list[int] = []
    for day in range(POLICY.deadlines.membership_term_days + 120):
        sweep(coalition.ledger)
        if reminding(coalition, office).sent:
            sent.append(day)
        coalition.clock.advance(days=1)
    first, second = sent
    assert first == POLICY.deadlines.membership_term_days - REMINDED_DAYS
    assert second > first


def test_a_server_that_does_not_answer_loses_nothing_and_is_asked_so_often(
    member: Member, office: PostOffice
) -> None:
    coalition = member.coalition
    member.until(REMINDED_DAYS)
    office.refuses = b"DATA"
    assert reminding(coalition, office) == Reminded(0, 1)
    # Not again at once.
    assert reminding(coalition, office) == Reminded(0, 0)
    coalition.clock.advance(seconds=RETRY_S)
    office.refuses = b""
    assert reminding(coalition, office) == Reminded(1, 0)
    assert reminding(coalition, office) == Reminded(0, 0)


def test_what_cannot_be_sent_is_given_up_in_the_end(
    small_member: Member, office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    coalition = small_member.coalition
    small_member.until(REMINDED_DAYS)
    office.refuses = b"RCPT"
    failed = 0
    for _ in range(60):
        failed += reminding(coalition, office).failed
        coalition.clock.advance(hours=1)
    assert failed == MOST_ATTEMPTS
    assert "kim@example.org" not in caplog.text


def test_the_rest_waits_when_the_server_is_away(small_member: Member, office: PostOffice) -> None:
    coalition = small_member.coalition
    for place in range(MOST_FAILURES + 2):
        another = Principal(somebody(), Role.REPRESENTATIVE, small_member.admitted.party)
        let(coalition, another, f"kim{place}@example.org")
    small_member.until(2)
    office.refuses = b"MAIL"
    assert reminding(coalition, office) == Reminded(0, MOST_FAILURES)
    office.refuses = b""
    assert reminding(coalition, office) == Reminded(3, 0)
    coalition.clock.advance(seconds=RETRY_S)
    assert reminding(coalition, office) == Reminded(MOST_FAILURES, 0)


def test_of_two_that_would_send_the_same_one_does(member: Member, office: PostOffice) -> None:
    coalition = member.coalition
    member.until(1)
    (reminder,) = reminders.find(coalition.ledger)
    assert reminding(coalition, office) == Reminded(1, 0)
    # What another process had found before finds it counted.
    assert reminders._count(coalition.ledger, reminder) is None


def test_whoever_wants_none_says_so_by_the_link_and_may_think_again(
    member: Member, office: PostOffice
) -> None:
    coalition = member.coalition
    member.until(3)
    reminding(coalition, office)
    (mail,) = mails(office)
    (choice,) = CHOICE.findall(mail.get_content())
    assert mail["List-Unsubscribe"] == f"<{URL}{choice}>"
    mailbox = {"mailbox": "office@coalition.example", "public_url": URL}
    with serving(coalition, smtp_url="smtp://127.0.0.1:1", **mailbox) as client:
        # To look at it chooses nothing.
        assert "<button>" in client.get(choice).text
        with begin_writing(coalition.ledger.engine) as connection:
            connection.execute(sa.delete(tables.reminders))
        (still,) = reminders.find(coalition.ledger)
        # Mail programs send this, as RFC 8058 has it.
        said = client.post(choice, data={"List-Unsubscribe": "One-Click"})
        assert said.status_code == 200
        assert reminding(coalition, office) == Reminded(0, 0)
        assert reminders._count(coalition.ledger, still) is None
        # The operator naming the address again does not undo it.
        let(coalition, member.representative, "kim@example.org")
        assert reminding(coalition, office) == Reminded(0, 0)
        assert client.post(f"{choice}&again=yes").status_code == 200
        assert reminding(coalition, office) == Reminded(1, 0)
        wrong = f"/reminders?token={'x' * 43}"
        for path in (wrong, "/reminders", "/reminders?token=<b>"):
            answer = client.post(path)
            assert answer.status_code == 403
            assert "<b>" not in answer.text
        foreign = client.post(choice, headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403


def test_without_a_mail_server_there_is_no_page_and_no_reminder(small_member: Member) -> None:
    with serving(small_member.coalition) as client:
        assert client.get("/reminders").status_code == 404


@pytest.mark.parametrize("end", ["revoked", "left out", "expired"])
def test_an_address_is_forgotten_when_nobody_signs_in_by_it(
    member: Member, office: PostOffice, end: str
) -> None:
    coalition = member.coalition
    ledger = coalition.ledger
    member.until(3)
    reminding(coalition, office)
    with begin_writing(ledger.engine) as connection:
        prefix = connection.execute(sa.select(tables.sign_in_addresses.c.prefix)).scalar_one()
        if end == "revoked":
            api_keys.revoke(connection, prefix, now=coalition.clock())
        elif end == "left out":
            addresses.drop(connection, prefix)
        else:
            gone = int(coalition.clock().timestamp())
            connection.execute(sa.update(tables.api_keys).values(expires_at=gone))
        key_id = connection.execute(sa.select(tables.reminder_addresses.c.key_id)).scalar_one()
    reminding(coalition, office)
    assert kept(coalition) == [0, 0]
    assert key_id in ledger.keys.destroyed()


def test_a_key_that_takes_the_place_of_another_keeps_the_address(
    small_member: Member, office: PostOffice
) -> None:
    coalition = small_member.coalition
    with begin_writing(coalition.ledger.engine) as connection:
        prefix = connection.execute(sa.select(tables.sign_in_addresses.c.prefix)).scalar_one()
        issuing.rotate(connection, prefix, now=coalition.clock())
        api_keys.revoke(connection, prefix, now=coalition.clock())
    small_member.until(3)
    assert reminding(coalition, office) == Reminded(1, 0)


def test_an_erased_person_is_sent_nothing_and_their_address_is_gone(
    coalition: Coalition, office: PostOffice
) -> None:
    """An applicant and a member who is a person: both addresses are theirs."""
    coalition.publish("network-member-agreement", "We agree.")
    admitted = coalition.admit("community-network", individual("Robin"))
    coalition.must(SendAgreement(membership=admitted.membership), Role.DIRECTOR)
    let(coalition, coalition.representative(admitted.party), "robin@example.org")
    let(coalition, coalition.principals[Role.APPLICANT], "robin@home.example")
    coalition.clock.advance(days=SIGNING.days - 2)
    coalition.must(ErasePerson(person=PersonId(admitted.party)), Role.DIRECTOR)
    assert reminding(coalition, office) == Reminded(0, 0)
    assert kept(coalition) == [0, 0]
    assert office.mails == []


def test_the_database_alone_does_not_tell_the_address(small_member: Member, tmp_path: Path) -> None:
    path = urlsplit(small_member.coalition.places.database_url).path
    for each in Path(path).parent.glob(f"{Path(path).name}*"):
        assert b"kim@example" not in each.read_bytes().lower()
    assert tmp_path.exists()
