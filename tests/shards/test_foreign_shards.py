"""A shard that somebody else wrote, checksums and all: nothing lands outside its folder, and it is refused in words."""

import tarfile

import pytest

from pipeline.errors import DataError
from pipeline.shards.pack import pack_folder
from pipeline.shards.read import plain_folder, shards_in
from tests.fuzz import sharded
from tests.fuzz.sharded import archive, index, member, write_set

LINK = member("00000.jpg", type=tarfile.SYMTYPE, linkname="/etc/passwd", size=0)
HARD_LINK = member("00000.jpg", type=tarfile.LNKTYPE, linkname="../../secret", size=0)
FOLDER = member("00000.jpg", type=tarfile.DIRTYPE, size=0)
DEVICE = member("00000.jpg", type=tarfile.CHRTYPE, size=0)
NAMES = ("../outside.jpg", "../../outside.jpg", "/tmp/outside.jpg", "a/00000.jpg", "..", "00000.jpg/..",
         "C:\\00000.jpg", "00000.py", ".jpg")  # fmt: skip
REFUSED = "00000.tar: expected a shard as the stage synth writes it, found .*no plain file"


def test_a_sound_set_is_read(tmp_path):
    [(coco, pictures)] = shards_in(write_set(tmp_path))
    assert pictures == {"00000.jpg": sharded.PICTURE} and len(coco.annotations) == 1


@pytest.mark.parametrize("use", [plain_folder, lambda split: pack_folder(split, 0.5, split.parents[1] / "pixels.bin")])
@pytest.mark.parametrize("name", NAMES)
def test_no_path_leads_outside(use, name, tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    split = write_set(tmp_path / "deep/set", archive(member("00000.jpg"), member(name)))
    with pytest.raises(DataError, match=REFUSED):
        use(split)
    assert [path.name for path in tmp_path.iterdir() if path.name != "pixels.bin"] == ["deep"]
    assert not list(tmp_path.rglob("*outside*"))


@pytest.mark.parametrize("info", [LINK, HARD_LINK, FOLDER, DEVICE], ids=lambda info: info.type.decode())
def test_only_plain_files_are_read(info, tmp_path):
    with pytest.raises(DataError, match="found '00000.jpg', which is no plain file"):
        list(shards_in(write_set(tmp_path, archive(info))))


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_compressed_archive_is_not_unpacked(mode, tmp_path):
    with pytest.raises(DataError, match="found no tar archive"):
        list(shards_in(write_set(tmp_path, archive(member("00000.jpg"), mode=mode))))


@pytest.mark.parametrize("names", [["00001.jpg"], ["00000.jpg", "00001.jpg"], []])
def test_pictures_and_labels_are_of_the_same_scenes(names, tmp_path):
    with pytest.raises(DataError, match="expected the pictures of .*00000.json, found '0000[01].jpg' in only one"):
        list(shards_in(write_set(tmp_path, archive(*map(member, names)))))


ODD_ROWS = ({"name": "../0"}, {"name": 0}, {"images": 0}, {"images": None}, {"tar_sha256": "0"}, {"json_sha256": 7})


@pytest.mark.parametrize("row", ODD_ROWS)
def test_an_index_with_an_odd_row(row, tmp_path):
    with pytest.raises(DataError, match="index.json: expected an index of shards of schema 1, found none"):
        list(shards_in(write_set(tmp_path, index_json=index(sharded.SOUND_TAR, **row))))
