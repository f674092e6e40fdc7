"""Drops values that stand for a credential and are none: placeholders, dummies, plain texts, names of things."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from scanner.detectors.entropy import is_words, weigh
from scanner.filters.base import Subject, Verdict, table
from scanner.filters.basic import without_user
from scanner.filters.drawn import HASH, drawn_base64, drawn_between_dots, drawn_with_signs
from scanner.filters.meant import unescaped
from scanner.filters.paths import file_kind
from scanner.filters.weak import tried_first
from scanner.model import Confidence
from scanner.rulebook.model import ValueKind
from scanner.rulebook.names import normalised
from strongroom.kernel.record import replace

_TEMPLATE = re.compile(
    r"<[^<>]{0,80}>|\$\{.*\}|\$\(.*\)|\{\{.*\}\}|\{%.*%\}|\{[\w.!:\[\]'\"(), ]{0,80}\}|#\{.*\}|%\(\w+\)[sdr]"
    r"|%[sdrq](?:\\[nrt].*)?|@[\w.]+@|\$[A-Za-z_]\w*|__\w+__|%\w+%|\[\[?[\w .\-]+\]\]?|\[[A-Za-z_.]+\(.*\)[\w.\[\]]*\]"
    r"|:\w+|\{[A-Za-z_][\w.]*\(.*|(?:\{[A-Za-z_][^{}]{0,80}\}){2,8}"
)
_FILLED_IN = re.compile(r"\{(?:[0-9]\}|[a-z_]{4,40}(?:\.[a-z_]{1,40}){0,8}\()")
"""Where Python and others put a value in: `order-{0}`, `order-{drawn(`."""
_SCHEME = re.compile(r"\A(?:basic|bearer|token|api-?key|bot|oauth|jwt|ssws|splunk|geniekey)\s+(?=\S)", re.IGNORECASE)
"""The scheme in front of the credential in an Authorization header (RFC 9110, section 11.4)."""
_CREDENTIAL_WORD = re.compile(r"pass|secret|token|key|credential|auth|login|api|jwt|bearer", re.IGNORECASE)
_LABELLING = re.compile(
    rf"{_CREDENTIAL_WORD.pattern}|pwd|kennwort|passwort|input|field|label|button|btn|icon|hint|modal|toggle",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?:[^\W\d_]+ )?(?:pass(?:word|phrase|code)|kennwort|passwort|secret|token|pin|api key)"
    r"(?:\b\W*\s.*|\\?:)",
    re.IGNORECASE,
)
"""What a text says of a credential, which begins it: `Password (2nd): `, `Passwort\\:`."""
_HUMAN_TEXT = re.compile(r"[^\W\d_]{2,}[,.:;!?]?\s+(?:\S{1,4}\s+)?[(\"']?[^\W\d_]{2,}")
_LETTERS = re.compile(r"[^\W\d_]+(?:[ '\u2019-][^\W\d_]+)*\\?[ .:…]*")
_APP_PASSWORD = re.compile(r"[a-z]{4}(?: [a-z]{4}){3}")
"""The form in which Google shows a password that it draws for one application."""
_WALLET = re.compile(r"(?:[a-z]{3,8} ){11}(?:(?:[a-z]{3,8} ){3}){0,4}[a-z]{3,8}")
"""The words of a wallet's key: twelve to twenty-four in threes, none as short or long as sentences' are (BIP 39)."""
_PASSPHRASE = re.compile(r"[a-z]{3,}(?:[ ][a-z]{3,}){3,}(?:[ ]\d{1,4})?")
"""Words drawn for a passphrase: of sentences some are short, or begin or end otherwise."""
_PATH = re.compile(
    r"~?\.{0,2}/[\w./\-]*|/[\w\-]+(?:/:?[\w\-]+)+[?*]?|[A-Za-z]:\\.*|[\w\-]+(?:/[\w.\-*{}]+){2,}|@?[\w./~\-]+\.(?:pem|key|crt|json|ya?ml|txt|py|js|html?|php|png|ini|conf|env)"
)
_URL = re.compile(r"(?:[a-z][a-z0-9+.\-]*:)?//\S*|[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+", re.IGNORECASE)
_REGEX = re.compile(
    r"\^.*\$?|.*\[[^\]]*[A-Za-z0-9]-[A-Za-z0-9][^\]]*\][*+{?].*|.*\[\^?[A-Za-z]-[A-Za-z].*|.*\\[dwsb][+*{].*|.*\(\?[:=!<P].*"
)
_FIELD_RULES = re.compile(r"[a-z_]+(?::[\w,.]+)?(?:\|[a-z_]+(?::[\w,.]+)?)+")
"""What a form's field has to keep: `required|min:8`."""
_IDENTIFIERS = re.compile(
    r"[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+(?:\(.*\)?)?[;,]?|\w+\(.*\)?;?|\w+\[.*\]?|--?[a-z][a-z0-9\-]+(?:=[\w./\-]*)?"
)
_CHOSEN = re.compile(r"(?=[^\d]*\d)[A-Z]\w*(?:\.[A-Z]\w*)+")
"""Words with a digit between dots, which people choose for passwords: fields of objects are rarely called so."""
_STATEMENT = re.compile(
    r"\s*(?:select|insert\s+into|update|delete|create|alter|drop|truncate|merge|grant|set|call|exec(?:ute)?|with)\s+\S.*"
    r"(?:=|\bfrom\b|\bset\b|\bvalues\b|\btable\b|\bexists\b|\(|\?).*|(?:regexp_)?replace\(.*\)",
    re.IGNORECASE | re.DOTALL,
)
"""A statement of SQL, which a program names by what it does to a column: `UPDATE_PASSWORD`."""
_STEPS = r"\w+(?:\[[\d*-]+\])?(?:\.\w+(?:\[[\d*-]+\])?)*"
_DOCUMENT_PATH = re.compile(rf"(?=.*(?:\[|\|\||&&)){_STEPS}(?: (?:\|\||&&) {_STEPS})*")
"""A JMESPath expression, such as `NextMarker || Contents[-1].Key`."""
_BEHIND_A_TEXT = re.compile(
    r"[\"']\s*[.+,;)\]}&|?].*|\)\s*(?:&&|\|\||[!=]=|[<>]=?\s|[?:;,]\s).*|(?:\+\s+|\.\s*)(?:\$\w|\w+\().*|\+\s+\w+(?:\.\w+)*\s*(?:[(\[+].*)?",
    re.DOTALL,
)
"""What follows the end of a text that ends in a name and a sign, as in `'password='.$value`."""
_MOUNTED = re.compile(r"(?:id|src|source|type|env|target)=[\w./\-]+(?:,\w+=[^,\s]*)*,?", re.IGNORECASE)
"""What builds of images are told of a secret that they are lent: `--secret id=npm,src=...`."""
_REQUIREMENT = re.compile(
    r"[A-Za-z][\w.\-]*(?:\[[\w,.\- ]+\])?(?:\s*[<>=!~]==?\s*|\s[<>]\s*)"
    r"\d[\w.*+!\-]*(?:\s*,\s*[<>=!~]=?\s*\d[\w.*+!\-]*)*"
)
"""A package and its versions, as lists of dependencies have it."""
_HEADER = re.compile(r"x-[a-z]+(?:-[a-z]+)*", re.IGNORECASE)
_LENGTH_HINT = re.compile(
    r"(?:^|[^a-z0-9]|min(?:imum)?|max(?:imum)?|least|exactly)[-_ .]{0,2}\d{1,3}(?:[-_ ]{1,2}(?:to[-_ ])?\d{1,3})?[+]?"
    r"[-_ .]{0,2}(?:chars?|characters?|letters?|digits?|symbols?|signs|zeichen|stellen|ziffern|caracteres|caratteri)"
    r"(?![a-z])",
    re.IGNORECASE,
)
"""How long something has to be, as forms say: `Min-8-chars!`."""
_SELECTOR = re.compile(r"[#.][a-z]+(?:[-_][a-z0-9]+)+|\[[a-z\-]+[~|^$*]?=.*\]")
"""Which elements of a page are meant, as style sheets write it."""
_SELECTORS = re.compile(
    r"(?=[#.\[*a-z])(?=.*[\s>:\[])(?=.*[#.\[:>])(?>[#.][A-Za-z][\w\-]*|[a-z][a-z0-9]*(?=[\s.#:\[>+~,]|$)|\[[^\[\]]{1,80}\]"
    r"|::?[a-z][a-z\-]*(?:\([^()]{0,40}\))?|[\s>+~,*])+"
)
"""Several of them, one within or beside another: `.box > .token:nth-child(2)`."""
_CHECK = re.compile(
    r"(?:required|nullable|sometimes|string|confirmed|min|max|minlength|maxlength|size|len|digits|alpha|between|regex|same"
    r"|different|bail|present|filled|numeric|integer|email|unique|exists|current_password|gte?|lte?|eqfield|omitempty)"
    r"(?:_\w{1,20})?(?:[:=(][^|;]{0,60})?"
)
"""What frameworks take for a rule by which a field is checked: of `required|min:12|confirmed` each."""
_CHECKED = re.compile(r"[|;]|,(?=[A-Za-z])")
"""What parts such rules; what one of them is given may be several numbers."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?:/\d{1,3})?|(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?", re.IGNORECASE
)
"""An address of IPv6 or IPv4."""
_MEDIA_TYPE = re.compile(r"(?:application|text|image|audio|video|multipart)/[\w.+\-]+|urn:.*", re.IGNORECASE)
_ALGORITHM = re.compile(
    r"(?:(?:pbkdf2with)?hmac[-_]?)?(?:sha|md)[-_]?\d{1,3}(?:[-_/]\d{3})?|[hrep]s(?:256|384|512)|es256k|x?chacha20(?:[-_]poly1305)?"
    r"|(?:aes|des|desede|3des|rsa|blowfish|camellia)(?:[-_/](?:\d{3}|ecb|cbc|cfb8?|ctr|gcm|ofb|oaep(?:[-_]\d{3})?|siv|wrap|kw"
    r"|\w*padding|none)){0,3}|(?:ed|x)(?:25519|448)|eddsa|ecdsa|ecdh(?:[-_]es)?|argon2(?:id|i|d)|bcrypt|scrypt|pbkdf2",
    re.IGNORECASE,
)
"""Names of algorithms, which stand beside keys in calls and settings."""
_ENCRYPTED = re.compile(r"(?:ENC\[|!vault|\$ANSIBLE_VAULT|AQICAH|(?:vault:v\d+|gpg|kms):|rO0AB).*", re.IGNORECASE)
"""What needs a key to be read, and objects as Java writes them down (Java Object Serialization Specification, 6.4)."""
_PUBLIC = re.compile(
    r"pk_(?:live|test)_.*|pub[0-9a-f]{32}|0x[0-9A-Fa-f]{40}|ssh-(?:rsa|ed25519|dss) .*|ecdsa-sha2-.*"
    r"|-----BEGIN (?:PUBLIC|CERTIFICATE).*",
    re.DOTALL,
)
_PUBLIC_NAME = re.compile(
    r"(?:\w+_)?(?:(?:public|pub|site|recv|search|verify|verification|fingerprint)_keys?(?:_ids?|_tokens?)?|(?:public|device)_tokens?|application_server_key"
    r"|(?:gpg|pgp|apt|release_signing|release_gpg)_keys?(?:_ids?|_fingerprints?)?)"
)
"""Keys that everyone may know, addresses of devices for push messages, what GnuPG calls the keys that it fetches, and
by what .NET names assemblies' keys."""
_OF_A_FORM = re.compile(
    r"(?:\w+_)?(?:csrf|xsrf|anti_?forgery|request_verification|authenticity)_?(?:middleware)?_?tokens?"
)
"""What a page carries against forged requests, drawn for each session and worth nothing in another."""
_REFUSED_NAME = re.compile(
    r"(?:\w+_)?(?:common|weak|weakest|forbidden|banned|blacklist(?:ed)?|blocklist|denylist|disallowed|leaked|breached|worst|trivial|wrong"
    r"|bad|invalid|incorrect|mismatched|malformed)_(?:\w+_)?(?:passwords?|passphrases?|pins?|secrets?|tokens?|keys?|credentials?)"
)
"""Names of what nobody may choose, or of what lets nobody in."""
_USER_BEFORE = re.compile(r"://([\w-]+?)[_-]?(?:user(?:name)?)?:$")
_LOOK_BACK = 90
_NAME_AMONG_NAMES = re.compile(
    r"[A-Z]+(?:_(?:[A-Z]+|\d{1,4}))+|[a-z]+(?:-(?:[a-z]+|\d{1,5}))+|@?[A-Za-z_-]+(?:[/:.](?:[A-Za-z_-]+|v?\d{1,4})(?:[_-]?v?\d{1,4})?)+"
)
"""An error's code in capitals, or words behind what scopes them: `AUTH_002_EXPIRED_TOKEN`, `@acme/access_token_1`."""
_NUMBERED_LABEL = re.compile(r"[A-Z]?[a-z]+(?:[-_./][A-Z]?[a-z]+)+[-_.]?[0-9]{1,2}|X(?:-[A-Z][a-z]+)+[0-9]{1,2}")
"""Words with separators between them and a number at the end, as labels, tabs and headers are called."""
_CODE = re.compile(r"[A-Z]+(?:_(?:[A-Z]+|\d{1,4}))+|[A-Z]{1,4}-?\d{2,5}[-_:][A-Za-z]+(?:[-_][A-Za-z]+)*")
"""Words in capitals with numbers among them, as errors and settings are called, or words behind an error's number."""
_SPELLED_NAME = re.compile(r"[A-Z]+(?:_[A-Z]+)+|[a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:_[a-z]+)+")
"""Words written together, as variables are called."""
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_REPEATED = re.compile(r"([a-z0-9]{3,20}?)\1+")
_HEXADECIMAL = re.compile(r"[0-9a-f]{32,128}")
_OF_DIGEST = re.compile(
    r"(?:checksum|sha\d{1,3}|md5|digest|fingerprint)[/:.][\w\-]*[\"']?\]?\s*[=:]>?\s*[\"']?$"
    r"|(?:hash|digest|md5|sha_?\d{1,3}|crypt)\w*\([^()\r\n]{0,60}\)?\)(?:\.\w+(?:\(\))?)?\s*[!=]==?\s*[\"']$",
    re.IGNORECASE,
)
"""What stands before the digest of something that is kept elsewhere, or is compared with it: `checksum/secret: `,
`md5($given) === `."""
_SHELLS = (".sh", ".bash", ".zsh", ".ksh")
_EXPANSION = re.compile(r"\$[A-Za-z_]\w{2}")
_CUT_SHORT = ("...", "…")
_MIN_LENGTH = 4
_FEW_SYMBOLS = 3
_LONG_ENOUGH_TO_VARY = 6
_LONG_ENOUGH_TO_COUNT = 10
_MAX_IDENTIFIER = 40
_OF_A_SENTENCE = 2
"""Separators in what has at least three words."""


