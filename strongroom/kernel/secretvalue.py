"""A secret value that refuses to be printed, formatted, pickled or serialised by accident."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_MASK = "<secret>"


class SecretValue:
    """Bytes of a credential. `reveal()` and `reveal_text()` are the only doors, so that uses can be grepped.

    Accepts `bytes`, or `str` which is kept as UTF-8. Equality is constant-time; hashing is refused,
    group by `digest(key)` instead.
    """

    __slots__ = ("_data",)

    def __init__(self, value: bytes | str) -> None:
        data = value.encode("utf-8") if isinstance(value, str) else bytes(value)
        object.__setattr__(self, "_data", data)

    def reveal(self) -> bytes:
        """Return the plaintext bytes."""
        data: bytes = object.__getattribute__(self, "_data")
        return data

    def reveal_text(self) -> str:
        """Return the plaintext as text. Raises `ValueError`, without the value, where it is not UTF-8."""
        try:
            return self.reveal().decode("utf-8")
        except UnicodeDecodeError:
            raise ValueError("the secret value is binary, not UTF-8 text") from None

    @property
    def is_text(self) -> bool:
        """Tell whether the value is valid UTF-8 without NUL, so that it can be a SecretString."""
        try:
            return "\x00" not in self.reveal().decode("utf-8")
        except UnicodeDecodeError:
            return False

    def digest(self, key: bytes) -> str:
        """Return a hex HMAC-SHA256 of the value under `key`: equal for equal values, useless without the key."""
        # Imported here: most scans find nothing, and OpenSSL's start costs as much as a hook's.
        import hmac

        return hmac.new(key, self.reveal(), "sha256").hexdigest()

    def __len__(self) -> int:
        return len(self.reveal())

    def __bool__(self) -> bool:
        return bool(self.reveal())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretValue):
            return NotImplemented
        import hmac

        return hmac.compare_digest(self.reveal(), other.reveal())

    __hash__ = None  # type: ignore[assignment]

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a SecretValue cannot be changed")

    def __repr__(self) -> str:
        return _MASK

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a SecretValue cannot be pickled or copied out")
