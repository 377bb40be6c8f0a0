"""When files of evidence are deleted: by whoever gave one, the director, or the days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from domain.decision import (
    Decision,
    Fact,
    Moment,
    RefusalCode,
    in_words,
    refuse,
    refuse_backdated,
    refuse_input,
    refuse_unknown,
)
from domain.membership.application import Application, refuse_phase
from domain.membership.evidence_files import (
    DeleteEvidenceFile,
    DeleteEvidenceFiles,
    EvidenceFileDeleted,
)
from domain.membership.phases import AFTER_REVIEW
from domain.membership.review import Review
from domain.policy import Policy
from domain.terms import ApplicationPhase

RELIED_ON: Final = (*AFTER_REVIEW, ApplicationPhase.APPEALED)
"""Where a recommendation rests on the files, and a decision or an appeal is to come."""

OVER: Final = (
    ApplicationPhase.DECLINED,
    ApplicationPhase.WITHDRAWN,
    ApplicationPhase.EXPIRED,
)
"""Where nothing came of an application."""

_NOW: Final = "a file is deleted on the day on which that is said"


def decide_delete_evidence_file(
    application: Application,
    review: Review,
    command: DeleteEvidenceFile,
    moment: Moment,
    *,
    files: Mapping[str, str],
    by_director: bool,
) -> Decision:
    """Delete a file, attached to something or not.

    Refuses the hash of a file that is not kept, and while a decision or an appeal is to come for
    which a recommendation rests on the files. What should never have been written the director
    deletes at any time.

    Args:
        application: what it was sent for.
        review: what was deleted before.
        command: which, and why.
        moment: when it is decided.
        files: the ids of the files that are kept for the application, by hash.
        by_director: whether it is the director who deletes it.
    """
    if application.phase is None:
        return refuse_unknown("application")
    file = files.get(command.sha256)
    if file is None:
        return refuse_input(
            "sha256",
            "evidence.file",
            "No file of this application has this hash.",
            "The hash of a file that is kept.",
        )
    if file in review.deleted_files:
        return []
    if application.phase in RELIED_ON and not by_director:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "evidence.relied-on",
            f"The application is {in_words(application.phase)}: what was found rests on its files.",
            "The director, who can delete one.",
        )
    if refusal := refuse_backdated(moment, _NOW):
        return refusal
    return [_deleted(application, command.sha256, file, command.reason)]


def decide_delete_evidence_files(
    application: Application,
    review: Review,
    _: DeleteEvidenceFiles,
    moment: Moment,
    policy: Policy,
    *,
    files: Mapping[str, str],
) -> Decision:
    """Delete what is left of an application that was declined, withdrawn, or has expired.

    Refuses one that is not over, and before the days of an appeal are, by the policy of then.

    Args:
        application: what they were sent for.
        review: what was deleted before.
        moment: when it is decided.
        policy: the policy of the day on which it was over.
        files: the ids of the files that are kept for it, by hash.
    """
    left = {sha256: file for sha256, file in files.items() if file not in review.deleted_files}
    if not left:
        return []
    if refusal := refuse_phase(application, *OVER):
        return refusal
    ended = application.ended or moment.today
    last = ended + timedelta(days=policy.deadlines.appeal_window_days)
    if moment.today <= last:
        return refuse(
            RefusalCode.NOT_YET,
            "deadlines.appeal_window_days",
            f"The files of the application are kept through {last}.",
            "Waiting for that day to pass.",
        )
    if refusal := refuse_backdated(moment, _NOW):
        return refusal
    return [_deleted(application, sha256, file, None) for sha256, file in sorted(left.items())]


def _deleted(application: Application, sha256: str, file: str, reason: str | None) -> Fact:
    event = EvidenceFileDeleted(application=application.id, file=file, sha256=sha256, reason=reason)
    return Fact(application.review, event)
