"""`coalition keys …`: API keys."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.exits import UsageError
from service.cli.output import data, say, table

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from service.contact.links import LinkMail
    from service.security.api_keys import ApiKey
    from service.security.issuing import NewKey
    from service.security.principal import Principal

app = typer.Typer(help="API keys: make, list, change and revoke them.", no_args_is_help=True)

JSON_OPTION = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DAYS_OPTION = Annotated[
    int, typer.Option("--days", min=0, max=3_650, help="Days until it expires; 0 is never.")
]
SCOPES_OPTION = Annotated[
    list[str] | None,
    typer.Option(help="What a portal's key may do beyond what is public, such as webhooks."),
]
PREFIX_ARGUMENT = Annotated[str, typer.Argument(help="The part of the key before the dot.")]


@app.command()
def create(  # noqa: PLR0913 - options of a command
    role: Annotated[str, typer.Option(help="In which role it acts, such as director.")],
    label: Annotated[str, typer.Option(help="What you call it. It is kept in clear: no names.")],
    *,
    principal: Annotated[
        str | None, typer.Option(help="Whose it is, by id; a new id without this.")
    ] = None,
    party: Annotated[
        str | None, typer.Option(help="The party a representative speaks for, by id.")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(help="The representative whose it is, by id; it ends with their term."),
    ] = None,
    belongs_to: Annotated[
        str | None, typer.Option(help="The party that one of the staff belongs to, by id.")
    ] = None,
    scope: SCOPES_OPTION = None,
    issuer: Annotated[
        str | None, typer.Option(help="The URL of an issuer whose access tokens are to be the key.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Whom these tokens name.")] = None,
    days: DAYS_OPTION = 365,
    as_json: JSON_OPTION = False,
) -> None:
    """Make a key, and print it: once, since only its hash is kept.

    With --issuer and --subject there is nothing to print: their access tokens are the key.
    """
    from domain.terms import PersonId
    from service.security import api_keys, issuing

    who = _principal(role, principal, party, belongs_to, scope)
    if (issuer is None) != (subject is None):
        raise UsageError("--issuer and --subject go together.")
    now = datetime.now(UTC)
    with _writing() as connection:
        _check_parties(connection, who.party, who.belongs_to)
        made = issuing.create(
            connection,
            who,
            label,
            now=now,
            expires=_expiry(now, days),
            person=None if person is None else PersonId(person),
            subject=api_keys.Subject(issuer, subject) if issuer and subject else None,
        )
    _show(made, as_json=as_json)


def _principal(
    role: str,
    principal: str | None,
    party: str | None,
    belongs_to: str | None,
    scopes: list[str] | None,
) -> Principal:
    from domain.terms import PartyId, PrincipalId
    from service.security.principal import Principal, Role, Scope

    roles = [each.value for each in Role if each not in {Role.PUBLIC, Role.SYSTEM}]
    if role not in roles:
        raise UsageError(f"{role!r} is no role: use one of {', '.join(roles)}.")
    if unknown := set(scopes or ()) - {each.value for each in Scope}:
        raise UsageError(f"{min(unknown)!r} is no scope: use any of {', '.join(Scope)}.")
    who = Principal(
        PrincipalId(principal or secrets.token_hex(16)),
        Role(role),
        None if party is None else PartyId(_stream_of(party)),
        None if belongs_to is None else PartyId(_stream_of(belongs_to)),
        frozenset(map(Scope, scopes)) if scopes else None,
    )
    if (who.party is not None) != (who.role is Role.REPRESENTATIVE):
        raise UsageError("--party goes with --role representative, and only with it.")
    return who


@app.command()
def rotate(
    prefix: PREFIX_ARGUMENT, *, days: DAYS_OPTION = 365, as_json: JSON_OPTION = False
) -> None:
    """Make a second key for the same principal; revoke the first when nobody uses it any more."""
    from service.security import issuing

    now = datetime.now(UTC)
    with _writing() as connection:
        made = issuing.rotate(connection, prefix, now=now, expires=_expiry(now, days))
    _show(made, as_json=as_json)
    say(f"The old one stays good until `coalition keys revoke {prefix}`.")


@app.command()
def link(
    prefix: PREFIX_ARGUMENT,
    *,
    url: Annotated[
        str,
        typer.Option(
            envvar="COALITION_PUBLIC_URL",
            help="Where the service is found, as https://ledger.example.org.",
        ),
    ],
    to: Annotated[
        str | None, typer.Option(help="Send it to this e-mail address instead of printing it.")
    ] = None,
) -> None:
    """Print a link by which somebody signs in with a browser, once, within 15 minutes.

    They act as the key does, until they sign out, for 12 hours, or until it is revoked. With --to
    it is sent by the server of COALITION_SMTP_URL, from COALITION_MAILBOX, and not printed.
    """
    from service.contact.links import link_of
    from service.security import sessions

    mail = None if to is None else _mail(to, url)
    with _writing() as connection:
        secret = sessions.make_link(connection, prefix, now=datetime.now(UTC))
    if to is None or mail is None:
        typer.echo(link_of(url, secret))
        return
    mail.send(to, secret)
    say(f"The link was sent. It is good for {sessions.LINK_S // 60} minutes.")


def _mail(to: str, url: str) -> LinkMail:
    """Return what sends a link to an address, before there is a link."""
    from service.contact.links import LinkMail
    from service.settings import PUBLIC_URL, MailSettings, load

    settings = load(MailSettings)
    if settings.mailbox is None:
        raise UsageError("COALITION_MAILBOX is not set: links are sent from it.")
    if settings.smtp_url is None:
        raise UsageError("COALITION_SMTP_URL is not set: it is the server that takes links.")
    _check_email(to, "--to")
    if not re.search(PUBLIC_URL, url):
        raise UsageError("--url is as https://ledger.example.org where the link is sent.")
    return LinkMail(settings.smtp_url, settings.mailbox, url)


def _check_email(text: str, name: str) -> None:
    from service.contact.mailbox import is_email

    if not is_email(text):
        raise UsageError(f"{name} is one e-mail address, as name@example.org.")


@app.command()
def address(
    prefix: PREFIX_ARGUMENT,
    email: Annotated[
        str | None, typer.Argument(help="Theirs, as name@example.org; nobody's without it.")
    ] = None,
) -> None:
    """Let somebody ask for links at /sign-in, by their e-mail address.

    Whoever reads what is sent to it signs in as whom the key acts, and is reminded by it of what
    they have to do. It is kept sealed, and forgotten with the key or by leaving EMAIL out. It leads
    to one key, and a key has one; to say it for another key moves it there.
    """
    from service.ledger.engine import begin_writing
    from service.opening import open_ledger
    from service.reminding import holders
    from service.security import addresses, api_keys
    from service.settings import Settings, load

    if email is not None:
        _check_email(email, "EMAIL")
    with contextlib.closing(open_ledger(load(Settings))) as ledger, _refused_as_usage():
        with begin_writing(ledger.engine) as connection:
            if email is None:
                addresses.drop(connection, api_keys.find(connection, prefix).prefix)
            else:
                index = addresses.index_of(ledger.blind, email)
                addresses.put(connection, prefix, index, now=datetime.now(UTC))
                holders.keep(connection, ledger.keys, index, email)
        holders.purge(ledger)
    say("Links are sent to nobody." if email is None else "Links are sent to this address.")


@app.command("list")
def list_(*, as_json: JSON_OPTION = False) -> None:
    """List the keys, without their secrets."""
    from service.security import api_keys

    with _writing() as connection:
        keys = api_keys.list_keys(connection)
    now = datetime.now(UTC).timestamp()
    if as_json:
        for key in keys:
            data(_record(key, now))
        return
    columns = ("prefix", "role", "label", "state", "created", "expires", "lastUsedOn")
    table(columns, [[_record(key, now)[name] or "-" for name in columns] for key in keys])


@app.command()
def revoke(prefix: PREFIX_ARGUMENT, *, as_json: JSON_OPTION = False) -> None:
    """Refuse a key from now on; running services follow within seconds."""
    from service.security import api_keys

    now = datetime.now(UTC)
    with _writing() as connection:
        key = api_keys.revoke(connection, prefix, now=now)
    if as_json:
        data(_record(key, now.timestamp()))
    say(f"The key {prefix} is revoked.")


def _stream_of(party: str) -> str:
    """Return a party's id in the ledger, from that or from the one that the API shows."""
    from service.graphql.ids import NodeKind, own_id

    return own_id(NodeKind.PARTY, party) or party


