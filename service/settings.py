"""Settings: the environment, read once into one frozen object."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX: Final = "COALITION_"

LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")


class SettingsError(Exception):
    """Settings are missing or make no sense; each line names one, and what it may be."""


class DatabaseSettings(BaseSettings):
    """What commands need that touch the ledger's database only, and open nothing hidden.

    Attributes:
        database_url: the ledger's database: ``sqlite:///path`` or ``postgresql://…``.
        migration_url: the same database as the role that owns its tables, on PostgreSQL; where
            it is left out, ``database_url`` serves.
        api_role: the PostgreSQL role that serves, which a migration gives its rights; where it
            is left out, the user of ``database_url``.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    database_url: str = Field(repr=False, description="a database URL")
    migration_url: str | None = Field(default=None, repr=False, description="a database URL")
    api_role: str | None = Field(default=None, description="the name of a PostgreSQL role")


class Settings(DatabaseSettings):
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
        database_connections: connections to the ledger's database, at most.
        request_timeout_s: after this a request is answered with 503.
        receive_timeout_s: how long a client may take to send a request's headers, and its body.
        max_body_bytes: the largest request body.
        drain_s: how long the service says that it is not ready before it stops to listen.
    """

    keys_url: str = Field(repr=False, description="a database URL")
    kek_file: Path | None = Field(default=None, description="the path of a file")
    kek: str | None = Field(default=None, repr=False, description="32 bytes in base64")
    host: str = Field(default="127.0.0.1", description="an IP address to listen on")
    port: int = Field(default=8000, ge=0, le=65_535, description="a number from 0 to 65535")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=LOOPBACK_NAMES, min_length=1, description="host names, separated by commas"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error"
    )
    log_format: Literal["json", "console"] = Field(default="json", description="json or console")
    worker_threads: int = Field(default=80, ge=1, le=1_000, description="a number from 1 to 1000")
    waiting_requests: int = Field(
        default=400, ge=0, le=100_000, description="a number up to 100000"
    )
    database_connections: int = Field(
        default=20, ge=2, le=1_000, description="a number from 2 to 1000"
    )
    request_timeout_s: float = Field(default=15.0, gt=0, le=300, description="seconds, up to 300")
    receive_timeout_s: float = Field(default=10.0, gt=0, le=300, description="seconds, up to 300")
    max_body_bytes: int = Field(
        default=1_048_576, ge=1_024, le=67_108_864, description="a number from 1024 to 67108864"
    )
    drain_s: float = Field(default=1.0, ge=0, le=300, description="seconds, up to 300")

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(host.strip() for host in value.split(",") if host.strip())
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _refuse_inner_wildcards(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if any("*" in host.removeprefix("*.") and host != "*" for host in hosts):
            raise ValueError("a star stands alone, or first as in *.example.org")
        return hosts

    @model_validator(mode="after")
    def _need_one_kek(self) -> Settings:
        if (self.kek_file is None) == (self.kek is None):
            raise ValueError(
                f"{PREFIX}KEK_FILE or {PREFIX}KEK is needed, and not both: the path of the file "
                "that holds the key-encryption key, or 32 bytes in base64."
            )
        return self


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def load(kind: type[SettingsT], **overrides: object) -> SettingsT:
    """Read the environment.

    Args:
        kind: which settings are needed.
        overrides: values that win, such as those of the command line; ``None`` does not count.

    Raises:
        SettingsError: a setting is missing or not allowed.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return kind(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        raise SettingsError("\n".join(_explained(error, kind))) from None


def demo_settings(folder: Path, *, host: str, port: int) -> Settings:
    """Return the settings of a demonstration: all in one folder, whatever the environment."""

    class Demo(Settings):
        model_config = SettingsConfigDict(env_prefix=f"{PREFIX}DEMO_")

    return Demo(
        database_url=f"sqlite:///{folder / 'ledger.db'}",
        keys_url=f"sqlite:///{folder / 'keys.db'}",
        kek_file=folder / "kek",
        host=host,
        port=port,
        allowed_hosts=LOOPBACK_NAMES,
        log_level="warning",
        log_format="console",
        drain_s=0,
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _explained(error: ValidationError, kind: type[BaseSettings]) -> list[str]:
    """Return a line for each setting that is wrong, without its value, which may be secret."""
    lines = []
    for detail in error.errors(include_input=False, include_context=False, include_url=False):
        if not detail["loc"]:
            lines.append(detail["msg"].removeprefix("Value error, "))
            continue
        name = str(detail["loc"][0])
        variable = PREFIX + name.upper()
        allowed = kind.model_fields[name].description
        if detail["type"] == "missing":
            lines.append(f"{variable} is not set: it must be {allowed}.")
        else:
            lines.append(f"{variable} is not allowed: it must be {allowed}.")
            if variable in os.environ and os.environ[variable].startswith("tcp://"):
                lines.append(
                    "Kubernetes sets such variables for a service of that name: "
                    "use enableServiceLinks: false."
                )
    return lines
