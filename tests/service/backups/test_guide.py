"""The commands of the operators' guide back up and restore."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from service.transparency.signer import Signer
from tests.service.backups.conftest import Custody
from tests.service.ledger.erasures import assert_views_follow, public

GUIDE = (Path(__file__).parents[3] / "docs/operators.md").read_text()


def test_the_guide_says_how(custody: Custody) -> None:
    section = GUIDE.split("\n## Backing up, and restoring\n")[1].split("\n## ")[0]
    backing_up, *restoring = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    before = public(custody.coalition.ledger)
    folder = custody.place.folder
    environment = custody.place.environment
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for name in ("backups", "backups-of-keys"):
        (folder / name).mkdir()

    def run(commands: str) -> None:
        subprocess.run(["/bin/bash", "-euc", commands], check=True, cwd=folder, env=environment)

    run(backing_up)
    (ledger,) = (folder / "backups").iterdir()
    (keys,) = (folder / "backups-of-keys").iterdir()
    custody.lose_ledger()
    custody.lose_keys()
    custody.signed.path.unlink()
    shutil.rmtree(custody.evidence_path, ignore_errors=True)
    environment |= {
        "LEDGER_BACKUP": str(ledger),
        "KEYS_BACKUP": str(keys),
        "COALITION_SIGNED_FILE": str(custody.signed.path),
    }
    assert len(restoring) == 3
    for commands in restoring:
        run(commands)

    with closing(custody.reopen()) as restored:
        assert public(restored) == before
        assert_views_follow(restored)
        Signer(restored, custody.signed).check()
