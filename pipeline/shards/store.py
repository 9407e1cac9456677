"""Where files of shards lie: a folder here, or a place that fsspec knows by its URL, such as s3://bucket/folder."""

import fsspec
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from pipeline.data.files import write_bytes
from pipeline.errors import UserError


class Store:
    """Files below a folder or URL, by their paths; each is there whole or not at all.

    Where the URL leads and with which rights, the file system's own settings say: for s3:// those of AWS (environment
    or ~/.aws; AWS_ENDPOINT_URL names another server).
    """

    def __init__(self, url: str):
        self.url = url.rstrip("/")
        try:
            self.system, self.root = url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            known = ", ".join(sorted(fsspec.available_protocols()))
            raise UserError(f"{url}: expected a folder or a URL whose file system is installed, found: {error} (fsspec "
                            f"knows {known})") from None  # fmt: skip

    @property
    def is_local(self) -> bool:
        return isinstance(self.system, LocalFileSystem)

    def write(self, name: str, content: bytes) -> None:
        """Raises UserError where that cannot be done."""
        path = f"{self.root}/{name}"
        try:
            if self.is_local:
                write_bytes(path, content)  # under another name, then renamed
            else:
                self.system.pipe_file(path, content)  # one PUT: object stores show an object when it is whole
        except Exception as error:  # each file system has errors of its own, of network, rights or names
            raise UserError(f"{self.url}/{name}: expected to write there, found {_said(error)}; check the place, its "
                            "address and your rights") from None  # fmt: skip

    def read(self, name: str) -> bytes | None:
        """None where there is no such file. Raises UserError where that cannot be told."""
        try:
            return self.system.cat_file(f"{self.root}/{name}")
        except FileNotFoundError:
            return None
        except Exception as error:  # as above
            raise self._unread(name, error) from None

    def size(self, name: str) -> int:
        """In bytes. Raises UserError where that cannot be told."""
        try:
            return self.system.size(f"{self.root}/{name}")
        except Exception as error:  # as above
            raise self._unread(name, error) from None

    def check_writable(self) -> None:
        """Raises UserError before any work is done for a place that takes nothing."""
        self.write("writable", b"")

    def _unread(self, name: str, error: Exception) -> UserError:
        return UserError(f"{self.url}/{name}: expected to read it, found {_said(error)}; check the place, its address "
                         "and your rights")  # fmt: skip


def _said(error: Exception) -> str:
    return f"{type(error).__name__} ({error})"
