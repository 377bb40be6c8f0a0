"""Files of evidence: that one was deleted, which is all that the ledger knows of them by itself."""

from __future__ import annotations

from typing import ClassVar

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Staff
from domain.terms import ApplicationId, Sha256, Text


class EvidenceFileDeleted(Event, frozen=True, kw_only=True):
    """A file of evidence was deleted: nobody reads it from now on. Stream: the review.

    Confidential, since what an applicant takes back is nobody else's business.

    Attributes:
        application: what it was sent for.
        file: the id by which it was kept, so that the same content may be sent again.
        sha256: of its content, as `EvidenceAttached` has it; a file may be attached to nothing.
        reason: why; left out by who gives none, and where it is deleted because it is over.
    """

    stored_name: ClassVar[str] = "review.evidence_file_deleted.v1"
    confidential: ClassVar[bool] = True

    application: Staff[ApplicationId] = UNSET
    file: Staff[str] = UNSET
    sha256: Staff[str] = UNSET
    reason: Staff[str | None] = UNSET


class DeleteEvidenceFile(Command, frozen=True, kw_only=True):
    """Delete a file of evidence, for good."""

    application: ApplicationId
    sha256: Sha256
    reason: Text | None = None


class DeleteEvidenceFiles(Command, frozen=True, kw_only=True):
    """Delete every file of an application that has been over for as long as an appeal may take."""

    application: ApplicationId
