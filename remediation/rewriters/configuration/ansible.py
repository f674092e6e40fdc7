"""Ansible: the value becomes a lookup, which runs on the controller each time the variable is used.

Source: Ansible documentation, `amazon.aws.secretsmanager_secret` (lookup); `nested` reads one field of a JSON secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from remediation.errors import NotRewritable
from remediation.model import Step
from remediation.rewriters.configuration import yaml_text
from remediation.rewriters.configuration.in_yaml import rewritten
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written, manual
from remediation.rewriters.configuration.scalars import locate, use_of

parses = yaml_text.parses
_COLLECTION = "amazon.aws"


def judge(file: File, place: Place) -> Use:
    """Return what a variable or an argument of a task holds."""
    site = locate(yaml_text.scalars(file.data), file.data, place)
    if site.scalar.tag.endswith("vault"):
        raise NotRewritable("the text is encrypted by ansible-vault")
    if site.before.rfind("{{") > site.before.rfind("}}") or site.scalar.keys[-1] in ("when", "that"):
        raise NotRewritable("the value stands inside an expression; make it a variable of its own")
    return use_of(site, "ansible-lookup")


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the file with lookups."""
    scalars = yaml_text.scalars(file.data)

    def text(fetch: Fetch) -> str:
        quoted = locate(scalars, file.data, fetch.place).scalar.quote == "'"
        return _lookup(fetch, '"' if quoted else "'")

    written = rewritten(file, fetches, text)
    return Written(files=written.files, steps=tuple(_collection(file)))


def _lookup(fetch: Fetch, quote: str) -> str:
    plugin = f"{quote}{_COLLECTION}.secretsmanager_secret{quote}"
    if not fetch.field:
        return f"{{{{ lookup({plugin}, {quote}{fetch.name}{quote}) }}}}"
    return f"{{{{ lookup({plugin}, {quote}{fetch.name}.{fetch.field}{quote}, nested=true) }}}}"


def _collection(file: File) -> Iterator[Step]:
    listed = [path for path in file.tree if path.rsplit("/", 1)[-1] in ("requirements.yml", "requirements.yaml")]
    if not any(_COLLECTION.encode() in file.tree[path] for path in listed):
        action = f"ansible-galaxy collection install {_COLLECTION}, and list it in requirements.yml"
        yield manual(listed[0] if listed else file.path, 1, action, "the lookup needs it, and boto3, on the controller")
