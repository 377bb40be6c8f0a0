"""The table of files of evidence that were deleted."""

from __future__ import annotations

import sqlalchemy as sa

from projections.columns import Json, current, metadata, positions

deleted_files = sa.Table(
    "deleted_files",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("application", sa.Text, nullable=False),
    sa.Column("files", Json, nullable=False),
    sa.Column("entries", Json, nullable=False),
    *positions(),
)
current("deleted_files_by_application", deleted_files.c.application)
