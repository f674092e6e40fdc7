"""The picture that an authenticator application is shown: a QR code as PNG."""

from __future__ import annotations

import io

from strongroom.kernel.secretvalue import SecretValue


def picture(address: SecretValue) -> bytes:
    """Return the QR code of an `otpauth://` address as a PNG file."""
    import segno

    file = io.BytesIO()
    segno.make_qr(address.reveal_text(), error="m").save(file, kind="png", scale=5, border=4)
    return file.getvalue()
