"""What a client sends over a WebSocket, as bytes."""

from __future__ import annotations

import msgspec
from websockets.frames import Frame, Opcode

from tests.service.generated_variables import as_json


class Said(msgspec.Struct, frozen=True):
    """A message, whole or in several frames.

    Attributes:
        content: its bytes.
        opcode: of its first frame.
        parts: how many frames it is sent in, a ping between any two.
    """

    content: bytes
    opcode: Opcode = Opcode.TEXT
    parts: int = 1

    @property
    def frames(self) -> bytes:
        """The message as it is sent."""
        size = -(-len(self.content) // self.parts) or 1
        found = [self.content[at : at + size] for at in range(0, len(self.content), size)] or [b""]
        frames = b""
        for number, part in enumerate(found):
            opcode = Opcode.CONT if number else self.opcode
            frames += frame(opcode, part, fin=number == len(found) - 1)
            if number < len(found) - 1:
                frames += frame(Opcode.PING, b"between")
        return frames


def frame(opcode: Opcode, content: bytes = b"", *, fin: bool = True) -> bytes:
    """Return a frame as a client sends it."""
    return Frame(opcode, content, fin).serialize(mask=True)


def said(**message: object) -> Said:
    """Return a message of JSON."""
    return Said(as_json(message))
