"""What may be uploaded as a function's code: a zip file of plain files and folders that stay where they are unpacked.

Source: AWS Lambda Developer Guide, "Lambda quotas"; the sentences are Lambda's where it has one.
"""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import PurePosixPath

from vault.domain.function_errors import InvalidFunctionParameter

MOST_ZIPPED = 50 * 1024 * 1024
MOST_UNZIPPED = 250 * 1024 * 1024
MOST_FILES = 20_000
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_NO_ZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."


def check_code(data: bytes) -> None:
    """Raise `InvalidFunctionParameter` for what cannot be a function's code; nothing is unpacked."""
    if not data:
        raise InvalidFunctionParameter("Uploaded file must be a non-empty zip")
    if len(data) > MOST_ZIPPED:
        raise InvalidFunctionParameter(f"Zipped size must be smaller than {MOST_ZIPPED} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise InvalidFunctionParameter(_NO_ZIP) from None
    if not members:
        raise InvalidFunctionParameter("Uploaded file must be a non-empty zip")
    if sum(member.file_size for member in members) >= MOST_UNZIPPED:
        raise InvalidFunctionParameter(f"Unzipped size must be smaller than {MOST_UNZIPPED} bytes")
    if len(members) > MOST_FILES:
        raise InvalidFunctionParameter(f"The zip file has more than {MOST_FILES} files")
    for member in members:
        _check(member)


def _check(member: zipfile.ZipInfo) -> None:
    """Raise where unpacking a member would do anything but write a plain file or folder below."""
    # `orig_filename` is what stands in the file: zipfile itself cuts a name at a NUL.
    path, shown = PurePosixPath(member.orig_filename), ascii(member.orig_filename[:64])
    kind = stat.S_IFMT(member.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or any(each in member.orig_filename for each in "\\\0"):
        raise InvalidFunctionParameter(f"The zip file has a member outside of it: {shown}")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise InvalidFunctionParameter(f"The zip file has a member that is no plain file: {shown}")
    if member.flag_bits & _ENCRYPTED or member.compress_type not in _COMPRESSIONS:
        raise InvalidFunctionParameter(f"The zip file has a member that is encrypted or not deflated: {shown}")
