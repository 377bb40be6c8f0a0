"""Opening what the settings name: the key, the database, the ledger with its key store."""

from __future__ import annotations

import contextlib
from pathlib import Path

from sqlalchemy.engine import Engine, make_url

from projections import schema
from projections.models import read_models
from service.contact.reminder import ReminderMail
from service.evidence.folder import Folder
from service.faults import NotReadyError
from service.ledger.engine import create_engine
from service.ledger.key_encryption import KeyEncryption, LocalKeyEncryption
from service.ledger.keys import KeyStore
from service.ledger.ledger import Ledger
from service.planning.deciding import decide
from service.settings import PREFIX, Settings


def key_encryption(settings: Settings) -> KeyEncryption:
    """Return the key-encryption key that the settings name.

    Raises:
        KeyFileUnusable: there is none, or it is no such key.
    """
    if settings.kek_file is not None:
        return LocalKeyEncryption.from_file(settings.kek_file)
    return LocalKeyEncryption.from_base64(settings.kek or "", f"{PREFIX}KEK")


def evidence_folder(settings: Settings) -> Folder | None:
    """Return where files of evidence are kept; ``None`` where there is no place for them."""
    if settings.evidence_folder is not None:
        return Folder(settings.evidence_folder)
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database is not None:
        return Folder(Path(f"{url.database}.evidence"))
    return None


def reminder_mail(settings: Settings) -> ReminderMail | None:
    """Return what sends reminders; ``None`` where nobody may ask for links, or nothing is sent."""
    if not (settings.public_url and settings.smtp_url and settings.mailbox):
        return None
    return ReminderMail(settings.smtp_url, settings.mailbox, settings.public_url)


def open_ledger(settings: Settings, *, outdated: bool = False) -> Ledger:
    """Open the ledger that the settings name, with its key store.

    Args:
        settings: where things are.
        outdated: also where read models are to be rebuilt first.

    Raises:
        LedgerFaultError: something is missing, mismatched or out of reach; the message says
            what, and what to do.
        sqlalchemy.exc.DBAPIError: the database cannot be reached, or is damaged.
    """
    kek = key_encryption(settings)
    with contextlib.ExitStack() as opened:
        engine = open_database(settings.database_url, settings.database_connections)
        opened.callback(engine.dispose)
        keys = KeyStore.open(settings.keys_url, kek)
        opened.callback(keys.close)
        ledger = Ledger(engine, keys, decide)
        opened.callback(ledger.close)
        if not outdated:
            _refuse_outdated(ledger)
            # Whatever a crash or an older backup left undone, before anything is shown.
            ledger.finish_erasures()
        opened.pop_all()
    return ledger


def open_database(url: str, connections: int = 2) -> Engine:
    """Return the engine of a ledger's database, which is there and of this release.

    Args:
        url: the database.
        connections: at most so many.

    Raises:
        NotReadyError: there is none, or its schema is another release's.
    """
    engine = existing_database(url, connections)
    with contextlib.ExitStack() as opened:
        opened.callback(engine.dispose)
        with engine.connect() as connection:
            found = schema.current(connection)
        if found is None:
            raise NotReadyError("There is no ledger in this database: run `coalition init`.")
        if found != schema.head():
            raise NotReadyError(
                f"The database has the schema {found}, and this release needs {schema.head()}: "
                "run `coalition db upgrade`, or the release that made it."
            )
        opened.pop_all()
    return engine


def existing_database(url: str, connections: int = 2) -> Engine:
    """Return the engine of a database; on SQLite, where connecting would make it, it is there.

    Raises:
        NotReadyError: there is no such file.
    """
    engine = create_engine(url, pool_size=connections)
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file is not None and not Path(file).exists():
        raise NotReadyError(f"There is no ledger at {file}: run `coalition init`.")
    return engine


def _refuse_outdated(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        outdated = schema.outdated(connection, read_models(blind=ledger.blind))
    if outdated:
        raise NotReadyError(
            f"The read models {', '.join(outdated)} were made by another release, "
            "or are still to be made after a restore: run `coalition rebuild`."
        )
