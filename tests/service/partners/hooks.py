"""A coalition with a portal, its receiver, and whoever tells it."""

from __future__ import annotations

from typing import Any

from service.partners.telling import Pace, Teller
from service.security.principal import Principal, Role
from tests.service.coalition import Coalition
from tests.service.graphql.api import Api
from tests.service.partners.receiving import Partner

PACE = Pace(first_s=0.01, longest_s=0.05, attempts=3)
FIELDS = """webhook { id url types registeredOn generation version position failedAttempts
    nextAttemptAt reason parked { position reason parkedAt entry { position } } }"""
WEBHOOKS = f"{{ webhooks {{ {FIELDS[10:-1]} }} }}"


class Telling:
    """A coalition with a portal, its receiver, and whoever tells it."""

    def __init__(self, coalition: Coalition) -> None:
        self.coalition = coalition
        self.api = Api(coalition)
        for role in (Role.PORTAL, Role.DIRECTOR):
            self.api.give_key(coalition.principals[role])
        self.partner = Partner()
        self.tellers: list[Teller] = []

    def register(self, who: Role | Principal = Role.PORTAL, **given: object) -> dict[str, Any]:
        """Register a webhook, and return what was answered."""
        given = {"url": self.partner.url, **given}
        answer = self.api.do("registerWebhook", given, who, returning=f"{FIELDS} secret")
        assert answer["__typename"] == "RegisterWebhookAccepted", answer
        return answer

    def tell(self, **given: Any) -> Teller:  # noqa: ANN401 - those of a teller
        """Begin to tell."""
        options = {"private": True, "pace": PACE, **given}
        teller = Teller(self.coalition.ledger, **options)
        teller.start()
        self.tellers.append(teller)
        return teller

    def stop(self) -> None:
        for teller in self.tellers:
            teller.close()
        self.tellers.clear()

    def close(self) -> None:
        self.stop()
        self.partner.close()

    @property
    def head(self) -> int:
        with self.coalition.ledger.read() as snapshot:
            return snapshot.position

    def grow(self, times: int = 1) -> None:
        """Let something public happen."""
        for seats in range(times):
            self.coalition.set_seats("collaborative-partner", 9 + (self.head + seats) % 100)

    def webhook(self, who: Role | Principal = Role.PORTAL) -> dict[str, Any]:
        """Return the only webhook that somebody sees."""
        (found,) = self.api.ask(WEBHOOKS, who)["webhooks"]
        webhook: dict[str, Any] = found
        return webhook

    def told(self, upto: int | None = None) -> None:
        """Wait until the receiver was told of everything, and that is remembered."""
        end = upto or self.head
        self.partner.until(lambda: self.webhook(Role.DIRECTOR)["position"] >= end)
