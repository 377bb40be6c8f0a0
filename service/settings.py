"""Settings: the environment, read once into one frozen object.

They are read with msgspec, which is in memory anyway; a library for settings alone would
add ten megabytes to every process (docs/adr/0009).
"""

from __future__ import annotations

import ipaddress
import os
import typing
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from domain.terms import Email

PREFIX: Final = "COALITION_"

LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")

PUBLIC_URL: Final = (
    r"\A(https://[a-zA-Z0-9_.:\[\]-]+|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?)"
    r"(/[a-zA-Z0-9_.~%/-]*)?\Z"
)
"""Where links that are sent may lead: over TLS, except to this machine; with no user or query."""

Url = Annotated[str, Meta(description="a database URL")]
Seconds = Annotated[float, Meta(ge=0, le=300, description="seconds, up to 300")]


class SettingsError(Exception):
    """Settings are missing or make no sense; each line names one, and what it may be."""


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What commands need that touch the ledger's database only, and open nothing hidden.

    Attributes:
        database_url: the ledger's database: ``sqlite:///path`` or ``postgresql://…``.
        migration_url: the same database as the role that owns its tables, on PostgreSQL; where
            it is left out, ``database_url`` serves.
        api_role: the PostgreSQL role that serves, which a migration gives its rights; where it
            is left out, the user of ``database_url``.
    """

    database_url: Url
    migration_url: Url | None = None
    api_role: Annotated[str, Meta(description="the name of a PostgreSQL role")] | None = None

    def __repr__(self) -> str:
        """Return the type alone: URLs may hold passwords."""
        return f"{type(self).__name__}(…)"


class MailSettings(DatabaseSettings, frozen=True, kw_only=True):
    """What is needed to send mail.

    Attributes:
        mailbox: the coalition's e-mail address, for what people write at ``/contact``; without
            it there is no such page. Links to sign in and reminders are sent from it.
        smtp_url: the server that takes mail, ``smtp://`` or ``smtps://``.
        mail_folder: where messages are put as files without a server, or when it takes none.
        public_url: where the service is found. With it, people may ask for links to sign in, and
            are reminded of what they have to do.
    """

    mailbox: Annotated[Email, Meta(description="an e-mail address")] | None = None
    smtp_url: (
        Annotated[
            str,
            Meta(pattern=r"\Asmtps?://[^\s]+\Z", description="a URL of smtp:// or smtps://"),
        ]
        | None
    ) = None
    mail_folder: Annotated[Path, Meta(description="the path of a folder")] | None = None
    public_url: (
        Annotated[str, Meta(pattern=PUBLIC_URL, description="a URL as https://ledger.example.org")]
        | None
    ) = None


class Settings(MailSettings, frozen=True, kw_only=True):
    """What an operator chooses. Each field is the variable ``COALITION_`` and its name.

    Attributes:
        keys_url: the key store's database, apart from the ledger's.
        kek_file: the file that holds the key-encryption key, readable by its owner only.
        kek: that key itself, in base64, where a file would not do.
        host: the address to listen on.
        port: the port to listen on; 0 takes a free one.
        allowed_hosts: the names by which clients may call the service, separated by commas;
            ``*`` is any, and ``*.example.org`` the subdomains.
        log_level: what is logged.
        log_format: JSON lines, or coloured text for people.
        worker_threads: requests that are executed at the same time.
        waiting_requests: requests that may wait for a thread before others get a 503.
        database_connections: connections to the ledger's database, at most, besides the one that
            the writer keeps.
        request_timeout_s: after this a request is answered with 503.
        receive_timeout_s: how long a client may take to send a request's headers, and its body.
        max_body_bytes: the largest request body.
        max_depth: how deeply fields of an operation may be nested.
        max_cost: what an operation may cost: its fields, each as often as the pages around it are
            long.
        cost_a_minute: what the operations of one principal may cost within a minute; 0 is no end.
        public_cost_a_minute: the same for all that come from one address without a key.
        trusted_proxies: addresses of proxies, separated by commas, that say where clients come
            from (``X-Forwarded-For``); without them all clients of a proxy come from one address.
        live_connections: WebSockets and streams of events that may be open at the same time.
        documents: a folder of documents, ``*.graphql``, that clients may name instead of sending.
        public_documents_only: whether those without a key may send only these.
        token_issuer: the issuer whose access tokens are accepted, by its URL; with the next.
        token_audience: what its tokens for this service are for.
        drain_s: how long the service says that it is not ready before it stops to listen.
        sign_every_s: how often a checkpoint is signed when the log has grown; 0 is never, for
            a process beside the one that signs.
        sweep_every_s: how often what is overdue is done, see `service.sweep`; 0 is never.
        evidence_folder: where files of evidence are kept, encrypted; where it is left out, a folder
            beside an SQLite ledger, and none on PostgreSQL.
        signed_file: remembers the checkpoint signed last, outside the database; where it is left
            out, a file beside the key store, or beside the key-encryption key's.
        webhooks_private: whether webhooks may lead to addresses that only this machine or its
            network can reach; for trying them out.
        witnesses: who is asked to cosign each checkpoint, separated by commas: of each its verifier
            key, a space, and the address that ``/add-checkpoint`` is below.
    """

    keys_url: Url
    kek_file: Annotated[Path, Meta(description="the path of a file")] | None = None
    kek: Annotated[str, Meta(description="32 bytes in base64")] | None = None
    host: Annotated[str, Meta(description="an IP address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="a number from 0 to 65535")] = 8000
    allowed_hosts: Annotated[
        tuple[
            Annotated[str, Meta(pattern=r"\A(\*|(\*\.)?[^*]+)\Z")],
            ...,
        ],
        Meta(min_length=1, description="host names, separated by commas; a star stands first"),
    ] = LOOPBACK_NAMES
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="debug, info, warning or error"),
    ] = "info"
    log_format: Annotated[Literal["json", "console"], Meta(description="json or console")] = "json"
    worker_threads: Annotated[int, Meta(ge=1, le=1_000, description="a number from 1 to 1000")] = 80
    waiting_requests: Annotated[
        int, Meta(ge=0, le=100_000, description="a number up to 100000")
    ] = 400
    database_connections: Annotated[
        int, Meta(ge=2, le=1_000, description="a number from 2 to 1000")
    ] = 20
    request_timeout_s: Annotated[float, Meta(gt=0, le=300, description="seconds, up to 300")] = 15.0
    receive_timeout_s: Annotated[float, Meta(gt=0, le=300, description="seconds, up to 300")] = 10.0
    max_body_bytes: Annotated[
        int, Meta(ge=1_024, le=67_108_864, description="a number from 1024 to 67108864")
    ] = 1_048_576
    max_depth: Annotated[int, Meta(ge=1, le=100, description="a number from 1 to 100")] = 20
    max_cost: Annotated[int, Meta(ge=1, le=10**9, description="a number up to 1000000000")] = 20_000
    cost_a_minute: Annotated[
        int, Meta(ge=0, le=10**12, description="a number up to 1000000000000")
    ] = 2_000_000
    public_cost_a_minute: Annotated[
        int, Meta(ge=0, le=10**12, description="a number up to 1000000000000")
    ] = 400_000
    trusted_proxies: Annotated[
        tuple[Annotated[str, Meta(pattern=r"\A[0-9a-fA-F:./]+\Z")], ...],
        Meta(description="IP addresses or networks, separated by commas"),
    ] = ()
    live_connections: Annotated[
        int, Meta(ge=0, le=100_000, description="a number up to 100000")
    ] = 2_000
    documents: Annotated[Path, Meta(description="the path of a folder")] | None = None
    public_documents_only: Annotated[bool, Meta(description="true or false")] = False
    token_issuer: Annotated[str, Meta(pattern=r"\Ahttps?://\S+\Z", description="a URL")] | None = (
        None
    )
    token_audience: Annotated[str, Meta(min_length=1, description="a name")] | None = None
    drain_s: Seconds = 1.0
    sign_every_s: Seconds = 10.0
    sweep_every_s: Annotated[float, Meta(ge=0, le=86_400, description="seconds, up to 86400")] = (
        3_600.0
    )
    webhooks_private: Annotated[bool, Meta(description="true or false")] = False
    evidence_folder: Annotated[Path, Meta(description="the path of a folder")] | None = None
    signed_file: Annotated[Path, Meta(description="the path of a file")] | None = None
    witnesses: Annotated[
        tuple[Annotated[str, Meta(pattern=r"\A\S+ https?://\S+\Z")], ...],
        Meta(description="verifier keys, each with a space and a URL, separated by commas"),
    ] = ()


SettingsT = TypeVar("SettingsT", bound=DatabaseSettings)


def load(kind: type[SettingsT], **overrides: object) -> SettingsT:
    """Read the environment.

    Args:
        kind: which settings are needed.
        overrides: values that win, such as those of the command line; ``None`` does not count.

    Raises:
        SettingsError: a setting is missing or not allowed. Its value, which may be secret,
            is not repeated.
    """
    values: dict[str, Any] = {}
    wrong: list[str] = []
    # The class's own annotations: they have the descriptions that msgspec drops.
    hints = typing.get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        variable = PREFIX + field.name.upper()
        given = overrides.get(field.name)
        if given is None:
            given = os.environ.get(variable) or None
        if given is None:
            if field.required:
                wrong.append(f"{variable} is not set: it must be {_allowed(hints[field.name])}.")
            continue
        try:
            values[field.name] = _read(given, hints[field.name])
        except (msgspec.ValidationError, ValueError):
            wrong += _not_allowed(variable, _allowed(hints[field.name]))
    if issubclass(kind, Settings) and not wrong and ("kek_file" in values) == ("kek" in values):
        wrong.append(
            f"{PREFIX}KEK_FILE or {PREFIX}KEK is needed, and not both: the path of the file "
            "that holds the key-encryption key, or 32 bytes in base64."
        )
    if issubclass(kind, Settings) and ("token_issuer" in values) != ("token_audience" in values):
        wrong.append(f"{PREFIX}TOKEN_ISSUER and {PREFIX}TOKEN_AUDIENCE are set together.")
    if "public_url" in values:
        wrong += [
            f"{PREFIX}{name} is not set: {PREFIX}PUBLIC_URL needs it to send links to sign in."
            for name in ("SMTP_URL", "MAILBOX")
            if name.lower() not in values
        ]
    if values.get("mailbox") and not (values.get("smtp_url") or values.get("mail_folder")):
        wrong.append(
            f"{PREFIX}MAILBOX needs {PREFIX}SMTP_URL, {PREFIX}MAIL_FOLDER or both: where messages "
            "are to go."
        )
    if wrong:
        raise SettingsError("\n".join(wrong))
    return kind(**values)


def demo_settings(folder: Path, *, host: str, port: int) -> Settings:
    """Return the settings of a demonstration: all in one folder, whatever the environment."""
    return Settings(
        database_url=f"sqlite:///{folder / 'ledger.db'}",
        keys_url=f"sqlite:///{folder / 'keys.db'}",
        kek_file=folder / "kek",
        host=host,
        port=port,
        log_level="warning",
        log_format="console",
        drain_s=0.0,
        # Its story ends on a day, and is to be found as it ended.
        sweep_every_s=0.0,
        mailbox="office@coalition.example",
        mail_folder=folder / "mail",
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _read(given: object, kind: Any) -> Any:  # noqa: ANN401 - whatever the setting is
    if isinstance(given, str) and "tuple[" in str(kind):
        given = [part.strip() for part in given.split(",") if part.strip()]
    return msgspec.convert(given, kind, strict=False, dec_hook=lambda wanted, text: wanted(text))


def _allowed(kind: Any) -> str:  # noqa: ANN401 - a type
    """Return what a setting may be, as its annotation describes it."""
    for each in (kind, *typing.get_args(kind)):
        for mark in getattr(each, "__metadata__", ()):
            if isinstance(mark, Meta) and mark.description:
                return mark.description
    message = f"{kind} has no description"
    raise TypeError(message)


def _not_allowed(variable: str, allowed: str) -> list[str]:
    lines = [f"{variable} is not allowed: it must be {allowed}."]
    if os.environ.get(variable, "").startswith("tcp://"):
        lines.append(
            "Kubernetes sets such variables for a service of that name: "
            "use enableServiceLinks: false."
        )
    return lines
