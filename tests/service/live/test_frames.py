"""What is told over WebSocket, as bytes: what the library would send."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from service.server import text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_a_text_is_the_frame_that_the_library_makes(size: int) -> None:
    text = "é" * (size // 2) + "a" * (size % 2)

    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
