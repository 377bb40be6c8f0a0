"""The policy files that these tests read: the one that ships, and a small one of our own."""

from importlib.resources import files

from domain.policy import CATE_POLICY_RESOURCE, parse_policy

CATE_TOML = files("domain.policy").joinpath(CATE_POLICY_RESOURCE).read_bytes()
CATE = parse_policy(CATE_TOML)

UNVOTED_TOML = CATE_TOML
for _kind in ("admission", "tier-change"):
    _before, _rule, _after = UNVOTED_TOML.partition(f"[votes.{_kind}]".encode())
    UNVOTED_TOML = _before + _rule + _after.replace(b"required = true\n", b"", 1)
"""The policy that ships, save that admissions and changes of tier may do without a vote."""

SMALL_TOML = files("tests.domain.policy").joinpath("small.toml").read_bytes()
SMALL = parse_policy(SMALL_TOML)


def small_with(line: int, replacement: str, *, through: int | None = None) -> bytes:
    """Give the small file with a line, or all `through` another, replaced by other text."""
    lines = SMALL_TOML.decode().splitlines()
    lines[line - 1 : through or line] = replacement.split("\n")
    return "\n".join(lines).encode() + b"\n"
