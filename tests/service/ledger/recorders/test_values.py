"""Which values the library's recorders keep as they are, and which they refuse."""

from uuid import UUID

import pytest
from eventsourcing.persistence import DataError, OperationalError, StoredEvent, Tracking
from hypothesis import given
from hypothesis import strategies as st

from service.ledger import library_insertion
from service.ledger.recorder import LedgerProcessRecorder
from tests.service.ledger.recorders.recorders import FIXED, event, opened

ORIGINATORS = st.one_of(
    st.uuids(), st.uuids().map(str), st.uuids().map(lambda each: each.hex), st.text(max_size=40)
)


@given(ORIGINATORS, ORIGINATORS)
def test_every_originator_has_a_stream_of_its_own(one: UUID | str, other: UUID | str) -> None:
    assert library_insertion.originator_of(library_insertion.stream_of(one)) == one
    assert (library_insertion.stream_of(one) == library_insertion.stream_of(other)) == (
        one == other
    )


@given(st.uuids())
def test_the_coalitions_streams_are_named_as_they_stand(stream: UUID) -> None:
    assert library_insertion.stream_of(stream.hex) == stream.hex
    assert library_insertion.originator_of(stream.hex) == stream.hex


@pytest.mark.parametrize(
    "originator",
    [
        FIXED,
        str(FIXED),
        FIXED.hex,
        str(FIXED).upper(),
        f"text:{FIXED}",
        "member “7”",
    ],
)
def test_an_originator_comes_back_as_it_went_in(
    recorder: LedgerProcessRecorder, originator: UUID | str
) -> None:
    stored = event(originator)
    recorder.insert_events([stored])
    (notification,) = recorder.select_notifications(None, 10)
    assert notification.originator_id == originator
    assert recorder.select_events(originator) == [stored]


@pytest.mark.parametrize(
    "bad",
    [
        StoredEvent("a\0b", 1, "topic", b""),
        StoredEvent(FIXED, 1, "to\0pic", b""),
        StoredEvent(FIXED, 1, "\ud800", b""),
        StoredEvent("é" * 501, 1, "topic", b""),
        StoredEvent(FIXED, -1, "topic", b""),
        StoredEvent(FIXED, 2**63, "topic", b""),
        StoredEvent(FIXED, 1, "topic", bytes(65_536)),
    ],
)
def test_what_cannot_be_stored_everywhere_is_refused_before_it_is_queued(
    recorder: LedgerProcessRecorder, bad: StoredEvent
) -> None:
    with pytest.raises(DataError):
        recorder.insert_events([event(), bad])
    assert recorder.max_notification_id() is None


@pytest.mark.parametrize("application", ["up\0stream", "x" * 1_001])
def test_tracking_that_cannot_be_stored_everywhere_is_refused(
    recorder: LedgerProcessRecorder, application: str
) -> None:
    with pytest.raises(DataError):
        recorder.insert_tracking(Tracking(application, 1))


def test_the_greatest_values_that_fit_are_stored(recorder: LedgerProcessRecorder) -> None:
    greatest = StoredEvent("é" * 500, 2**63 - 1, "x" * 1_000, bytes(65_535))
    recorder.insert_events([greatest], tracking=Tracking("x" * 1_000, 2**63 - 1))
    assert recorder.select_events("é" * 500) == [greatest]
    assert recorder.max_tracking_id("x" * 1_000) == 2**63 - 1


def test_faults_are_those_of_the_library(database_url: str) -> None:
    with opened(database_url) as factory:
        recorder = LedgerProcessRecorder(factory.datastore)
    with pytest.raises(OperationalError):
        recorder.insert_events([event()])
