import os
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from service.ledger.sealing import DataKey, SealBrokenError, open_sealed, place, seal

KEY = DataKey("0" * 32, AESGCM(bytes(range(32))))
PLACE = place("ledger.example/log", "e" * 32, "data.note")


@given(st.binary(max_size=300))
def test_what_was_sealed_opens_in_its_place(plaintext: bytes) -> None:
    sealed = seal(KEY, PLACE, plaintext)
    assert len(sealed) == len(plaintext) + 28
    assert open_sealed(KEY, PLACE, sealed) == plaintext


@pytest.mark.parametrize(
    "elsewhere",
    [
        place("ledger.example/other", "e" * 32, "data.note"),
        place("ledger.example/log", "f" * 32, "data.note"),
        place("ledger.example/log", "e" * 32, "data.reason"),
    ],
)
def test_a_value_moved_elsewhere_does_not_open(elsewhere: bytes) -> None:
    with pytest.raises(SealBrokenError):
        open_sealed(KEY, elsewhere, seal(KEY, PLACE, b"value"))


def test_a_value_sealed_under_another_key_does_not_open() -> None:
    other = DataKey("1" * 32, AESGCM(os.urandom(32)))
    with pytest.raises(SealBrokenError, match="1" * 32):
        open_sealed(other, PLACE, seal(KEY, PLACE, b"value"))


@given(st.integers(0, 8 * 33 - 1))
def test_a_value_with_a_flipped_bit_does_not_open(bit: int) -> None:
    sealed = bytearray(seal(KEY, PLACE, b"value"))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBrokenError):
        open_sealed(KEY, PLACE, bytes(sealed))


def test_a_value_too_short_to_be_sealed_does_not_open() -> None:
    with pytest.raises(SealBrokenError, match="at least 28 bytes, not 27"):
        open_sealed(KEY, PLACE, bytes(27))


def test_a_value_sealed_by_another_implementation_opens() -> None:
    nonce = bytes(range(12))
    sealed = nonce + AESGCM(bytes(range(32))).encrypt(nonce, b"value", PLACE)
    assert open_sealed(KEY, PLACE, sealed) == b"value"


def test_places_cannot_be_confused() -> None:
    with pytest.raises(ValueError, match="single lines"):
        place("a\nb", "c", "d")


def test_no_nonce_is_used_twice() -> None:
    nonces = [seal(KEY, PLACE, b"")[:12] for _ in range(5_000)]
    assert len(set(nonces)) == 5_000


FORK = """
import os
import subprocess
import sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from service.ledger.sealing import DataKey, seal

key = DataKey("0" * 32, AESGCM(bytes(32)))
seal(key, b"", b"")
child = os.fork()
for _ in range(600):
    os.write(1, seal(key, b"", b"")[:12])
if child:
    os.waitpid(child, 0)
"""


def test_a_forked_child_draws_nonces_of_its_own() -> None:
    # In a process of its own, since forking one that has threads is asking for trouble.
    run = subprocess.run([sys.executable, "-c", FORK], check=True, capture_output=True)
    nonces = [run.stdout[i : i + 12] for i in range(0, len(run.stdout), 12)]
    assert len(set(nonces)) == len(nonces) == 1_200


def test_the_key_is_not_shown() -> None:
    assert repr(KEY) == f"DataKey(key_id='{'0' * 32}')"