def placeholder(subject: Subject) -> Verdict | None:
    """Return why the value stands for a credential without being one. Known shapes answer only for clear marks."""
    decoded = _decoded(subject)
    value = _SCHEME.sub("", decoded.strip())
    if drawn_with_signs(subject.value):
        return None
    own = _tokens_own_form(subject)
    prefix = subject.rule.preview_prefix if own else ""
    # A token that begins with a dollar is no shell variable.
    reason = _marked(value.removeprefix(prefix) if prefix.startswith("$") else value) or ("" if own else _typed(value))
    reason = reason or ("" if subject.known_shape else _generic_reason(subject, value))
    if not reason and subject.rule.layout == "connection":
        reason = _no_password(value)
    if reason:
        # Whoever sends a header of user and password has written that the word is the password.
        sent = not subject.known_shape and decoded not in (subject.value, unescaped(subject.value))
        return Verdict(reason=reason, ceiling=Confidence.LOW if sent else None)
    return _doubt(subject, value)


def _no_password(value: str) -> str:
    """Return why nobody has what an address names as a password."""
    if _stands_for(value):
        return "a word that stands for a password"
    if any(character < " " or character == "\x7f" for character in value):
        return "control characters that an address escapes"
    if _SPELLED_NAME.fullmatch(value) and _CREDENTIAL_WORD.search(value) and is_words(value):
        return "names a credential"
    return "" if any(character.isalnum() for character in value) else "punctuation alone"


