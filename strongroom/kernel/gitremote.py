"""What git is given when it talks to a remote by itself: nobody is asked, and a password is in its environment alone.

A credential helper that reads the environment of git is asked for one origin only, so that the password stands in no
argument, no address and no file (gitcredentials(7)).
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom.kernel.secretvalue import SecretValue

SAFE = ("core.hooksPath=/dev/null", "gc.auto=0", "core.askPass=")
"""Settings for every run: no hook, no program that asks, and nothing collected behind our back."""
_KEPT = frozenset(
    [
        *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
        *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT"),
        *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_NO_VERIFY", "GIT_PROXY_SSL_CAINFO"),
    ]
)
_ASKS_NOBODY = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": "", "GCM_INTERACTIVE": "never"}
_USER, _PASSWORD = "STRONGROOM_GIT_USER", "STRONGROOM_GIT_PASSWORD"
_HELPER = f'!f() {{ test "$1" = get && printf "username=%s\\npassword=%s\\n" "${_USER}" "${_PASSWORD}"; }}; f'


def environment(protocols: str) -> dict[str, str]:
    """Return the variables of a git that may speak `protocols` (`file:https`): what the user has set for it counts.

    That is settings, certificates and the way to ssh; what names another repository, index or program does not.
    """
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("GIT_") or name in _KEPT}
    return {
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
        **inherited,
        **_ASKS_NOBODY,
        "GIT_ALLOW_PROTOCOL": protocols,
        "LC_ALL": "C",
    }


def login_settings(origin: str) -> tuple[str, ...]:
    """Return the settings with which git logs in at `origin` (scheme, host and port) by `login_variables`."""
    return ("credential.helper=", f"credential.{origin}.helper={_HELPER}")


def login_variables(user: str, password: SecretValue) -> Mapping[str, str]:
    """Return the variables that `login_settings` read."""
    return {_USER: user, _PASSWORD: password.reveal_text()}
