"""XML from strangers: no document type, hence no entities, neither exploding nor reading other files."""

from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from pipeline.errors import DataError


class _HasDoctype(Exception):
    pass


def read_xml(path: str | Path) -> ElementTree.Element:
    """The root element of an XML file. Raises `DataError` if it is unreadable, no XML, or declares a DOCTYPE."""
    try:
        content = Path(path).read_bytes()
        _refuse_doctype(content)
        return ElementTree.fromstring(content)
    except OSError as error:
        raise DataError(f"{path}: expected XML, found no readable file ({error.strerror})") from None
    except _HasDoctype:
        raise DataError(f"{path}: expected XML without a DOCTYPE, found one; remove it") from None
    except (ElementTree.ParseError, expat.ExpatError, ValueError, LookupError) as error:
        raise DataError(f"{path}: expected XML, found none ({error}); replace the file") from None


def _refuse_doctype(content: bytes) -> None:
    """Raises before the first declaration of an entity is read, in whatever encoding."""

    def refuse(*_: object) -> None:
        raise _HasDoctype

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(content, True)