def _tokens_own_form(subject: Subject) -> bool:
    """Tell whether the value has a form that a provider gives its tokens, not one of an address that holds any."""
    return subject.known_shape and subject.rule.layout != "connection"


def _decoded(subject: Subject) -> str:
    """Return the value as it is meant, and not as it is written; of a Basic header it is the password."""
    value = subject.value
    if not subject.known_shape:
        value = without_user(value.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
    elif subject.rule.layout != "connection":
        return value
    return unescaped(value)


def _marked(value: str) -> str:
    """Return a reason that holds for every rule."""
    lowered = value.lower()
    if not value.isascii() and sum(character.isalpha() and not character.isascii() for character in value) > 1:
        return "text in a human language"
    if _TEMPLATE.fullmatch(value) or _holds_template(value):
        return "a template that something fills in"
    if value.endswith(_CUT_SHORT):
        return "cut short"
    if any(mark in lowered for mark in _words("contains")):
        return "marked as a placeholder"
    if len(set(lowered)) < _FEW_SYMBOLS or (len(value) >= _LONG_ENOUGH_TO_VARY and len(set(lowered)) <= _FEW_SYMBOLS):
        return "the same characters repeated"
    return ""


def _typed(value: str) -> str:
    lowered = value.lower()
    return "counts through digits or letters" if any(mark in lowered for mark in _words("counting")) else ""


def _holds_template(value: str) -> bool:
    return any(opening in value for opening in ("${", "{$", "{{", "$(", "<%", "#{"))


def _generic_reason(subject: Subject, value: str) -> str:
    if len(value) < _MIN_LENGTH:
        return "too short"
    return next((reason for reason, holds in _GENERIC if holds(subject, value)), "")


def _is_word(subject: Subject, value: str) -> bool:
    return _stands_for(value) or _squeezed(value) == _squeezed(normalised(subject.candidate.binding))


def _is_test_words(subject: Subject, value: str) -> bool:
    parts = [part for part in _SEPARATORS.split(value.lower()) if part and not part.isdigit()]
    marks = _words("words") | _words("whole")
    return any(part in _words("words") for part in parts) and all(
        part in marks or _CREDENTIAL_WORD.fullmatch(part) for part in parts
    )


def _is_filled_in(subject: Subject, value: str) -> bool:
    return _FILLED_IN.search(value) is not None


def _is_text(subject: Subject, value: str) -> bool:
    drawn = _APP_PASSWORD.fullmatch(value) or _WALLET.fullmatch(value)
    phrase = drawn or (_PASSPHRASE.fullmatch(value) and not _CREDENTIAL_WORD.search(value))
    foreign = (not value.isascii() and (is_words(value) or _LETTERS.fullmatch(value))) or _SAID.fullmatch(value)
    return bool(foreign) or (_HUMAN_TEXT.search(value) is not None and not (subject.used and phrase))


def _is_public_key(subject: Subject, value: str) -> bool:
    return _PUBLIC_NAME.fullmatch(normalised(subject.candidate.binding)) is not None


def _is_of_a_form(subject: Subject, value: str) -> bool:
    return _OF_A_FORM.fullmatch(normalised(subject.candidate.binding)) is not None


def _counts(subject: Subject, value: str) -> bool:
    """Tell whether most characters are the next ones of the alphabet: `abcdef012345`, or, in turns, `A1B2C3D4`."""
    steps = [ord(two) - ord(one) for lag in (1, 2) for one, two in zip(value, value[lag:], strict=False)]
    first, second = steps[: len(value) - 1], steps[len(value) - 1 :]
    return any(2 * each.count(1) > len(each) for each in (first, second) if len(each) >= _LONG_ENOUGH_TO_COUNT)


def _names_a_credential(subject: Subject, value: str) -> bool:
    words = value.strip("_.-")
    ended = words.rstrip("!?.:*")
    # A word with a mark behind it may be chosen for a password, a sentence is said about one.
    words = ended if len(_SEPARATORS.findall(ended)) >= _OF_A_SENTENCE else words
    plain = re.fullmatch(r"[A-Za-z_.\-]+", words) is not None and len(value) <= _MAX_IDENTIFIER
    return plain and is_words(words) and _CREDENTIAL_WORD.search(value) is not None


def _names_itself(subject: Subject, value: str) -> bool:
    """Tell whether a value is its own name within others: the code of an error, or a key under which to store."""
    name, spelled = normalised(subject.candidate.binding), normalised(re.sub(r"\W", "_", value))
    within = "_" in name and re.search(rf"_{re.escape(name)}[0-9]{{0,4}}_", f"_{spelled}_") is not None
    return within and not subject.used and _NAME_AMONG_NAMES.fullmatch(value) is not None


def _is_length_hint(subject: Subject, value: str) -> bool:
    return not subject.used and _LENGTH_HINT.search(value) is not None


def _checks_a_field(subject: Subject, value: str) -> bool:
    # Taken apart first: one pattern for all of it would try every way to share its commas out.
    known = all(_CHECK.fullmatch(part) for part in _CHECKED.split(value))
    return known or _FIELD_RULES.fullmatch(value) is not None


def _is_path(_: Subject, value: str) -> bool:
    kinds = (_PATH, _URL, _ADDRESS, _MEDIA_TYPE, _MOUNTED)
    return not drawn_base64(value) and any(pattern.fullmatch(value) is not None for pattern in kinds)


def _matches(*patterns: re.Pattern[str]) -> Callable[[Subject, str], bool]:
    return lambda _, value: any(pattern.fullmatch(value) is not None for pattern in patterns)


def _is_code(subject: Subject, value: str) -> bool:
    kinds = (_IDENTIFIERS, _DOCUMENT_PATH, _SELECTOR, _SELECTORS, _STATEMENT, _BEHIND_A_TEXT)
    words = _CHOSEN.fullmatch(value) is not None and not _CREDENTIAL_WORD.search(value)
    chosen = (words and (subject.used or subject.quoted)) or drawn_between_dots(value, used=subject.used)
    return not chosen and any(pattern.fullmatch(value) is not None for pattern in kinds)


def _is_digest(subject: Subject, value: str) -> bool:
    return _HEXADECIMAL.fullmatch(value) is not None and _OF_DIGEST.search(subject.before(_LOOK_BACK)) is not None


def _is_expanded(subject: Subject, value: str) -> bool:
    """Tell whether a shell puts a variable into a text that is not in single quotes."""
    shell = subject.path.endswith(_SHELLS) and subject.before(1) != "'"
    return shell and not subject.used and _EXPANSION.search(value) is not None


_GENERIC: tuple[tuple[str, Callable[[Subject, str], bool]], ...] = (
    ("a word that stands for a credential", _is_word),
    ("made up for a test", _is_test_words),
    ("a template that something fills in", _is_filled_in),
    ("text in a human language", _is_text),
    ("counts through the alphabet", _counts),
    ("names a credential", _names_a_credential),
    ("its own name", _names_itself),
    ("how long it has to be", _is_length_hint),
    ("a path or address", _is_path),
    ("a regular expression", _matches(_REGEX)),
    ("rules for a field", _checks_a_field),
    ("a hash, not what was hashed", _matches(HASH)),
    ("encrypted, or an object", _matches(_ENCRYPTED)),
    ("the name of an algorithm", _matches(_ALGORITHM)),
    ("public by design", _matches(_PUBLIC)),
    ("a public key or its fingerprint", _is_public_key),
    ("drawn for one session against forged requests", _is_of_a_form),
    ("code, not a value", _is_code),
    ("made of variables", _is_expanded),
    ("a digest", _is_digest),
    ("the name of a header", _matches(_HEADER)),
    ("a package and its versions", _matches(_REQUIREMENT)),
)


def _doubt(subject: Subject, value: str) -> Verdict | None:
    if subject.rule.layout == "connection":
        return _doubtful_password(subject, value)
    if subject.known_shape:
        return _doubtful_form(subject, _typed(value))
    if tried_first(subject, value):
        return Verdict(reason="a password that products ship with", ceiling=Confidence.LOW)
    if not subject.used and _UUID.fullmatch(value):
        return Verdict(reason="an identifier", ceiling=Confidence.LOW)
    label = _NUMBERED_LABEL.fullmatch(value) or _CODE.fullmatch(value)
    if not subject.used and label and _LABELLING.search(value):
        return Verdict(reason="names a credential, with a number", ceiling=Confidence.LOW)
    return _of_another_form(subject, value)


def _of_another_form(subject: Subject, value: str) -> Verdict | None:
    name = normalised(subject.candidate.binding)
    if _REFUSED_NAME.fullmatch(name):
        return Verdict(reason="refused, as its name says", ceiling=Confidence.LOW)
    if any(names.fullmatch(name) and not form.fullmatch(value) for names, form in _forms()):
        # Other services take keys of another length under the same names.
        return Verdict(reason="not of the form that its name's credentials have", ceiling=Confidence.LOW, yields=True)
    return None


def _doubtful_form(subject: Subject, typed: str) -> Verdict | None:
    """A provider's exact form that somebody typed: as sure as a mere name would make us in such a file.

    In settings people type over a token that was real, in tests and texts they make one up.
    """
    if not typed:
        return None
    if subject.rule.check or _described(subject):
        return Verdict(reason=typed, ceiling=Confidence.LOW)
    named = replace(subject, candidate=replace(subject.candidate, evidence=()))
    return file_kind(named) or Verdict(reason=typed, ceiling=Confidence.MEDIUM)


def _described(subject: Subject) -> bool:
    return subject.candidate.strategy in ("docstring", "comment")


def _doubtful_password(subject: Subject, value: str) -> Verdict | None:
    """People choose database passwords: a plain word may be real, but not where code is only described."""
    if tried_first(subject, value):
        return Verdict(reason="a password that products ship with", ceiling=Confidence.LOW)
    described = _described(subject)
    if len(value) < _MIN_LENGTH:
        return Verdict(reason="too short", ceiling=Confidence.LOW)
    user = _USER_BEFORE.search(subject.before(_LOOK_BACK))
    if user is not None and re.fullmatch(re.escape(user[1]) + r"(?:pass|passwd|password|pwd|pw|secret)", value, re.I):
        return Verdict(reason="made up after its user's name", ceiling=Confidence.LOW)
    if weigh(value, ValueKind.PASSWORD) is Confidence.LOW:
        ceiling = Confidence.LOW if described else Confidence.MEDIUM
        return Verdict(reason="a plain word", ceiling=ceiling)
    return Verdict(reason="in a text about code", ceiling=Confidence.MEDIUM) if described else None


def _stands_for(value: str) -> bool:
    """Tell whether a value is a word that stands for a credential, once or over and over: `pass#pass`."""
    squeezed = _squeezed(value)
    repeated = _REPEATED.fullmatch(squeezed)
    return squeezed in _words("whole") or (repeated is not None and repeated[1] in _words("whole"))


def _squeezed(value: str) -> str:
    return _SEPARATORS.sub("", value.lower())


@lru_cache(maxsize=1)
def _forms() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    entries = table("placeholders.yaml")["forms"]
    return tuple((re.compile(str(entry["names"])), re.compile(str(entry["form"]))) for entry in entries)


@lru_cache(maxsize=8)
def _words(name: str) -> frozenset[str]:
    return frozenset(str(word) for word in table("placeholders.yaml")[name])
