"""What was begun with a key ends with it: sessions and subscriptions, however the key ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa

from domain.terms import PartyId, PersonId, PrincipalId
from service.graphql import feed
from service.graphql.ids import NodeKind, global_id
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.security import api_keys, issuing, key_ring, sessions
from service.security.principal import Principal, Role
from service.security.sessions import COOKIE
from tests.service.coalition import Coalition, new_id, organisation
from tests.service.graphql.api import Api
from tests.service.live.served import ENTRIES, events_of, served, socket_to

ROLE = {"query": "{ viewer { role } }"}
TAKEN = {"capacity": "director", "name": "Sam Invented", "email": "sam@example.org"}
APPOINTED = "party { ... on Organisation { representatives { person } } }"


class Representative:
    """Somebody who speaks for a member, with a key that names them."""

    def __init__(self, coalition: Coalition) -> None:
        coalition.clock.now = datetime.now(coalition.clock.now.tzinfo)
        self.coalition = coalition
        self.api = Api(coalition)
        admitted = coalition.admit("community-network", organisation("Lantern Library"))
        self.party = global_id(NodeKind.PARTY, admitted.party)
        answer = self.api.do(
            "appointRepresentative",
            TAKEN | {"party": self.party},
            Role.DIRECTOR,
            returning=APPOINTED,
        )
        (self.person,) = [each["person"] for each in answer["party"]["representatives"]]
        who = Principal(PrincipalId(new_id()), Role.REPRESENTATIVE, PartyId(admitted.party))
        now = coalition.clock()
        with begin_writing(coalition.ledger.engine) as connection:
            made = issuing.create(connection, who, "Sam's", now=now, person=PersonId(self.person))
            link = sessions.make_link(connection, made.key.prefix, now=now)
            self.session = sessions.begin(connection, link, now=now)
        self.key, self.prefix = made.text, made.key.prefix

    def revoked(self) -> None:
        with begin_writing(self.coalition.ledger.engine) as connection:
            api_keys.revoke(connection, self.prefix, now=self.coalition.clock())

    def expired(self) -> None:
        with begin_writing(self.coalition.ledger.engine) as connection:
            connection.execute(
                sa.update(tables.api_keys)
                .where(tables.api_keys.c.prefix == self.prefix)
                .values(expires_at=int(self.coalition.clock().timestamp()) - 1)
            )

    def speaks_no_more(self) -> None:
        given = {"party": self.party, "person": self.person}
        answer = self.api.do("endRepresentation", given, Role.DIRECTOR)
        assert answer["__typename"] == "EndRepresentationAccepted"

    def is_erased(self) -> None:
        answer = self.api.do("erasePerson", {"person": self.person}, Role.DIRECTOR)
        assert answer["__typename"] == "ErasePersonAccepted"


@pytest.mark.parametrize(
    "end",
    [
        Representative.revoked,
        Representative.expired,
        Representative.speaks_no_more,
        Representative.is_erased,
    ],
)
def test_what_a_key_began_ends_with_it(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch, end: Callable[[Representative], None]
) -> None:
    monkeypatch.setattr(key_ring, "CACHE_S", 0.1)
    monkeypatch.setattr(feed, "CHECK_S", 0.3)
    somebody = Representative(coalition)
    cookie = {"cookie": f"{COOKIE}={somebody.session}"}
    with coalition.ledger.read() as snapshot:
        head = snapshot.position
    with (
        served(coalition) as address,
        socket_to(address, key=somebody.key) as by_key,
        socket_to(address, additional_headers=cookie) as by_session,
        events_of(address, ENTRIES, {"after": 0}, headers=cookie) as events,
    ):
        for socket in (by_key, by_session):
            socket.subscribe(ENTRIES, after=0)
            socket.entries(head)
        events.entries(head)
        end(somebody)
        for socket in (by_key, by_session):
            # What was told just before is nothing to hide.
            message = socket.hear()
            while message["type"] == "next":
                message = socket.hear()
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        told = events.next()
        while "errors" not in told:
            told = events.next()
        assert told["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
