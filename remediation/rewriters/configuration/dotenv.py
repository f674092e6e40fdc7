"""`.env` files: the value becomes a reference that `strongroom run --env-file` resolves; the line keeps its form."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

from remediation.errors import NotRewritable
from remediation.model import Step
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written, manual
from remediation.rewriters.configuration.scalars import Scalar, Site, locate, spliced, use_of
from remediation.rewriters.splice import Splice

_MARK = "\ufeff"
_EXAMPLES = (".env.example", ".env.sample", ".env.template", ".env.dist")
_COMPOSE = re.compile(r"(docker-)?compose[^/]*\.ya?ml\Z")
_EXAMPLE_HEAD = "# What to set. `strongroom run --env-file .env -- COMMAND` resolves the references.\n"


def _parse(data: bytes) -> list[Scalar]:
    return list(_scalars(data))


def _scalars(data: bytes) -> Iterator[Scalar]:
    from dotenv.parser import parse_stream

    text = data.decode("utf-8")
    # The library passes over a byte order mark without counting it.
    position = 3 if text.startswith(_MARK) else 0
    for number, each in enumerate(parse_stream(io.StringIO(text.removeprefix(_MARK), newline=""))):
        raw = each.original.string
        if each.error:
            raise NotRewritable("a line of the file is no assignment that its readers understand")
        if each.key is not None and each.value is not None:
            lead = raw.index("=", raw.index(each.key) + len(each.key)) + 1
            lead += len(raw[lead:]) - len(raw[lead:].lstrip(" \t"))
            quote = raw[lead] if raw[lead : lead + 1] in ("'", '"') else ""
            end = raw.rindex(quote) + 1 if quote else lead + len(each.value)
            start = position + len(raw[:lead].encode())
            yield Scalar(
                keys=(str(number), each.key),
                text=each.value,
                start=start,
                end=start + len(raw[lead:end].encode()),
                quote=quote,
            )
        position += len(raw.encode())


def _site(file: File, place: Place) -> Site:
    return locate(_parse(file.text.encode()), file.data, place)


def judge(file: File, place: Place) -> Use:
    """Return what a variable holds."""
    if file.name in _EXAMPLES:
        return use_of(_site(file, place), "environment-example")
    reason = f"start the program by `strongroom run --env-file {file.path} -- COMMAND`, which resolves the references"
    return use_of(_site(file, place), "environment-file", reason=reason, review=True)


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the file with references, and an example beside a `.env` that has none."""
    splices: list[Splice] = []
    expected: dict[tuple[str, ...], str] = {}
    for fetch in fetches:
        site = _site(file, fetch.place)
        start, end = (fetch.place.start, fetch.place.end) if site.literal else site.scalar.inner
        text = fetch.reference if site.literal else site.replaced_by(fetch.reference)
        splices.append(Splice(start=start, end=end, text=text.encode()))
        known = expected.get(site.scalar.keys, site.scalar.text)
        expected[site.scalar.keys] = known.replace(fetch.place.value.reveal_text(), fetch.reference, 1)
    after = spliced(file.data, splices, _parse, expected)
    files = {file.path: after}
    if file.name == ".env" and not any(file.folder + name in file.tree for name in _EXAMPLES):
        files[file.folder + _EXAMPLES[0]] = _example(after)
    names = sorted({keys[1] for keys in expected})
    return Written(files=files, steps=tuple(_handed_to_containers(file, names)))


def _handed_to_containers(file: File, names: Sequence[str]) -> Iterator[Step]:
    """Yield a step for each compose file that gives this file to its containers unread."""
    for path in sorted(path for path in file.tree if _COMPOSE.match(path.rsplit("/", 1)[-1])):
        data = file.tree[path]
        if b"env_file" in data and file.name.encode() in data:
            action = (
                f"list {', '.join(names)} under `environment:` of the services that name {file.name} in `env_file:`"
            )
            reason = (
                "compose hands an env_file over as it stands; a name alone takes the value that `strongroom run` set"
            )
            yield manual(path, data.count(b"\n", 0, data.index(b"env_file")) + 1, action, reason)


def _example(after: bytes) -> bytes:
    """Return the names that the file sets, with its references and no other value."""
    kept = ((one.keys[1], one.text if "{{resolve:" in one.text else "") for one in _scalars(after))
    return (_EXAMPLE_HEAD + "".join(f"{name}={text}\n" for name, text in kept)).encode()


def parses(data: bytes) -> bool:
    """Tell whether every line is an assignment."""
    try:
        _parse(data)
    except (NotRewritable, UnicodeDecodeError):
        return False
    return True
