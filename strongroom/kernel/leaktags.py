"""The tags that tell of a leaked value: set where it is moved into a store, heeded where it is rotated or looked for.

Every client can read and set them, on this store as on Amazon's.
"""

from __future__ import annotations

SOURCE = "strongroom:source"
"""The fingerprint of a finding that the value was moved for."""
SHARED = "strongroom:shared"
"""On a secret that another fix than the one that made it relies on: the undo of that one leaves it."""
UNDONE = "strongroom:undone"
"""On a secret that waits for its deletion since its fix was undone: the next fix may have it back."""
LEAKED = "strongroom:leaked"
"""The id of the version that holds a value which was found in code."""
GRACE = "strongroom:grace"
"""How long that value may live on once it is replaced: `12h`, `7d`, `0h`."""
REFUSED = "strongroom:leaked-refused"
"""Since when the service refuses it, ISO 8601; `unknown` where nobody can try it."""
KEEPS_PREVIOUS = "strongroom:keeps-previous"
"""`true` on a signing key whose readers take what the version before has signed, so that it lives on in AWSPREVIOUS."""
UNKNOWN = "unknown"
