"""The demonstration's log holds out against an audit, with and without what is hidden."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from domain.audit.finding import TamperedError
from domain.audit.log import Audited, Trust, audit_log
from domain.audit.rows import MODELS
from domain.catalog import EVENT_TYPES
from domain.ledger.disclosure import Level, levels
from service.auditing.sources import opened
from service.demo.seed import DemoCoalition
from service.transparency.bundle import write_bundle
from service.transparency.signed_file import SignedFile
from service.transparency.signer import Signer

NOW = 4_000_000_000


@pytest.fixture(scope="module")
def bundle(demo: DemoCoalition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A full bundle of it."""
    folder = tmp_path_factory.mktemp("audit")
    Signer(demo.ledger, SignedFile(folder / "signed")).sign()
    write_bundle(demo.ledger, folder / "full.tar", full=True)
    return folder / "full.tar"


def audited(demo: DemoCoalition, file: Path, **changed: bytes | None) -> Audited:
    keys = [key.verifier for key in demo.ledger.signing_keys]
    with opened(str(file)) as read:

        def changing(name: str, most: int) -> bytes | None:
            found = read(name, most)
            kind = name.partition("/")[0]
            return changed[kind] if found is not None and kind in changed else found

        return audit_log(changing, Trust(keys=keys, now=NOW))


def test_nothing_is_wrong_with_what_is_public(
    demo: DemoCoalition, tmp_path: Path, bundle: Path
) -> None:
    del bundle  # by then it is signed
    size = write_bundle(demo.ledger, tmp_path / "public.tar")
    found = audited(demo, tmp_path / "public.tar")
    assert (found.size, found.opened, found.documents_absent) == (size, 0, 0)
    assert found.attestations == 4 * len(MODELS)
    assert b"disclosures/" not in (tmp_path / "public.tar").read_bytes()


def test_nothing_is_wrong_with_what_is_hidden(demo: DemoCoalition, bundle: Path) -> None:
    found = audited(demo, bundle)
    assert found.opened > found.size


def test_a_full_bundle_holds_nothing_personal(bundle: Path) -> None:
    with opened(str(bundle)) as read:
        content = read("disclosures/000", 10**8)
    assert content is not None
    personal = 0
    for each in orjson.loads(content).values():
        values = each["values"]
        if "type" not in values:
            continue
        event_type = EVENT_TYPES[values["type"][1]]
        hidden = {name for name, level in levels(event_type).items() if level is Level.PERSONAL}
        personal += len(hidden)
        assert not {f"data.{name}" for name in hidden} & values.keys()
    assert personal


def test_what_is_opened_has_to_be_what_entries_commit_to(demo: DemoCoalition, bundle: Path) -> None:
    with opened(str(bundle)) as read:
        content = read("disclosures/000", 10**8)
    assert content is not None

    def changed(position: int, path: str, value: object) -> bytes:
        values = orjson.loads(content)
        values[str(position)]["values"][path][1] = value
        return orjson.dumps(values)

    for position, path in ((1, "actorId"), (4, "version"), (4, "type")):
        with pytest.raises(TamperedError, match="not the one committed") as found:
            audited(demo, bundle, disclosures=changed(position, path, "other"))
        assert found.value.position == position
    without = orjson.loads(content)
    del without["4"]
    with pytest.raises(TamperedError, match="is not opened") as found:
        audited(demo, bundle, disclosures=orjson.dumps(without))
    assert found.value.position == 4
    for nonsense in (b"", b"[]", b'{"a":{}}', b'{"1":{"what":1}}', b"\xff", b"[" * 10_000):
        with pytest.raises(TamperedError, match="another form") as found:
            audited(demo, bundle, disclosures=nonsense)
        assert found.value.position == 1
    with pytest.raises(TamperedError, match="opens every entry"):
        audited(demo, bundle, disclosures=None)


def test_what_is_said_to_be_erased_needs_an_entry_that_says_so(
    demo: DemoCoalition, bundle: Path
) -> None:
    with opened(str(bundle)) as read:
        content = read("disclosures/000", 10**8)
    assert content is not None
    values = orjson.loads(content)
    values["1"]["erased"] = ["data.source"]
    with pytest.raises(TamperedError, match="opened, and is said to be erased"):
        audited(demo, bundle, disclosures=orjson.dumps(values))
    del values["1"]["values"]["data.source"]

    with opened(str(bundle)) as read:

        def changing(name: str, most: int) -> bytes | None:
            return orjson.dumps(values) if name == "disclosures/000" else read(name, most)

        keys = [key.verifier for key in demo.ledger.signing_keys]
        with pytest.raises(TamperedError, match="no entry says") as found:
            audit_log(changing, Trust(keys=keys, now=NOW))
    assert found.value.position == 1
