"""Go's own checksum-database code accepts the exported log, and finds what was changed in it."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from domain.ledger.checkpoint import Checkpoint
from service.transparency.export import export
from tests.service.coalition import Coalition
from tests.service.transparency.conftest import SignedLog

PROGRAM = Path(__file__).with_name("verify.go")
DEBIAN = Path("/usr/share/gocode")  # of golang-golang-x-mod-dev

pytestmark = pytest.mark.skipif(
    shutil.which("go") is None or not (DEBIAN / "src/golang.org/x/mod/sumdb").is_dir(),
    reason="Go and golang-golang-x-mod-dev are not installed (Debian has both)",
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verifier, built once."""
    folder = tmp_path_factory.mktemp("go")
    subprocess.run(
        ["go", "build", "-o", str(folder / "verify"), str(PROGRAM)],  # noqa: S607 - wherever it is
        check=True,
        timeout=110,
        env={
            **os.environ,
            "GO111MODULE": "off",
            "GOPATH": str(DEBIAN),
            "GOCACHE": str(folder / "cache"),
            "GOFLAGS": "",
        },
    )
    return folder / "verify"


def test_go_accepts_the_log_and_finds_every_change(program: Path, tmp_path: Path) -> None:
    coalition = Coalition(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path)
    log = SignedLog(coalition, tmp_path)
    for seats in range(300):
        log.grow(9 + seats)
    first = log.signer.sign()
    for seats in range(300):
        log.grow(400 + seats)
    log.signer.sign()
    out = tmp_path / "out"
    size = export(coalition.ledger.engine, out).size
    assert first is not None
    old = Checkpoint.parse(first.text)

    def verified() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(str(program), str(out), str(log.signer.keys[0].verifier)),
                *(str(old.size), base64.b64encode(old.root).decode()),
            ],
            check=False,
            capture_output=True,
            text=True,
        )

    good = verified()
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout == f"test.example/ledger {size} verified\n"
    for path in ("checkpoint", "tile/0/000", "tile/entries/001", f"tile/1/000.p/{size // 256}"):
        content = (out / path).read_bytes()
        changed = bytearray(content)
        changed[len(changed) // 2] ^= 1
        (out / path).write_bytes(changed)
        assert verified().returncode != 0, path
        (out / path).write_bytes(content)
    assert verified().returncode == 0
    coalition.close()
