"""Fetching public files: from a server of our own, and without one."""

import dataclasses
import hashlib
import json
import re
import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pytest

from estimator.errors import DataError
from estimator.sources import remote
from estimator.sources.remote import remote_files

CONTENT = b"date,change,total\n2022-02-24,113,113\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        self.server.requests.append(arguments)


@pytest.fixture
def server(tmp_path):
    """A server of one file, and the list of what was asked of it."""
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "list.csv").write_bytes(CONTENT)
    service = HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    service.requests = []
    thread = threading.Thread(target=service.serve_forever)
    thread.start()
    yield service
    service.shutdown()
    thread.join()
    service.server_close()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    chosen = tmp_path / "mine"
    monkeypatch.setenv(remote.VARIABLE, str(chosen))
    return chosen


@pytest.fixture
def offer(monkeypatch):
    """Offer one file under the name ``list``."""

    def make(**changes):
        file = dataclasses.replace(
            remote_files()["named-list-2025-12-20"], name="list", file="list.csv", **changes
        )
        monkeypatch.setattr(remote, "remote_files", lambda: {"list": file})
        return file

    return make


def address(server, name="list.csv"):
    return f"http://127.0.0.1:{server.server_port}/{name}"


def test_downloads_once_and_verifies(server, folder, offer):
    offer(address=address(server), sha256=DIGEST)
    first, second = remote.fetch("list"), remote.fetch("list")
    assert first.path == folder / "list.csv"
    assert first.path.read_bytes() == CONTENT
    assert first.sha256 == DIGEST
    assert first.verified
    assert (first.downloaded, second.downloaded) == (True, False)
    assert len(server.requests) == 1


def test_unknown_checksum_is_computed(server, folder, offer):
    offer(address=address(server), sha256=None)
    found = remote.fetch("list")
    assert found.sha256 == DIGEST
    assert not found.verified


def test_wrong_checksum_is_refused_and_nothing_kept(server, folder, offer):
    offer(address=address(server), sha256="0" * 64)
    with pytest.raises(DataError, match="has another checksum than 0000"):
        remote.fetch("list")
    assert list(folder.iterdir()) == []


def test_file_of_ones_own_is_used_and_checked(folder, offer):
    folder.mkdir()
    (folder / "list.csv").write_bytes(CONTENT)
    offer(address="http://127.0.0.1:9/never", sha256=DIGEST)
    assert not remote.fetch("list").downloaded
    offer(address="http://127.0.0.1:9/never", sha256="0" * 64)
    with pytest.raises(DataError, match="move it away and fetch again"):
        remote.fetch("list")
    assert (folder / "list.csv").read_bytes() == CONTENT


def test_offline_says_what_to_do_by_hand(server, folder, offer):
    gone = address(server)
    server.shutdown()
    server.server_close()
    offer(address=gone, sha256=DIGEST)
    with pytest.raises(DataError) as caught:
        remote.fetch("list")
    message = str(caught.value)
    assert "could not be downloaded (ConnectionError)" in message
    assert f"By hand: download {gone} and save it as {folder / 'list.csv'}" in message
    assert "\n" not in message


def test_not_found_says_so(server, folder, offer):
    offer(address=address(server, "other.csv"), sha256=None)
    with pytest.raises(DataError, match=r"HTTPError.*By hand"):
        remote.fetch("list")
    assert list(folder.iterdir()) == []


def test_what_needs_registration_is_by_hand(folder):
    with pytest.raises(DataError) as caught:
        remote.fetch("hmd-deaths")
    assert "no open address" in str(caught.value)
    assert "https://www.mortality.org (log in, choose a country, Deaths, 5x1)" in str(caught.value)
    assert str(folder / "Deaths_5x1.txt") in str(caught.value)


def test_unknown_name_lists_the_names():
    with pytest.raises(DataError, match=r"'rosstat'.*rosstat-regions.*named-list-2024-02-02 to"):
        remote.fetch("rosstat")


def test_folder_that_cannot_be_made(tmp_path, monkeypatch, offer):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(remote.VARIABLE, str(tmp_path / "file" / "below"))
    offer(address="http://127.0.0.1:9/never", sha256=None)
    with pytest.raises(DataError, match="cannot be made"):
        remote.fetch("list")


def test_cache_is_the_users_unless_told(monkeypatch):
    monkeypatch.delenv(remote.VARIABLE, raising=False)
    assert remote.data_folder().name == "registry-excess"


@pytest.mark.parametrize("name", remote_files())
def test_every_file_is_described_and_cannot_change_unseen(name):
    file = remote_files()[name]
    assert file.page.startswith("https://")
    assert file.where
    assert file.licence
    assert file.citation
    if file.address and "githubusercontent" in file.address:
        assert re.search(r"/[0-9a-f]{40}/", file.address), "an address in a repository names a commit"
        assert file.page.removeprefix("https://github.com/") in file.address
        assert file.address.endswith(file.where)
    if file.sha256:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)


def test_names_and_places_are_different():
    files = remote_files().values()
    assert len({file.file for file in files}) == len(files)
    assert len({file.address for file in files if file.address}) == sum(bool(f.address) for f in files)


@pytest.mark.external
def test_known_checksums_are_those_of_the_published_files(external_data, monkeypatch):
    monkeypatch.setenv(remote.VARIABLE, str(external_data))
    for name in ("rosstat-regions", "patronymics"):
        found = remote.fetch(name)
        assert found.verified
        assert not found.downloaded


def test_command_prints_licence_and_citation(server, folder, offer, capsys):
    from estimator.cli.published import fetch

    file = offer(address=address(server), sha256=DIGEST)
    fetch(["list"], as_json=True, quiet=True)
    (document,) = json.loads(capsys.readouterr().out)
    assert document["licence"] == file.licence
    assert document["citation"] == file.citation
    assert document["checksum"] == "verified"
    fetch(["list"], quiet=True)
    assert "downloaded: False" in capsys.readouterr().out
