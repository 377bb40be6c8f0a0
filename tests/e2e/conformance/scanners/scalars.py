# It belongs to no package: schemathesis loads it by SCHEMATHESIS_HOOKS.
# ruff: noqa: INP001
"""What schemathesis needs to know of this schema: its scalars, and which errors are documented."""

import re
from base64 import urlsafe_b64encode
from pathlib import Path

import schemathesis
from graphql import parse_value
from hypothesis import strategies as st
from hypothesis_graphql import nodes

PAGE = (Path(__file__).parents[4] / "docs" / "errors.md").read_text(encoding="utf-8")
FAULTS = {"INTERNAL", "UNAVAILABLE", "TOO_SLOW"}
DOCUMENTED = set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, flags=re.MULTILINE)) - FAULTS

SCALARS = {
    "CommandId": st.uuids().map(str),
    "Date": st.dates().map(str),
    "DateTime": st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0")),
    "Ein": st.from_regex(r"[0-9]{9}", fullmatch=True),
    "Fips": st.from_regex(r"29[0-9]{3}", fullmatch=True),
    "Sha256": st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
}
for name, texts in SCALARS.items():
    schemathesis.graphql.scalar(name, texts.map(nodes.String))

POINTS = st.binary(min_size=32, max_size=32).map(urlsafe_b64encode).map(bytes.decode)
schemathesis.graphql.scalar(
    "Jwk",
    POINTS.map(lambda x: parse_value(f'{{kty: "OKP", crv: "Ed25519", x: "{x.rstrip("=")}"}}')),
)


@schemathesis.check  # type: ignore[untyped-decorator]  # it is not installed here
def only_documented_errors(
    _context: schemathesis.CheckContext, response: schemathesis.Response, _case: schemathesis.Case
) -> None:
    """Hold every error to docs/errors.md; the check of schemathesis itself would have none."""
    assert response.status_code < 500, response.text
    for error in response.json().get("errors", []):
        assert error["extensions"]["code"] in DOCUMENTED, error
