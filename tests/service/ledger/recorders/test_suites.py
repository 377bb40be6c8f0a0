"""The library's own suites of tests, unchanged, on both databases."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from uuid import UUID

import pytest
from eventsourcing.application import ProcessingEvent
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    ProcessRecorder,
    TrackingRecorder,
)
from eventsourcing.projection import EventSourcedProjection, EventSourcedProjectionRunner
from eventsourcing.tests import persistence as suite
from eventsourcing.tests.application import BankAccounts
from eventsourcing.tests.domain import BankAccount
from eventsourcing.tests.projection import Counter
from eventsourcing.utils import Environment, get_topic

from service.ledger.factory import LedgerFactory
from service.ledger.recorder import (
    LedgerAggregateRecorder,
    LedgerApplicationRecorder,
    LedgerProcessRecorder,
    LedgerTrackingRecorder,
)


class OnSqlite:
    """Gives each test a ledger in a file of its own."""

    factory: LedgerFactory

    @pytest.fixture(autouse=True)
    def _open(self, sqlite_url: str) -> Iterator[None]:
        with opened(sqlite_url) as self.factory:
            yield


class OnPostgres:
    """Gives each test a ledger in a database of its own."""

    factory: LedgerFactory

    @pytest.fixture(autouse=True)
    def _open(self, postgres_url: str) -> Iterator[None]:
        with opened(postgres_url) as self.factory:
            yield


@contextmanager
def opened(url: str) -> Iterator[LedgerFactory]:
    """Give a factory, closed when nobody uses it any more."""
    factory = LedgerFactory(environment_of(url))
    yield factory
    # One of the library's tests returns while its readers still read.
    for thread in set(threading.enumerate()) - {threading.current_thread()}:
        if not thread.daemon:
            thread.join(10)
    factory.close()


def environment_of(url: str) -> dict[str, str]:
    return {"PERSISTENCE_MODULE": "service.ledger.factory", "LEDGER_DATABASE_URL": url}


class AggregateRecorders:
    factory: LedgerFactory

    def create_recorder(self) -> AggregateRecorder:
        return self.factory.aggregate_recorder("snapshots")


class TestAggregateRecorderOnSqlite(OnSqlite, AggregateRecorders, suite.AggregateRecorderTestCase):
    pass


class TestAggregateRecorderOnPostgres(
    OnPostgres, AggregateRecorders, suite.AggregateRecorderTestCase
):
    pass


class ApplicationRecorders:
    factory: LedgerFactory

    def create_recorder(self) -> ApplicationRecorder:
        return self.factory.application_recorder()


class TestApplicationRecorderOnSqlite(
    OnSqlite, ApplicationRecorders, suite.ApplicationRecorderTestCase[ApplicationRecorder]
):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationRecorderOnPostgres(
    OnPostgres, ApplicationRecorders, suite.ApplicationRecorderTestCase[ApplicationRecorder]
):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TrackingRecorders:
    factory: LedgerFactory

    def create_recorder(self) -> TrackingRecorder:
        return self.factory.tracking_recorder()


class TestTrackingRecorderOnSqlite(OnSqlite, TrackingRecorders, suite.TrackingRecorderTestCase):
    pass


class TestTrackingRecorderOnPostgres(OnPostgres, TrackingRecorders, suite.TrackingRecorderTestCase):
    pass


class ProcessRecorders:
    factory: LedgerFactory

    def create_recorder(self) -> ProcessRecorder:
        return self.factory.process_recorder()


class TestProcessRecorderOnSqlite(OnSqlite, ProcessRecorders, suite.ProcessRecorderTestCase):
    pass


class TestProcessRecorderOnPostgres(OnPostgres, ProcessRecorders, suite.ProcessRecorderTestCase):
    pass


class TestNonInterleavingOnSqlite(
    OnSqlite, ApplicationRecorders, suite.NonInterleavingNotificationIDsBaseCase
):
    pass


class TestNonInterleavingOnPostgres(
    OnPostgres, ApplicationRecorders, suite.NonInterleavingNotificationIDsBaseCase
):
    pass


class ViewRecorder(LedgerTrackingRecorder):
    """What an application would derive for a view of its own."""


class Expected:
    def expected_factory_class(self) -> type[LedgerFactory]:
        return LedgerFactory

    def expected_aggregate_recorder_class(self) -> type[AggregateRecorder]:
        return LedgerAggregateRecorder

    def expected_application_recorder_class(self) -> type[ApplicationRecorder]:
        return LedgerApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[TrackingRecorder]:
        return LedgerTrackingRecorder

    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        return ViewRecorder

    def expected_process_recorder_class(self) -> type[ProcessRecorder]:
        return LedgerProcessRecorder


class TestFactoryOnSqlite(Expected, suite.InfrastructureFactoryTestCase[LedgerFactory]):
    @pytest.fixture(autouse=True)
    def _name(self, sqlite_url: str) -> None:
        self.env = Environment("App", environment_of(sqlite_url))


class TestFactoryOnPostgres(Expected, suite.InfrastructureFactoryTestCase[LedgerFactory]):
    @pytest.fixture(autouse=True)
    def _name(self, postgres_url: str) -> None:
        self.env = Environment("App", environment_of(postgres_url))


def test_an_application_of_the_library_runs_with_snapshots(database_url: str) -> None:
    env = {**environment_of(database_url), "IS_SNAPSHOTTING_ENABLED": "y"}
    with BankAccounts(env=env) as accounts:
        account = accounts.open_account("Alice", "alice@example.com")
        accounts.credit_account(account, Decimal(10))
        accounts.take_snapshot(account)
        assert accounts.get_balance(account) == 10
        assert [each.id for each in accounts.notification_log["1,10"].items] == [1, 2]
        assert accounts.snapshots is not None
        assert len(list(accounts.snapshots.get(account))) == 1
    with BankAccounts(env=env) as reopened:
        assert reopened.get_balance(account) == 10


class Opened(EventSourcedProjection[UUID]):
    """Counts what it sees, in events of its own that are stored with the tracking."""

    topics = (get_topic(BankAccount.Opened),)

    def policy(
        self, domain_event: DomainEventProtocol[UUID], processing_event: ProcessingEvent[UUID]
    ) -> None:
        counter = Counter(str(domain_event.originator_id))
        processing_event.collect_events(counter)


def test_a_projection_of_the_library_follows_an_application(database_url: str) -> None:
    env = environment_of(database_url)
    with EventSourcedProjectionRunner(
        application_class=BankAccounts, projection_class=Opened, env=env
    ) as runner:
        accounts = [runner.app.open_account("Alice", f"{n}@example.com") for n in range(20)]
        opened = runner.app.recorder.select_notifications(1, 100, topics=Opened.topics)
        runner.projection.recorder.wait(runner.app.name, opened[-1].id, timeout=10)
        for account in accounts:
            runner.projection.repository.get(Counter.create_id(str(account)))
