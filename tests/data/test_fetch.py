import hashlib
import io
import os
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pipeline.data import fetch
from pipeline.data.fetch import PipSettings, extract_members, fetch_archive, pip_settings
from pipeline.errors import DataError, UserError

NAME = "some_package-1.2.tar.gz"
CONTENT = os.urandom(300_000)


def settings_for(*index_urls, find_links=()):
    return PipSettings(tuple(index_urls), tuple(find_links), (), None, None, None, 5.0)


def make_archive(path, members):
    """A .tar.gz of (name, content) pairs, or of ready-made members without content."""
    with tarfile.open(path, "w:gz") as tar:
        for member, content in members:
            if isinstance(member, str):
                member = tarfile.TarInfo(member)
                member.size = len(content)
            tar.addfile(member, io.BytesIO(content) if content is not None else None)
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / fetch.CACHE_NAME


@pytest.fixture
def index(tmp_path):
    """A package index in a folder: a wheel, which must not be taken, and the source archive."""
    folder = tmp_path / "index" / "some-package"
    folder.mkdir(parents=True)
    make_archive(folder / NAME, [("some_package-1.2/data/video.avi", CONTENT)])
    (folder / "some_package-1.2-py3-none-any.whl").write_bytes(b"wheel")
    links = "".join(f'<a href="{p.name}">{p.name}</a>' for p in sorted(folder.iterdir()))
    (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")
    return tmp_path / "index"


@pytest.fixture
def sha256(index):
    return hashlib.sha256((index / "some-package" / NAME).read_bytes()).hexdigest()


class BreakingHandler(SimpleHTTPRequestHandler):
    """Breaks the first download in the middle."""

    def do_GET(self):  # noqa: N802
        self.server.requests.append(self.path)
        if self.path.endswith(NAME) and self.server.requests.count(self.path) == 1:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(b"half")
        else:
            super().do_GET()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(index):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(BreakingHandler, directory=str(index)))
    server.requests = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_archive_of_a_local_index_is_used_where_it_lies(index, sha256):
    found = fetch_archive("some-package==1.2", sha256, settings_for(index.as_uri()))
    assert found == index / "some-package" / NAME


def test_a_folder_of_archives_serves_too(index, sha256):
    links = [str(index / "some-package")]
    assert fetch_archive("some-package==1.2", sha256, settings_for(find_links=links)).name == NAME


def test_a_download_survives_a_broken_connection_and_is_cached(server, sha256, cache):
    url = f"http://127.0.0.1:{server.server_port}"
    for settings in (settings_for("file:///nowhere", url), settings_for("file:///nowhere")):
        found = fetch_archive("some-package==1.2", sha256, settings)
        assert found.parent == cache and hashlib.sha256(found.read_bytes()).hexdigest() == sha256
    assert server.requests.count(f"/some-package/{NAME}") == 2
    assert list(cache.iterdir()) == [found]


def test_a_damaged_cache_is_fetched_again(index, sha256, cache):
    cache.mkdir(parents=True)
    (cache / f"{sha256}.tar.gz").write_bytes(b"damaged")
    assert fetch_archive("some-package==1.2", sha256, settings_for(index.as_uri())).name == NAME


@pytest.mark.parametrize("place", ["file:///nowhere", "http://127.0.0.1:9", "http://[", "nowhere"])
def test_offline_says_what_to_do(sha256, place):
    for settings in (settings_for(place), settings_for(find_links=[place]), settings_for()):
        with pytest.raises(UserError, match="connect to a package index .* real.video_path") as raised:
            fetch_archive("some-package==1.2", sha256, settings)
        assert "\n" not in str(raised.value)


def test_credentials_of_an_index_are_not_shown(sha256):
    with pytest.raises(UserError) as raised:
        fetch_archive("some-package==1.2", sha256, settings_for("http://user:secret@127.0.0.1:9"))
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("remote", [False, True])
def test_another_hash_is_refused_and_nothing_is_kept(index, server, cache, remote):
    url = f"http://127.0.0.1:{server.server_port}" if remote else index.as_uri()
    with pytest.raises(DataError, match="expected a source archive with sha256 0{64}, found [0-9a-f]{64};"):
        fetch_archive("some-package==1.2", "0" * 64, settings_for(url))
    assert not cache.exists() or not list(cache.iterdir())


def test_a_version_that_is_not_there_is_not_replaced_by_another(index, sha256):
    with pytest.raises(UserError, match="some-package==9"):
        fetch_archive("some-package==9", sha256, settings_for(index.as_uri()))


