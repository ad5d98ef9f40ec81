"""The parts of a workbook file, which may not be trusted: unpacked within limits, parsed without external content.

An .xlsx file is a package of parts, most of them XML, in a zip (Open Packaging Conventions, ISO/IEC 29500-2).
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from pathlib import Path

from lxml import etree

MAX_BYTES = 256 * 2**20  # of the file, and of all its parts unpacked
MAX_PARTS = 10_000
MAX_RATIO = 200  # unpacked to packed, checked above RATIO_FROM; the sheets of a model reach 10 to 50
RATIO_FROM = 16 * 2**20
RESAVE = "open the workbook in Excel or LibreOffice, save it as .xlsx, and try again"

_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class PackageError(ValueError):
    """A workbook that cannot be read, or a value that cannot be written; one line: file, fault, remedy."""


def read(path: str | Path) -> bytes:
    """The bytes of a file.

    Raises:
        PackageError: it cannot be read, or is too large.
    """
    path = Path(path)
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # reading a pipe could block forever
            raise PackageError(f"{path}: is not a file; give the path of the workbook")
        if path.stat().st_size > MAX_BYTES:
            raise PackageError(f"{path}: larger than {MAX_BYTES >> 20} MB; remove what the model does not need")
        return path.read_bytes()
    except OSError as error:
        raise PackageError(f"{path}: {error.strerror}; check the path and your rights to the file") from error


def unzip(name: str, data: bytes) -> tuple[list[zipfile.ZipInfo], dict[str, bytes]]:
    """Unpack a file in memory.

    Args:
        name: its name in error messages.
        data: the file.

    Returns:
        Its members in their order, and their contents by name.

    Raises:
        PackageError: it is incomplete or damaged, or beyond the limits above.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise PackageError(f"{name}: has a password or is an old .xls; save it as .xlsx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check_bounds(name, infos, len(data))
            parts = {info.filename: _unpacked(archive, info) for info in infos}
    except PackageError:
        raise
    # What zipfile raises on damaged archives, besides its own BadZipFile.
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise PackageError(f"{name}: is incomplete or damaged ({error}); get a fresh copy") from error
    _check_declarations(name, parts)
    return infos, parts


def _check_bounds(name: str, infos: list[zipfile.ZipInfo], packed: int) -> None:
    total = sum(info.file_size for info in infos)
    if len(infos) > MAX_PARTS or total > MAX_BYTES or total > max(RATIO_FROM, MAX_RATIO * packed):
        size = f"{len(infos)} parts and {total} bytes"
        raise PackageError(f"{name}: unpacks to {size}, beyond what a workbook of this kind needs; do not trust it")
    if len({info.filename.lower() for info in infos}) < len(infos):
        raise PackageError(f"{name}: holds two parts of the same name; {RESAVE}")
    outside = [info.filename for info in infos if _leaves_the_file(info.filename)]
    if outside:
        raise PackageError(f"{name}: part {outside[0]!r} points outside the file; {RESAVE}")
    if any(info.flag_bits & 1 or info.compress_type not in _METHODS for info in infos):
        raise PackageError(f"{name}: is packed in a way that Excel does not use; {RESAVE}")


def _leaves_the_file(part: str) -> bool:
    """Whether a part would be written outside the folder into which a program unpacks the file."""
    return part.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", part) or ":" in part


def _check_declarations(name: str, parts: dict[str, bytes]) -> None:
    """Check every XML part, also those passed on unread: other programs read them."""
    for part, xml in parts.items():
        if part.lower().endswith((".xml", ".rels", ".vml")) and _DECLARATION.search(xml):
            raise PackageError(f"{name}: {part}: holds a DOCTYPE or an entity; {RESAVE}")


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as member:
        return member.read(info.file_size)  # no more than declared: read() alone would inflate everything


def parse(where: str, xml: bytes) -> etree._Element:
    """Parse one part. Nothing outside it is ever read: no DTD, entity or network; depth and size are limited.

    Args:
        where: the start of every error message.
        xml: the part.

    Raises:
        PackageError: it is not well-formed XML in UTF-8, or has more than elements, attributes and text.
    """
    text = xml.removeprefix(b"\xef\xbb\xbf")
    declaration = re.match(rb"<\?xml\s[^>]*\?>", text)
    encoding = re.search(rb"encoding\s*=\s*.([\w-]+)", declaration[0]) if declaration else None
    if (encoding and encoding[1].lower() not in {b"utf-8", b"us-ascii"}) or b"\0" in text:
        raise PackageError(f"{where}: is not in UTF-8; {RESAVE}")
    if b"<!" in text or b"<?" in text[declaration.end() if declaration else 0 :]:
        raise PackageError(f"{where}: holds a DOCTYPE, an entity, a comment or the like; {RESAVE}")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise PackageError(f"{where}: is not sound XML ({error.msg}); {RESAVE}") from error
