"""A file is written whole or not at all, whoever else writes it; what is there in name only is never replaced."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from task.computer import files
from task.computer.files import (
    NotFetchedError,
    content_if_there,
    is_there,
    is_unfetched,
    listed,
    read_if_there,
    replaced,
    write_if_absent,
    write_safely,
    write_text,
)
from task.model.plots import _save
from task.plan.plan import save_plan
from task.record.events import write_events
from task.screens.contact_sheet import contact_sheet
from tests.factories import a_plan


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- whole or not at all ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("before", [b"as it was", None])
def test_what_was_there_stays_if_the_writing_fails(tmp_path: Path, before: bytes | None, error: BaseException) -> None:
    path = tmp_path / "table.tsv"
    if before is not None:
        path.write_bytes(before)
    with pytest.raises(type(error)), replaced(path) as unfinished:
        unfinished.write_bytes(b"half")
        assert unfinished.parent == tmp_path and unfinished.name.startswith(".table.tsv.")
        raise error
    assert (path.read_bytes() if path.exists() else None) == before
    assert names_in(tmp_path) == ([] if before is None else ["table.tsv"])


def test_nothing_is_left_behind_where_nothing_can_be_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(OSError, match="No space"), replaced(tmp_path / "a"):  # and not what came after it
        raise OSError(errno.ENOSPC, "No space left on device")


def test_of_two_that_write_one_file_at_a_time_each_writes_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "README"
    with replaced(path) as first, replaced(path) as second:
        first.write_bytes(b"first, whole")
        second.write_bytes(b"second")
    assert path.read_bytes() == b"first, whole"  # put in its place last
    assert names_in(path.parent) == ["README"]


def test_a_file_keeps_its_rights_and_a_link_is_replaced_and_not_what_it_leads_to(tmp_path: Path) -> None:
    path, link, target = tmp_path / "a", tmp_path / "link", tmp_path / "target"
    for one in (path, target):
        one.write_bytes(b"old")
        one.chmod(0o440)
    link.symlink_to(target)
    write_text(path, "new")
    write_text(link, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o440)
    assert not link.is_symlink() and link.read_text() == "new" and link.stat().st_mode & 0o200
    assert target.read_bytes() == b"old"


def test_what_cannot_be_made_again_is_on_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(handle: int) -> None:
        happened.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")
        fsync(handle)

    def moved(path: Path, place: Path) -> Path:
        happened.append("moved")
        return replace(path, place)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", moved)
    write_safely(tmp_path / "a", b"content")
    assert happened == ["file", "moved", "folder"]
    assert (tmp_path / "a").read_bytes() == b"content"


def test_a_disk_that_cannot_sync_a_folder_is_no_failure_and_one_that_fails_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int, code: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", lambda handle: refuse(handle, errno.EINVAL))
    files.sync_folder(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda handle: refuse(handle, errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        files.sync_folder(tmp_path)


def picture(path: Path) -> None:
    Image.new("RGB", (40, 30)).save(path.with_name("part.png"))
    contact_sheet({"part": path.with_name("part.png")}, path)
    path.with_name("part.png").unlink()


WRITERS: dict[str, Callable[[Path], object]] = {
    "plan": lambda path: save_plan(a_plan(), path),
    "figure": lambda path: _save(Figure(), path),
    "contact sheet": picture,
    "events": lambda path: write_events(pd.DataFrame({"onset": [1.0]}), path),
}


@pytest.mark.parametrize("what", WRITERS)
def test_every_writer_writes_whole_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    path = tmp_path / "file.png"
    WRITERS[what](path)
    whole = path.read_bytes()
    assert len(whole) > 10

    def refuse(unfinished: Path, place: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path.write_bytes(b"as it was")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(OSError, match="No space"):
            WRITERS[what](path)
    assert path.read_bytes() == b"as it was"
    assert "file.png" in names_in(tmp_path) and not [name for name in names_in(tmp_path) if "unfinished" in name]
    WRITERS[what](path)
    assert path.read_bytes()[:8] == whole[:8]


# --- there in name only ----------------------------------------------------------------------------------------------


def test_what_is_there_in_name_only_is_known_and_never_replaced(tmp_path: Path) -> None:
    content = {
        "annex": b"/annex/objects/MD5E-s7--0cc1.tsv\n",
        "lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n",
    }
    for name, text in content.items():
        (tmp_path / name).write_bytes(text)
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("annex", "lfs", "link", "loop"):
        path = tmp_path / name
        assert is_there(path) and is_unfetched(path)
        for write in (lambda one: write_text(one, "x"), lambda one: write_safely(one, b"x"), content_if_there):
            with pytest.raises(NotFetchedError, match="fetch that first"):
                write(path)
        write_if_absent(path, "x")
        assert path.is_symlink() or path.read_bytes() == content[name]
    assert names_in(tmp_path) == ["annex", "lfs", "link", "loop"]


def test_what_is_really_there_is_read_and_what_is_not_is_told_from_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfa")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "empty").touch()
    for name in ("a", "link", "empty"):
        assert is_there(tmp_path / name) and not is_unfetched(tmp_path / name)
    assert not is_there(tmp_path / "b") and not is_unfetched(tmp_path / "b") and not is_unfetched(tmp_path)
    assert content_if_there(tmp_path / "link") == b"\xef\xbb\xbfa" and read_if_there(tmp_path / "link") == "a"
    assert content_if_there(tmp_path / "b") is None and read_if_there(tmp_path / "b") == ""
    assert content_if_there(tmp_path / "empty") == b""
    with pytest.raises(OSError, match="it is no file"):
        content_if_there(tmp_path)
    write_if_absent(tmp_path / "a", "x")
    write_if_absent(tmp_path / "b", "ü\r\n")
    assert (tmp_path / "a").read_bytes() == b"\xef\xbb\xbfa" and (tmp_path / "b").read_bytes() == "ü\r\n".encode()


def test_what_macos_puts_beside_files_is_not_listed(tmp_path: Path) -> None:
    for name in ("b.tsv", "a.tsv", "._a.tsv", "._b.txt", ".hidden.tsv"):
        (tmp_path / name).touch()
    (tmp_path / "link.tsv").symlink_to("nowhere")
    found = listed(tmp_path, "*.tsv", "a*")
    assert [path.name for path in found] == [".hidden.tsv", "a.tsv", "b.tsv", "link.tsv"]
