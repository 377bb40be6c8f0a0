"""The locator finds exactly the values that the TOML reader finds, each on its line."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy import PolicyError
from domain.policy.errors import FieldPath, dotted
from domain.policy.locate import DEEPEST, locate
from tests.domain.policy.files import CATE_TOML, SMALL_TOML

# Each line that declares something ends in a comment with the paths that are declared there.
SAMPLE = r'''
plain = 1                                      #: plain
"quoted key" = "a # no comment"                #: "quoted key"
'single.quoted' = 'C:\no\escape'               #: "single.quoted"
"esc\"aped" = "\"]"                            #: "esc\"aped"
a . b. "c" = 1                                 #: a a.b a.b.c
a.b.d = [ 1, 2 ]                               #: a.b.d a.b.d[0] a.b.d[1]
text = """                                     #: text
[not.a.header]
not_a_key = 1
"" and \""" and ""x"""
after_text = 2026-05-01 07:32:00               #: after_text
five = """ends in two quotes"""""
raw = """"""
literal = \'\'\'
key = "no"
''\'\'\'
numbers = [                                    #: numbers
    1,                                         #: numbers[0]
    # 2,
    [3, 4],                                    #: numbers[1] numbers[1][0] numbers[1][1]
    "]", ',',                                  #: numbers[2] numbers[3]
    { x = 1, y.z = [ { w = "}" } ] },          #: numbers[4] numbers[4].x numbers[4].y
    [ { a.b = [ "]" ] } ],                     #: numbers[5][0].a.b numbers[5][0].a.b[0]
]
empty = []                                     #: empty
nothing = {}                                   #: nothing
[late.child]                                   #: late.child
x = +1_000                                     #: late.child.x
[late]                                         #: late
x = nan                                        #: late.x
[[list]]                                       #: list list[0]
[[ list ]]                                     #: list[1]
name = true                                    #: list[1].name
[list.inner]                                   #: list[1].inner
y = 0x_F                                       #: list[1].inner.y
[[list.deep]]                                  #: list[1].deep list[1].deep[0]
[[list.deep]]                                  #: list[1].deep[1]
z=1 #: list[1].deep[1].z
[[list]]                                       #: list[2]
[list.inner]                                   #: list[2].inner
'''.replace("\\'", "'").replace("0x_F", "0xF")


def paths_of(value: object, path: FieldPath = ()) -> Iterator[FieldPath]:
    """Yield the path of a value and of all within it."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths_of(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths_of(inner, (*path, index))


def test_every_value_is_on_the_line_that_says_so() -> None:
    found = {dotted(path): line for path, line in locate(SAMPLE).items()}
    for number, line in enumerate(SAMPLE.split("\n"), start=1):
        _, marked, names = line.partition("#:")
        for name in names.replace('"quoted key"', "quoted\0key").split() if marked else ():
            # A table that a later header declares is on the line of the header.
            wanted = name.replace("quoted\0key", '"quoted key"')
            assert found[wanted] == number, wanted


@pytest.mark.parametrize("text", [SAMPLE, CATE_TOML.decode(), SMALL_TOML.decode(), "", "a=1"])
def test_the_locator_finds_what_the_toml_reader_finds(text: str) -> None:
    assert set(locate(text)) == set(paths_of(tomllib.loads(text)))


keys = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,4}", fullmatch=True),
    st.sampled_from(['""', "'a.b'", '"a \\" ]"', "'#'", '"\\u00e9="']),
)
scalars = st.sampled_from(
    [
        "1",
        "-0.5e3",
        "true",
        '"#]},"',
        "'''\n]'''",
        '"""\n\\""" } """',
        "07:32:00",
        "1979-05-27 07:32:00Z",
    ]
)
gaps = st.sampled_from(["", " ", "\n", " # ]}\n", "\n\n\t"])


def written_array(items: list[str], gap: str, end: str) -> str:
    return f"[{gap}" + f"{gap},{gap}".join(items) + f"{end}]"


def written_inline_table(pairs: list[tuple[str, str]]) -> str:
    return "{ " + ", ".join(f"{key} = {value}" for key, value in pairs) + " }"


def containers_of(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arrays = st.builds(written_array, st.lists(inner, max_size=3), gaps, gaps)
    tables = st.lists(st.tuples(keys, inner), max_size=3).map(written_inline_table)
    return arrays | tables


values = st.recursive(scalars, containers_of, max_leaves=6)
dotted_keys = st.lists(keys, min_size=1, max_size=3).map(" . ".join)
statements = st.one_of(
    st.builds("{} = {}".format, dotted_keys, values),
    dotted_keys.map("[{}]".format),
    dotted_keys.map("[[{}]]".format),
    gaps.map(lambda gap: gap.rstrip("\n")),
)


@given(st.lists(statements, max_size=8).map("\n".join))
def test_any_document_that_is_sound_is_found_whole(text: str) -> None:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = locate(text)
    assert set(lines) == set(paths_of(document))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


def test_nesting_ends_at_the_limit() -> None:
    locate("a = " + "[" * DEEPEST + "1" + "]" * DEEPEST)
    with pytest.raises(PolicyError, match="line 1: nested more than 16 deep"):
        locate("a = " + "[" * (DEEPEST + 1) + "1" + "]" * (DEEPEST + 1))