def test_a_requirement_that_is_none_is_named(sha256):
    with pytest.raises(UserError, match="real.package"):
        fetch_archive("not a requirement", sha256, settings_for())


@pytest.fixture
def clean_pip(monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")] + ["REQUESTS_CA_BUNDLE"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return monkeypatch


def test_pip_without_configuration_gives_its_own_default(clean_pip):
    from pip._internal.models.index import PyPI

    settings = pip_settings()
    assert settings.index_urls == (PyPI.simple_url,)
    assert (settings.find_links, settings.cert, settings.proxy) == ((), None, None)


def test_pip_configuration_comes_from_the_environment(clean_pip):
    clean_pip.setenv("PIP_INDEX_URL", "http://a.example/index")
    clean_pip.setenv("PIP_EXTRA_INDEX_URL", "http://b.example http://c.example")
    clean_pip.setenv("PIP_FIND_LINKS", "/links")
    clean_pip.setenv("PIP_TRUSTED_HOST", "a.example")
    clean_pip.setenv("PIP_CERT", "/cert.pem")
    settings = pip_settings()
    assert settings.index_urls == ("http://a.example/index", "http://b.example", "http://c.example")
    assert (settings.find_links, settings.trusted_hosts) == (("/links",), ("a.example",))
    assert settings.cert == "/cert.pem"
    clean_pip.setenv("PIP_NO_INDEX", "1")
    assert pip_settings().index_urls == ()


def test_pip_configuration_comes_from_its_file(clean_pip, tmp_path):
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = http://a.example/index\ntimeout = 7\n")
    clean_pip.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert pip_settings().index_urls == ("http://a.example/index",)
    assert pip_settings().timeout_s == 7


def test_only_what_is_asked_for_is_extracted(tmp_path):
    members = [("top/other", b"1"), ("../escaped", b"2"), ("/escaped", b"3"), ("top/../../escaped", b"4")]
    archive = make_archive(tmp_path / "a.tar.gz", [*members, ("top/data/video.avi", CONTENT)])
    extract_members(archive, {"data/video.avi": tmp_path / "out" / "video"})
    assert (tmp_path / "out" / "video").read_bytes() == CONTENT
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.tar.gz", "out"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_links_and_devices_are_refused(tmp_path, kind):
    (tmp_path / "secret").write_text("secret")
    member = tarfile.TarInfo("top/data/video.avi")
    member.type, member.linkname = kind, str(tmp_path / "secret")
    archive = make_archive(tmp_path / "a.tar.gz", [(member, None)])
    with pytest.raises(DataError, match="expected a plain file"):
        extract_members(archive, {"data/video.avi": tmp_path / "out" / "video"})
    assert not (tmp_path / "out").exists()


def test_a_member_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "MAX_MEMBER_BYTES", 10)
    archive = make_archive(tmp_path / "a.tar.gz", [("top/a", b"12345678901")])
    with pytest.raises(DataError, match="at most 10 bytes"):
        extract_members(archive, {"a": tmp_path / "out"})


def test_a_missing_member_is_named(tmp_path):
    archive = make_archive(tmp_path / "a.tar.gz", [("top/a", b"1")])
    with pytest.raises(DataError, match="expected data/video.avi in the archive"):
        extract_members(archive, {"a": tmp_path / "a", "data/video.avi": tmp_path / "video"})


@pytest.mark.parametrize("keep", [0, 1, 100, 200_000, -1])
def test_a_damaged_archive_is_named_and_leaves_no_half_file(tmp_path, keep):
    archive = make_archive(tmp_path / "a.tar.gz", [("top/data/video.avi", CONTENT)])
    archive.write_bytes(archive.read_bytes()[:200_000] if keep == -1 else archive.read_bytes()[:keep])
    if keep == -1:  # flip bytes in the middle instead
        whole = bytearray(archive.read_bytes())
        whole[100_000:100_100] = bytes(100)
        archive.write_bytes(whole)
    with pytest.raises(DataError, match="a.tar.gz: expected a .tar.gz archive, found damage"):
        extract_members(archive, {"data/video.avi": tmp_path / "out" / "video"})
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_no_index_host_is_spelled_out():
    from pathlib import Path

    root = Path(__file__).parents[2]
    words = ("pypi" + ".org", "python" + "hosted", "https://" + "download.py")
    files = [*root.glob("pipeline/**/*.py"), root / "Makefile", root / "requirements.txt", root / ".ci/run"]
    assert not [f for f in files for word in words if word in f.read_text()]
