"""Files of evidence: one that is there to be read, one that was the wrong one, one that got old."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from domain.membership.application import AttachEvidence
from domain.membership.evidence_files import DeleteEvidenceFile, DeleteEvidenceFiles
from domain.policy import RequirementKind
from service.demo.case import Case
from service.demo.scene import SWEEP


def send(case: Case, at: datetime, text: str) -> DeleteEvidenceFile:
    """Add that the applicant sends a letter as a file; return what deletes it."""
    content = f"{text}\n\nInvented for demonstration.\n".encode()
    sha256 = hashlib.sha256(content).hexdigest()
    requirement = next(each for each in case.requirements if each.kind is RequirementKind.EVIDENCE)
    command = AttachEvidence(
        application=case.application,
        requirement=requirement.id,
        description="A letter, as a file.",
        sha256=sha256,
    )
    case.stage.add(at, case.applicant, command, file=content)
    return DeleteEvidenceFile(
        application=case.application, sha256=sha256, reason="It is an earlier letter."
    )


def send_wrong_one(case: Case, at: datetime) -> None:
    """Add that a file is sent, deleted, and replaced by another."""
    wrong = send(case, at + timedelta(minutes=7), "The letter of last year.")
    case.stage.add(at + timedelta(minutes=19), case.applicant, wrong)
    send(case, at + timedelta(minutes=26), "The letter of this year.")


def grow_old(case: Case, ended_at: datetime) -> None:
    """Add that the files of an application that came to nothing are deleted, in time."""
    stage = case.stage
    days = timedelta(days=stage.policy.deadlines.appeal_window_days + 1)
    # Early in the morning of Missouri, in summer and in winter.
    at = (ended_at + days).replace(hour=10, minute=5, second=0)
    if at < stage.ends_at:
        stage.add(at, SWEEP, DeleteEvidenceFiles(application=case.application))
