"""The keeper that several people open together: a key in shares by SLIP-39, some of which bring it back.

The shares are of a key that wraps the root key, not of the root key: new shares make old ones worthless.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from strongroom.kernel.errors import UsageError
from strongroom.kernel.secretvalue import SecretValue
from vault.crypto.aead import generate_key
from vault.domain.errors import Sealed
from vault.seal.asking import asked, line_of, on_terminal
from vault.seal.base import Envelope, unwrap_under, wrap_under

MOST_SHARES = 16
"""Of one set (SLIP-39)."""

HandOut = Callable[[Sequence[SecretValue]], None]


class Shamir:
    """Hands out shares of a new key; reads shares from lines of standard input, or asks for them on a terminal.

    Shares that were `given` already are taken instead.
    """

    name = "shamir"

    def __init__(
        self,
        shares: int = 5,
        threshold: int = 3,
        hand_out: HandOut | None = None,
        source: int = 0,
        given: Sequence[SecretValue] | None = None,
    ) -> None:
        self._shares = shares
        self._threshold = threshold
        self._hand_out = hand_out
        self._source = source
        self._at_hand = given

    def wrap(self, root_key: SecretValue, store_id: str) -> Envelope:
        """Return the root key under a key whose shares were handed out. Raises `UsageError` for impossible numbers."""
        if not 2 <= self._threshold <= self._shares <= MOST_SHARES:
            raise UsageError(f"shares and threshold must be: 2 <= threshold <= shares <= {MOST_SHARES}")
        if self._hand_out is None:
            raise UsageError(
                "nobody would see the shares here", hint="make the vault with: strongroom vault init --root-key shamir"
            )
        library = _library()
        key = SecretValue(generate_key())
        shares = library.generate_mnemonics(1, [(self._threshold, self._shares)], key.reveal())[0]
        parameters = {
            "set": library.Share.from_mnemonic(shares[0]).identifier,
            "shares": self._shares,
            "threshold": self._threshold,
        }
        envelope = wrap_under(key, root_key, Envelope(keeper=self.name, store_id=store_id, parameters=parameters))
        # Before the envelope is written: one whose shares nobody has would be a lost store.
        self._hand_out([SecretValue(share) for share in shares])
        return envelope

    def unwrap(self, envelope: Envelope) -> SecretValue:
        """Return the root key. Raises `Sealed` for wrong, repeated, foreign or too few shares, each by its number."""
        expected = envelope.parameter("set", int)
        threshold, count = envelope.parameter("threshold", int), envelope.parameter("shares", int)
        library = _library()
        given: dict[int, str] = {}
        for number, text in enumerate(self._given(threshold), 1):
            share = _share(library, number, text, expected)
            if share.index in given:
                raise Sealed(f"Share {number} was given before; {threshold} different ones of {count} are needed.")
            given[share.index] = text.reveal_text()
        if len(given) < threshold:
            raise Sealed(
                f"{len(given)} of {threshold} needed shares were given; give one on each line of standard input, "
                "or run the command on a terminal."
            )
        return unwrap_under(_combined(library, given), envelope, _REFUSAL)

    def _given(self, threshold: int) -> Iterator[SecretValue]:
        if self._at_hand is not None:
            yield from self._at_hand
            return
        for number in range(1, threshold + 1):
            if on_terminal(self._source):
                yield asked(f"share {number} of {threshold} needed")
            elif share := line_of(self._source):
                yield share
            else:
                return


def index_of(share: SecretValue, number: int, envelope: Envelope) -> int:
    """Return which share of the present set it is. Raises `Sealed` for one of another set or with a wrong word."""
    index: int = _share(_library(), number, share, envelope.parameter("set", int)).index
    return index


_REFUSAL = "The shares do not open the root key, or its envelope was changed; give shares of the present set."


def _share(library: Any, number: int, text: SecretValue, expected: int) -> Any:
    try:
        share = library.Share.from_mnemonic(text.reveal_text().strip())
    except (library.MnemonicError, ValueError):
        raise Sealed(f"Share {number} is not a share, or one of its words is wrong; look at it again.") from None
    if share.identifier != expected:
        raise Sealed(f"Share {number} belongs to another set; give shares of this vault's present set.")
    return share


def _combined(library: Any, given: dict[int, str]) -> SecretValue:
    try:
        return SecretValue(library.combine_mnemonics(list(given.values())))
    except library.MnemonicError:
        raise Sealed(_REFUSAL) from None


def _library() -> Any:
    try:
        import shamir_mnemonic
    except ImportError:
        command = f"{sys.executable} -m pip install 'strongroom[shamir]'"
        raise UsageError("shares need the library shamir-mnemonic", hint=command) from None
    return shamir_mnemonic
