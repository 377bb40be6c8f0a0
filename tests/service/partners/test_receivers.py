"""Where a webhook may lead: to public addresses, over a secure connection, and no further."""

from __future__ import annotations

import pytest

from service.partners.receivers import Receiver, UnreachableError, is_public
from service.security.principal import Role
from tests.service.partners.hooks import WEBHOOKS, Telling


def test_a_redirection_leads_nowhere(small: Telling) -> None:
    small.partner.answer = lambda _: 307
    small.register()
    small.grow()
    small.tell()
    small.partner.until(lambda: bool(small.webhook()["parked"]))
    assert small.webhook()["parked"][0]["reason"] == "answered 307"


def test_private_addresses_are_refused_when_a_connection_is_made(small: Telling) -> None:
    small.register()
    small.register(url="https://localhost/hooks")
    small.grow()
    small.tell(private=False)

    def reasons() -> set[str | None]:
        return {each["reason"] for each in small.api.ask(WEBHOOKS, Role.PORTAL)["webhooks"]}

    small.partner.until(lambda: reasons() == {"the address is not a public one"})
    assert small.partner.messages == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::a01:203", False),
        ("2001:0:53aa:64c:0:fbf1:8000:1", False),
    ],
)
def test_addresses_are_public_or_not(address: str, public: bool) -> None:  # noqa: FBT001
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url", ["http://no-such-host.invalid/", "https://xn--/", "http://" + "a" * 70 + ".example/"]
)
def test_a_name_that_leads_nowhere_is_no_fault(url: str) -> None:
    with pytest.raises(UnreachableError):
        Receiver(url, private=True).post({}, b"{}")


def test_an_address_that_is_not_secure_enough_is_given_no_message(small: Telling) -> None:
    # The receiver speaks no TLS.
    url = small.partner.url.replace("http://", "https://")
    with pytest.raises(UnreachableError, match="no secure connection"):
        Receiver(url, private=True).post({}, b"{}")
    assert small.partner.messages == []
