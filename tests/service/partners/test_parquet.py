"""Tables as Parquet: what is in them, read by another library, and what is left when it fails."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)
from starlette.testclient import TestClient

from domain.terms import Ballot
from service.faults import UnavailableError
from service.graphql.execution import Engine
from service.graphql.schema import build_schema
from service.graphql.workers import Workers
from service.partners.columns import Kind
from service.partners.exports import EXPORTS
from service.partners.http import Exports
from service.partners.layouts import JsonLines, Layout, cell
from service.partners.lists import DIRECTORY, TABLES, VOTES, ListOfRows
from service.partners.parquet import Parquet
from service.partners.reading import Reading, RefusedError
from service.security.principal import Role
from tests.service.assembly import Assembly
from tests.service.graphql.story import LISTED, PERSONAL, STAFF, Story
from tests.service.http.conftest import serving
from tests.service.partners.tables import parquet, rows_of, table

ARROW = {
    Kind.TEXT: "Utf8",
    Kind.TEXTS: "List(Utf8, field: 'element')",
    Kind.DATE: "Date32",
    Kind.TIME: 'Timestamp(µs, "UTC")',
    Kind.INTEGER: "Int32",
    Kind.BOOLEAN: "Boolean",
    Kind.JSON: "Utf8",
}


def types_in(content: bytes) -> dict[str, str]:
    """Return the type of each column of a Parquet file."""
    schema = parquet(content).schema
    return {
        name: str(schema.field(name).type).removeprefix("arro3.core.DataType<").removesuffix(">\n")
        for name in schema.names
    }


def declared(rows: ListOfRows) -> dict[str, str]:
    return {name: ARROW[column.kind] for name, column in rows.columns.items()}


def written(layout: Layout, rows: Sequence[dict[str, Any]]) -> bytes:
    return b"".join([layout.head(), layout.rows(rows), *layout.foot()])


def listing(**values: object) -> dict[str, Any]:
    """Return a row of the directory, of which little is known."""
    return {"tier": None, "counties": [], **dict.fromkeys(("id", "name", "since")), **values}


def assert_same(client: TestClient, name: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    """Compare a Parquet file with the CSV file of the same list; return its rows."""
    content = client.get(f"/export/{name}.parquet", headers=headers).content
    assert types_in(content) == declared(TABLES[name])
    rows = rows_of(parquet(content))
    text = client.get(f"/export/{name}.csv", headers=headers).text
    assert [{key: cell_of(value) for key, value in row.items()} for row in rows] == table(text)
    return rows


def cell_of(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return cell(value.isoformat() if isinstance(value, date) else value)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_every_role_has_the_values_of_the_csv_file(
    files: TestClient, headers: dict[Role, dict[str, str]], role: Role, name: str
) -> None:
    if role is Role.PUBLIC and TABLES[name].personal:
        assert files.get(f"/export/{name}.parquet").status_code == 401
    else:
        assert_same(files, name, headers[role])


def test_who_may_read_more_has_more(files: TestClient, headers: dict[Role, dict[str, str]]) -> None:
    def seen(role: Role) -> set[str | None]:
        rows = assert_same(files, "memberships", headers[role])
        return {row[name] for row in rows for name in ("organisation", "person")}

    assert seen(Role.PORTAL) == {None}
    assert STAFF["organisation.name"] in seen(Role.AUDITOR)
    assert PERSONAL["individual.legal-name"] not in seen(Role.AUDITOR)
    assert PERSONAL["individual.legal-name"] in seen(Role.DIRECTOR)


def test_the_directory_has_days_and_lists(files: TestClient) -> None:
    rows = assert_same(files, "directory", {})
    assert [row["name"] for row in rows] == [LISTED["individual"], LISTED["organisation"]]
    assert rows[1]["counties"] == ["29189", "29510"]
    assert rows[1]["services"] == ["shelter"]
    assert type(rows[1]["listedOn"]) is date


def test_votes_have_numbers_and_truth(sqlite_url: str, tmp_path: Path) -> None:
    assembly = Assembly(sqlite_url, tmp_path, partners=5)
    with contextlib.closing(assembly.coalition), serving(assembly.coalition) as client:
        vote = assembly.open(assembly.apply())
        (running,) = assert_same(client, "votes", {})
        for number in range(5):
            assembly.cast(vote, number, Ballot.AGAINST if number < 2 else Ballot.APPROVE)
        assembly.close(vote)
        (closed,) = assert_same(client, "votes", {})
    assert (running["approve"], running["quorumMet"], running["closedOn"]) == (None, None, None)
    assert (closed["approve"], closed["against"], closed["abstain"]) == (3, 2, 0)
    assert (closed["quorumMet"], closed["thresholdMet"]) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        '"quoted", and\nbroken\r\n',
        "=HYPERLINK(1)",
        "null",
        "NaN",
        "2023-03-01",
        "  padded  ",
        "",
        "\\u0041 \\",
        "a\0b",
        "Ñandú 鳥 \U0001f426 e\u0301",
    ],
)
def test_a_text_stays_as_it_is(text: str) -> None:
    row = listing(name=text, services=[text, None, text], counties=[{"fips": text, "name": None}])
    (found,) = rows_of(parquet(written(Parquet(DIRECTORY.columns), [row])))
    assert found["name"] == text
    assert found["services"] == [text, text]
    assert found["counties"] == [text]
    assert found["countyNames"] == []
    assert found["populations"] is None


@pytest.mark.parametrize("name", TABLES)
def test_a_list_of_nothing_has_its_columns_all_the_same(name: str) -> None:
    rows = TABLES[name]
    content = written(Parquet(rows.columns), [])
    assert types_in(content) == declared(rows)
    assert parquet(content).num_rows == 0


def test_rows_keep_their_order_over_groups_and_pages() -> None:
    layout = Parquet(VOTES.columns)
    pages = [[{"id": os.urandom(16).hex()} for _ in range(100)] for _ in range(100)]
    assert [layout.rows(_votes(page)) for page in pages] == [b""] * 100
    chunks = list(layout.foot())
    assert len(chunks) > 1
    ids = parquet(b"".join(chunks)).column("id").to_pylist()
    assert ids == [row["id"] for page in pages for row in page]


def _votes(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    paths = [column.path for column in VOTES.columns.values()]
    return [{**dict.fromkeys(path.partition(".")[0] for path in paths), **row} for row in rows]


@pytest.mark.parametrize("rows", TABLES.values(), ids=TABLES)
def test_the_kinds_of_columns_are_those_of_the_schema(rows: ListOfRows) -> None:
    kinds = {
        "Date": Kind.DATE,
        "DateTime": Kind.TIME,
        "Int": Kind.INTEGER,
        "Boolean": Kind.BOOLEAN,
        "JSON": Kind.JSON,
    }
    texts = {"ID", "String", "FipsCode", "Sha256"}
    outside = f"{rows.query.rpartition('.')[0]}.rows.nodes.".lstrip(".")
    info = TypeInfo(build_schema()._schema)
    found: dict[str, Kind] = {}
    open_fields: list[tuple[str, bool]] = []

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            kind = info.get_type()
            assert kind is not None
            name = (node.alias or node.name).value
            open_fields.append((name, is_list(kind)))
            path = ".".join(name for name, _ in open_fields).removeprefix(outside)
            plain = get_named_type(kind)
            many = any(listed for _, listed in open_fields[outside.count(".") :])
            found[path] = Kind.TEXTS if many else kinds.get(plain.name, Kind.TEXT)
            if node.selection_set:
                found[path] = Kind.JSON
            elif found[path] is Kind.TEXT:
                assert plain.name in texts or hasattr(plain, "values"), plain.name

        def leave_field(self, *_: object) -> None:
            open_fields.pop()

    visit(parse(rows.document), TypeInfoVisitor(info, Fields()))
    assert {each.path: each.kind for each in rows.columns.values()}.items() <= found.items()


def is_list(kind: GraphQLOutputType) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def test_the_answer_says_what_it_is(files: TestClient) -> None:
    answer = files.get("/export/directory.parquet")
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert answer.headers["content-disposition"] == 'attachment; filename="directory.parquet"'
    known = {"if-none-match": answer.headers["etag"]}
    again = files.get("/export/directory.parquet", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    head = files.head("/export/directory.parquet")
    assert head.headers["ledger-position"] == answer.headers["ledger-position"]
    assert head.content == b""


def test_where_the_extra_is_missing_it_is_named_and_other_files_are_there(
    files: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    answer = files.get("/export/directory.parquet")
    assert answer.status_code == 501
    assert answer.headers["cache-control"] == "no-store"
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "NOT_INSTALLED"
    assert "coalition-ledger[parquet]" in error["message"]
    assert files.get("/export/directory.csv").status_code == 200


class Making:
    """A file that is being made of a story, with the folder that it may leave something in."""

    def __init__(self, story: Story, folder: Path, timeout_s: float = 60) -> None:
        self.engine = Engine(build_schema(), story.coalition.ledger)
        self.workers = Workers(1, 1, timeout_s)
        self.exports = Exports(self.engine, self.workers, "test.example/ledger")
        self.reading = Reading(
            self.engine, EXPORTS["directory.parquet"].wanted("directory.parquet", [])
        )
        self.folder = folder

    def held(self) -> int:
        """Count the files there that are open and have no name."""
        gc.collect()
        held = 0
        for descriptor in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                target = str(descriptor.readlink())
                held += target.startswith(str(self.folder)) and target.endswith("(deleted)")
        return held


@pytest.fixture
def making(told: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = Making(told, tmp_path)
    yield made
    made.workers.close()
    assert made.held() == 0
    assert list(tmp_path.iterdir()) == []


async def test_rows_wait_in_a_file_that_nobody_else_can_open(making: Making) -> None:
    file = making.exports._written(making.reading, Parquet(DIRECTORY.columns))
    assert [await anext(file), await anext(file)] == [b"", b""]
    assert making.held() == 1
    assert list(making.folder.iterdir()) == []
    content = b"".join([chunk async for chunk in file])
    assert parquet(content).num_rows == 2


async def test_who_goes_away_leaves_no_file(making: Making) -> None:
    for chunks in (1, 2, 3):
        reading = Reading(making.engine, making.reading._wanted)
        file = making.exports._written(reading, Parquet(DIRECTORY.columns))
        for _ in range(chunks):
            await anext(file)
        assert making.held() == 1
        await file.aclose()
        del file
        assert making.held() == 0


async def test_an_error_in_the_middle_leaves_no_file(making: Making) -> None:
    assert making.reading._page is not None
    making.reading._page["pageInfo"] = {"hasNextPage": True, "endCursor": "none of ours"}
    file = making.exports._written(making.reading, Parquet(DIRECTORY.columns))
    with pytest.raises(RefusedError, match="no cursor"):
        b"".join([chunk async for chunk in file])


async def test_what_is_made_for_nobody_any_more_leaves_no_file(making: Making) -> None:
    layout = Parquet(DIRECTORY.columns)
    layout.rows([listing(name=str(number)) for number in range(10_000)])
    making.workers._timeout_s = 0.001
    foot = layout.foot()
    with pytest.raises(UnavailableError):
        await making.workers.run(lambda: next(foot))


async def test_a_file_is_made_in_threads_that_answer_requests(making: Making) -> None:
    threads: list[str] = []

    class Noting(JsonLines):
        def rows(self, found: Sequence[dict[str, Any]]) -> bytes:
            threads.append(threading.current_thread().name)
            return super().rows(found)

        def foot(self) -> Iterator[bytes]:
            threads.append(threading.current_thread().name)
            yield b"end"

    content = [chunk async for chunk in making.exports._written(making.reading, Noting())]
    assert content[-1] == b"end"
    assert len(threads) == 2
    assert all(name.startswith("request") for name in threads)


def test_a_long_table_is_made_in_little_memory(tmp_path: Path) -> None:
    """Of 200 MB of rows no more is held than one group of them and what duckdb is."""
    program = """
        import json, resource
        from service.partners.parquet import Parquet
        from service.partners.lists import DIRECTORY

        def peak():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

        layout, before, size = Parquet(DIRECTORY.columns), peak(), 0
        for page in range(500):
            row = {each.path.partition(".")[0]: None for each in DIRECTORY.columns.values()}
            layout.rows([{**row, "description": f"{page} {n} " * 400} for n in range(100)])
        for chunk in layout.foot():
            size += len(chunk)
        print(json.dumps([size, peak() - before]))
    """
    # From a file: of what has none duckdb takes it that somebody looks on, and draws a bar.
    file = tmp_path / "program.py"
    file.write_text(textwrap.dedent(program))
    said = subprocess.run([sys.executable, file], capture_output=True, check=True).stdout
    size, grown = json.loads(said)
    assert size > 100_000
    assert grown < 150_000_000
