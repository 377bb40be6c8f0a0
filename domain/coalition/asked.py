"""What was put to a vote: which votes are open, and which there were on the same."""

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

    An application knows the last vote on it by itself.

    Attributes:
        open_votes: the votes that are not closed.
    """

    open_votes: set[VoteId] = dataclasses.field(default_factory=set)
    _about: dict[str, list[tuple[VoteKind, VoteId]]] = dataclasses.field(default_factory=dict)

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
        self._about.setdefault(subject, []).append((kind, vote))

    def about(self, subject: str, kinds: Collection[VoteKind]) -> list[VoteId]:
        """Return the votes of some kinds on a membership or a policy file, in order.

        Args:
            subject: the membership's id, or the SHA-256 of the file.
            kinds: what the votes decide.
        """
        return [vote for kind, vote in self._about.get(subject, ()) if kind in kinds]

    def last(self, subject: str, kinds: Collection[VoteKind]) -> VoteId | None:
        """Return the last vote of some kinds on a membership or a policy file, if there was one.

        Args:
            subject: the membership's id, or the SHA-256 of the file.
            kinds: what the vote decides.
        """
        votes = self.about(subject, kinds)
        return votes[-1] if votes else None