def _check_parties(connection: Connection, *named: str | None) -> None:
    import sqlalchemy as sa

    from projections.tables import parties

    for party in named:
        found = connection.execute(sa.select(parties.c.id).where(parties.c.id == party))
        if party is not None and found.first() is None:
            raise UsageError(f"There is no party {party}: give the `id` that the API shows.")


@contextlib.contextmanager
def _writing() -> Iterator[Connection]:
    from service.settings import DatabaseSettings, load

    settings = load(DatabaseSettings)

    from service.ledger.engine import begin_writing
    from service.opening import open_database

    engine = open_database(settings.database_url)
    try:
        with _refused_as_usage(), begin_writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()


@contextlib.contextmanager
def _refused_as_usage() -> Iterator[None]:
    from service.security.api_keys import KeyRefusedError

    try:
        yield
    except KeyRefusedError as error:
        raise UsageError(str(error)) from None


def _expiry(now: datetime, days: int) -> datetime | None:
    return now + timedelta(days=days) if days else None


def _show(made: NewKey, *, as_json: bool) -> None:
    now = datetime.now(UTC).timestamp()
    if as_json:
        data({**_record(made.key, now), "key": made.text})
    elif made.text:
        typer.echo(made.text)
    principal = made.key.principal
    again = " It is not shown again." if made.text else f" Its prefix is {made.key.prefix}."
    say(f"It acts as the {principal.role} {principal.id}.{again}")


def _record(key: ApiKey, now: float) -> dict[str, Any]:
    if key.revoked_at is not None:
        state = "revoked"
    else:
        state = "active" if key.is_active(now) else "expired"
    return {
        "prefix": key.prefix,
        "role": key.principal.role.value,
        "principal": key.principal.id,
        "party": key.principal.party,
        "person": key.person,
        "belongsTo": key.principal.belongs_to,
        "scopes": None if key.principal.scopes is None else sorted(key.principal.scopes),
        "label": key.label,
        "state": state,
        "created": _day(key.created_at),
        "expires": _day(key.expires_at),
        "revoked": _day(key.revoked_at),
        "lastUsedOn": None if key.last_used_on is None else key.last_used_on.isoformat(),
    }


def _day(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
