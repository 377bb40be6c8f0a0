"""Erasure: values are gone everywhere, and everything that was hashed is as it was."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pysqlite3
import pytest
import sqlalchemy as sa

from domain.coalition.erasure import ErasePerson, ExpungeValue
from domain.decision import Refusal
from domain.membership.party import AppointRepresentative, PublishListing
from domain.membership.standing import WithdrawMembership
from domain.terms import PersonId
from service.faults import NotReadyError
from service.ledger import key_rows
from service.ledger.engine import create_engine
from service.ledger.key_faults import KeyLost
from service.ledger.keys import Missing
from service.ledger.request import Accepted
from service.security.principal import Role
from tests.service.coalition import Coalition, individual, organisation
from tests.service.ledger.erasures import (
    NETWORK,
    PARTNER,
    PARTY,
    QUILLONIA,
    assert_views_follow,
    entry_of,
    erased,
    key_of,
    opened,
    public,
    represented,
)


def test_what_is_personal_to_somebody_is_gone_and_nothing_else(coalition: Coalition) -> None:
    party, person = represented(coalition)
    ledger = coalition.ledger
    _, position = entry_of(ledger, party, 2)
    before, known = public(ledger), opened(ledger, position)
    assert known["data.name"] == QUILLONIA

    done = coalition.must(ErasePerson(person=person), Role.DIRECTOR)

    left = opened(ledger, position)
    personal = {"data.name", "data.email", "data.phone"}
    assert left == {path: value for path, value in known.items() if path not in personal}
    assert erased(ledger, position) == personal
    assert public(ledger)[: len(before)] == before
    assert len(done.entries) == 2  # they speak for the organisation no more
    assert_views_follow(ledger)
    assert coalition.must(ErasePerson(person=person), Role.DIRECTOR).entries == ()


def test_an_erased_person_is_not_recorded_again(coalition: Coalition) -> None:
    party, person = represented(coalition)
    coalition.must(ErasePerson(person=person), Role.DIRECTOR)

    outcome = coalition.run(
        AppointRepresentative(
            party=party, person=person, capacity="x", name="Q", email="q@example.org"
        ),
        Role.DIRECTOR,
    )

    assert isinstance(outcome, Refusal)
    assert (outcome.rule, outcome.field) == ("erased-person", "person")


def test_an_erased_individual_leaves_the_directory(coalition: Coalition) -> None:
    admitted = coalition.admit(NETWORK, individual(QUILLONIA))
    representative = coalition.representative(admitted.party)
    coalition.must(PublishListing(party=admitted.party, name=QUILLONIA), representative)

    coalition.must(ErasePerson(person=PersonId(admitted.party)), Role.DIRECTOR)

    with coalition.ledger.engine.connect() as connection:
        listed = connection.execute(sa.text("SELECT count(*) FROM listings")).scalar_one()
    assert listed == 0
    assert_views_follow(coalition.ledger)


def test_another_process_forgets_the_key_it_remembers(coalition: Coalition) -> None:
    party, person = represented(coalition)
    other = coalition.reopen()
    _, position = entry_of(other, party, 2)
    assert opened(other, position)["data.name"] == QUILLONIA

    coalition.must(ErasePerson(person=person), Role.DIRECTOR)

    assert "data.name" not in opened(other, position)
    other.close()


def test_one_value_is_expunged_and_the_rest_of_its_stream_stays(coalition: Coalition) -> None:
    ein = coalition.ein()
    admitted = coalition.admit(PARTNER, organisation(PARTY, ein=ein))
    ledger = coalition.ledger
    entry, position = entry_of(ledger, admitted.party)
    command = ExpungeValue(entry=entry, field="ein")
    # As long as it is a provider, no other one may have its EIN.
    refused = coalition.run(command, Role.DIRECTOR)
    assert isinstance(refused, Refusal)
    assert (refused.rule, refused.field) == ("one-provider-per-ein", "field")
    leave = WithdrawMembership(membership=admitted.membership)
    coalition.must(leave, coalition.representative(admitted.party))
    before, known = public(ledger), opened(ledger, position)
    old = key_of(ledger, f"stream:{admitted.party}")

    coalition.must(command, Role.DIRECTOR)

    assert opened(ledger, position) == {k: v for k, v in known.items() if k != "data.ein"}
    assert erased(ledger, position) == {"data.ein"}
    assert ledger.keys.get(old) is Missing.DESTROYED
    assert key_of(ledger, f"stream:{admitted.party}") != old
    assert public(ledger)[: len(before)] == before
    assert_views_follow(ledger)
    # The stream goes on under its new key, and the EIN is free again.
    coalition.must(
        PublishListing(party=admitted.party, name=PARTY), coalition.representative(admitted.party)
    )
    coalition.admit(PARTNER, organisation("Another Cooperative", ein=ein))
    assert_views_follow(ledger)


def test_a_listing_is_shown_without_the_value_that_was_expunged(coalition: Coalition) -> None:
    admitted = coalition.admit(NETWORK, organisation(PARTY))
    coalition.must(
        PublishListing(party=admitted.party, name=PARTY, description="Quillonia lives here"),
        coalition.representative(admitted.party),
    )
    entry, _ = entry_of(coalition.ledger, admitted.party, 2)

    coalition.must(ExpungeValue(entry=entry, field="description"), Role.DIRECTOR)

    with coalition.ledger.engine.connect() as connection:
        row = connection.execute(
            sa.text("SELECT name, description, search_text FROM listings")
        ).one()
    assert tuple(row) == (PARTY, None, PARTY.casefold())
    assert_views_follow(coalition.ledger)


def test_a_personal_value_is_expunged_wherever_its_key_was_used(coalition: Coalition) -> None:
    party, person = represented(coalition)
    other_party, _ = represented(coalition, "Somebody Else")
    coalition.must(
        AppointRepresentative(
            party=other_party, person=person, capacity="x", name=QUILLONIA, email="q@example.org"
        ),
        Role.DIRECTOR,
    )
    entry, position = entry_of(coalition.ledger, party, 2)
    _, elsewhere = entry_of(coalition.ledger, other_party, 3)

    coalition.must(ExpungeValue(entry=entry, field="email"), Role.DIRECTOR)

    assert "data.email" not in opened(coalition.ledger, position)
    assert opened(coalition.ledger, position)["data.name"] == QUILLONIA
    assert opened(coalition.ledger, elsewhere)["data.email"] == "q@example.org"
    coalition.must(ErasePerson(person=person), Role.DIRECTOR)
    assert "data.name" not in opened(coalition.ledger, elsewhere)


def test_what_was_recorded_and_not_done_is_done_at_the_next_start(coalition: Coalition) -> None:
    party, person = represented(coalition)
    entry, position = entry_of(coalition.ledger, party)
    _, appointed = entry_of(coalition.ledger, party, 2)
    director = coalition.principals[Role.DIRECTOR]
    # `submit` makes the entries durable, and then the process is gone.
    for command in (ErasePerson(person=person), ExpungeValue(entry=entry, field="name")):
        assert isinstance(
            coalition.ledger.submit(coalition.request(command, director)).result(30), Accepted
        )
    assert opened(coalition.ledger, position)["data.name"] == PARTY

    with closing(coalition.reopen()) as reopened:
        reopened.finish_erasures()
        assert "data.name" not in opened(reopened, position)
        assert "data.name" not in opened(reopened, appointed)
        assert_views_follow(reopened)


def backup(url: str, to: Path) -> None:
    with closing(pysqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("VACUUM INTO ?", (str(to),))


def test_an_older_key_store_is_brought_up_to_the_erasures(sqlite_url: str, tmp_path: Path) -> None:
    coalition = Coalition(sqlite_url, tmp_path)
    party, person = represented(coalition)
    backup(coalition.places.keys_url, tmp_path / "keys.bak")
    _, position = entry_of(coalition.ledger, party, 2)
    coalition.must(ErasePerson(person=person), Role.DIRECTOR)
    coalition.close()
    keys = Path(coalition.places.keys_url.removeprefix("sqlite:///"))
    (tmp_path / "keys.bak").replace(keys)

    with closing(coalition.reopen()) as reopened:
        assert opened(reopened, position)["data.name"] == QUILLONIA
        reopened.finish_erasures()
        assert "data.name" not in opened(reopened, position)


def test_an_erasure_that_an_older_database_lacks_is_recorded_again(
    sqlite_url: str, tmp_path: Path
) -> None:
    coalition = Coalition(sqlite_url, tmp_path)
    party, person = represented(coalition)
    backup(sqlite_url, tmp_path / "ledger.bak")
    _, position = entry_of(coalition.ledger, party, 2)
    coalition.must(ErasePerson(person=person), Role.DIRECTOR)
    coalition.close()
    (tmp_path / "ledger.bak").replace(tmp_path / "ledger.db")

    with closing(coalition.reopen()) as reopened:
        size = len(public(reopened))
        reopened.finish_erasures()
        assert "data.name" not in opened(reopened, position)
        assert len(public(reopened)) == size + 2
        reopened.finish_erasures()
        assert len(public(reopened)) == size + 2


def test_a_database_older_than_an_expunged_value_is_refused(
    sqlite_url: str, tmp_path: Path
) -> None:
    coalition = Coalition(sqlite_url, tmp_path)
    party, _ = represented(coalition)
    backup(sqlite_url, tmp_path / "ledger.bak")
    entry, _ = entry_of(coalition.ledger, party)
    coalition.must(ExpungeValue(entry=entry, field="name"), Role.DIRECTOR)
    coalition.close()
    (tmp_path / "ledger.bak").replace(tmp_path / "ledger.db")

    with closing(coalition.reopen()) as reopened, pytest.raises(NotReadyError, match="older than"):
        reopened.finish_erasures()


def test_a_lost_key_is_still_a_fault(coalition: Coalition) -> None:
    party, _ = represented(coalition)
    _, position = entry_of(coalition.ledger, party)
    key = key_of(coalition.ledger, f"stream:{party}")
    keys = create_engine(coalition.places.keys_url)
    with keys.begin() as connection:
        connection.execute(sa.delete(key_rows.keys).where(key_rows.keys.c.key_id == key))
    keys.dispose()

    with closing(coalition.reopen()) as reopened, pytest.raises(KeyLost):
        opened(reopened, position)
