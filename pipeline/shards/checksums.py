"""The SHA-256 of a shard's files, as the program sha256sum writes and checks them (`sha256sum --check`)."""

import hashlib
from collections.abc import Mapping


def checksums_of(files: Mapping[str, bytes]) -> bytes:
    """One line a file: SHA-256, two spaces, path. files: {path: content}."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()).encode()


def read_checksums(content: bytes) -> dict[str, str]:
    """{path: SHA-256} of what `checksums_of` wrote. Raises ValueError if it is something else."""
    pairs = [line.split("  ", 1) for line in content.decode().splitlines()]
    if not pairs or any(len(pair) != 2 or len(pair[0]) != 64 for pair in pairs):
        raise ValueError("no checksums")
    return {path: digest for digest, path in pairs}
