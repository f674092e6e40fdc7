"""Words that make a text worth a look although no credential's name need stand in it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from scanner.rulebook.model import RuleBook

PYTHON_WORDS = (
    "smtplib", "imaplib", "poplib", "ftplib", "ldap", "hmac.", "jwt", "basicauth", "fernet", "auth=(",
)  # fmt: skip
"""Words of calls that take a credential by position; lower case."""

PYTHON_ENDINGS = (".py", ".pyw")

ALLOWANCE = "strongroom:allow"
"""What our own inline allowances start with: a text that holds one is looked at although nothing is suspected in it."""


def schemes(book: RuleBook) -> frozenset[str]:
    """Return the schemes of connection URLs, whose parts a program may join."""
    connections = [rule for rule in book.pattern_rules if rule.layout == "connection"]
    return frozenset(word for rule in connections for word in rule.keywords if word.isalpha())
