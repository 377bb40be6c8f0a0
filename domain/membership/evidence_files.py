"""What was given for an application, and that a file of it was deleted."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import msgspec

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Staff
from domain.terms import ApplicationId, Sha256, Text


class EvidenceFileDeleted(Event, frozen=True, kw_only=True):
    """A file of evidence was deleted: nobody reads it from now on. Stream: the application.

    Confidential, since what an applicant takes back is nobody else's business.

    Attributes:
        file: the id by which it was kept, so that the same content may be sent again.
        sha256: of its content, as `EvidenceAttached` has it; a file may be attached to nothing.
        reason: why; left out by who gives none, and where it is deleted because it is over.
    """

    stored_name: ClassVar[str] = "application.evidence_file_deleted.v1"
    confidential: ClassVar[bool] = True

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


class Evidence(msgspec.Struct, frozen=True):
    """One thing that was attached: what it is, and the hash of its file, if it is one."""

    description: str
    sha256: str | None


class AttestedShare(msgspec.Struct, frozen=True, kw_only=True):
    """A share as the applicant stated it."""

    numerator: int
    denominator: int
    basis: str
    period_start: date
    period_end: date
