"""What was put to a vote: which votes are open, and which were the last on the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from domain.coalition.vote import VoteClosed, VoteOpened
from domain.ledger.disclosure import Event, revealed
from domain.policy import VoteKind
from domain.terms import VoteId


@dataclasses.dataclass
class Asked:
    """A fold over every stream, which changes in place as the register does.

    Rules look at the last vote of each kind on the same, so that no earlier one is kept. An
    application knows the last vote on it by itself.

    Attributes:
        open_votes: the votes that are not closed.
    """

    open_votes: set[VoteId] = dataclasses.field(default_factory=set)
    _last: dict[str, dict[VoteKind, VoteId]] = dataclasses.field(default_factory=dict)

    def apply(self, stream: str, event: Event) -> None:
        """Take an event of a stream into account; most events change nothing here."""
        vote = VoteId(stream)
        match event:
            case VoteOpened():
                self.open_votes.add(vote)
                subject = event.proposal_sha256 or revealed(event.membership)
                if subject is not None:
                    self.note(subject, event.kind, vote)
            case VoteClosed():
                self.open_votes.discard(vote)
            case _:
                pass

    def note(self, subject: str, kind: VoteKind, vote: VoteId) -> None:
        """Know a vote on a membership or a policy file, opened after all that are known."""
        last = self._last.setdefault(subject, {})
        last.pop(kind, None)
        last[kind] = vote

    def last(self, subject: str, kinds: Collection[VoteKind]) -> VoteId | None:
        """Return the last vote of some kinds on a membership or a policy file, if there was one.

        Args:
            subject: the membership's id, or the SHA-256 of the file.
            kinds: what the vote decides.
        """
        last = self._last.get(subject, {})
        return next((last[kind] for kind in reversed(last) if kind in kinds), None)
