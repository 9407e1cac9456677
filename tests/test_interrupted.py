"""What the system or the user does to a stage is told in one line, and no file is left torn.

The stage is made up: it has two workers, as synth has, and writes through the same functions.
"""

import os
import signal
import subprocess
import sys

import pytest

from pipeline.data.files import atomic_folder, write_bytes
from tests.fabricated import REPOSITORY

HEAD = """
import os, sys, time
from functools import partial
from pathlib import Path
from pipeline.data.files import atomic_folder, write_bytes
from pipeline.errors import main
from pipeline.workers import start_workers
"""
TAIL = """
run.__module__ = "pipeline.stages.made_up"
if __name__ == "__main__":
    main(run, [])
"""
LONG_JOBS = """
def run():
    with atomic_folder("out"), start_workers(str) as pool:
        seen = set()
        while len(seen) < os.cpu_count():  # all have started
            seen |= {job.result() for job in [pool.submit(os.getpid) for _ in range(8)]}
        print("working", *seen, flush=True)
        list(pool.map(time.sleep, [100.0] * 4))
"""
WRITES = """
def run():
    with atomic_folder("out") as folder, start_workers(str) as pool:
        list(pool.map(write_bytes, [folder / "a", folder / "b"], [b"a", bytes(1 << 20)]))
"""
WRITES_OVER = """
def run():
    with start_workers(str) as pool:
        pool.submit(write_bytes, "out/a", b"new").result()
"""


def heed_ctrl_c():
    """What a shell starts in the background ignores it, and so does all that this starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def ignore_ctrl_c():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def start(folder, body, how_ctrl_c_is_met=heed_ctrl_c):
    (folder / "stage.py").write_text(HEAD + body + TAIL)
    return subprocess.Popen(
        [sys.executable, "stage.py"], cwd=folder, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=how_ctrl_c_is_met,
    )  # fmt: skip


def ended(process):
    """(exit code, stderr) of a stage that must not hang."""
    try:
        _, said = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail("the stage hangs")
    return process.returncode, said


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_ctrl_c_ends_it_in_one_line(tmp_path):
    process = start(tmp_path, LONG_JOBS)
    assert process.stdout.readline().startswith("working")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    assert ended(process) == (130, "interrupted; run again to go on: what was finished is kept\n")
    assert files_below(tmp_path) == ["data/out/locks/made_up.lock", "stage.py"]


POOL_OF_ONE = """
import threading
from concurrent.futures import Future

def run():
    job = Future()
    job.cancel()
    manager = threading.Thread(target=WHAT)
    manager.start()
    manager.join()
"""


def test_of_jobs_that_were_cancelled_as_their_workers_died_nothing_is_said(tmp_path):
    """The pool's own thread tells them so, but no job that is cancelled can be told."""
    tells = POOL_OF_ONE.replace("WHAT", "lambda: job.set_exception(RuntimeError())")
    assert ended(start(tmp_path, tells)) == (0, "")
    code, said = ended(start(tmp_path, POOL_OF_ONE.replace("WHAT", "lambda: 1 / 0")))
    assert code == 0 and "ZeroDivisionError" in said


def test_a_killed_worker_is_told_in_one_line(tmp_path):
    process = start(tmp_path, LONG_JOBS)
    os.kill(int(process.stdout.readline().split()[1]), signal.SIGKILL)
    code, said = ended(process)
    assert code == 2 and said.startswith("a worker process was killed; ") and said.count("\n") == 1
    assert files_below(tmp_path) == ["data/out/locks/made_up.lock", "stage.py"]


def test_a_second_run_says_who_holds_the_lock(tmp_path):
    first = start(tmp_path, LONG_JOBS)
    first.stdout.readline()
    code, said = ended(start(tmp_path, LONG_JOBS))
    assert code == 2 and said.count("\n") == 1
    assert f"found that of process {first.pid}; " in said and f"kill {first.pid})" in said
    os.killpg(first.pid, signal.SIGKILL)
    ended(first)
    assert ended(start(tmp_path, WRITES)) == (0, "")  # the system gave the lock back
    assert (tmp_path / "out/b").stat().st_size == 1 << 20


def test_a_full_device_is_told_in_one_line(tmp_path):
    """/dev/full refuses every write as a full disk does."""
    write_bytes(tmp_path / "out/a", b"old")
    (tmp_path / "out/.partial-a").symlink_to("/dev/full")
    code, said = ended(start(tmp_path, WRITES_OVER))
    assert code == 2 and "No space left on device; free disk space" in said and said.count("\n") == 1
    assert (tmp_path / "out/a").read_bytes() == b"old" and os.listdir(tmp_path / "out") == ["a"]


@pytest.fixture
def mounted(tmp_path):
    """Mount a file system at a folder; only the administrator may."""
    made = []

    def mount(*words):
        folder = tmp_path / f"mounted{len(made)}"
        folder.mkdir()
        if subprocess.run(["mount", *words, str(folder)], capture_output=True).returncode != 0:
            pytest.skip("mounting is not allowed here")
        made.append(folder)
        return folder

    yield mount
    for folder in made:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_keeps_what_was_there_and_room_lets_it_go_on(mounted):
    disk = mounted("-t", "tmpfs", "-o", "size=512k", "tmpfs")
    with atomic_folder(disk / "out") as folder:
        (folder / "old").write_text("old")
    code, said = ended(start(disk, WRITES))
    assert code == 2 and "No space left on device; free disk space" in said and said.count("\n") == 1
    assert files_below(disk) == ["data/out/locks/made_up.lock", "out/old", "stage.py"]
    subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
    assert ended(start(disk, WRITES)) == (0, "")
    assert [path.name for path in sorted((disk / "out").iterdir())] == ["a", "b"]


def test_a_read_only_disk_is_told_in_one_line(mounted):
    disk = mounted("-t", "tmpfs", "tmpfs")
    ended(start(disk, "def run():\n    pass\n"))  # leaves the stage and its folders
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    process = subprocess.Popen([sys.executable, "stage.py"], cwd=disk, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "PYTHONPATH": str(REPOSITORY)})  # fmt: skip
    code, said = ended(process)
    assert code == 2 and "made_up.lock: Read-only file system; mount it writable" in said and said.count("\n") == 1


def test_no_permission_is_told_in_one_line(tmp_path):
    """Permissions do not stop the administrator, so the test gives the right up."""
    if os.geteuid() == 0:
        give_up = "os.setgroups([]); os.setgid(65534); os.setuid(65534)"
    else:
        give_up = "pass"
    write_bytes(tmp_path / "out/a", b"old")
    (tmp_path / "out").chmod(0o555)
    (tmp_path / "data").mkdir()
    for folder in (tmp_path, tmp_path / "data", *tmp_path.parents[:2]):
        folder.chmod(0o777)
    body = f"def run():\n    write_bytes('out/a', b'new')\n\n{give_up}\n"
    code, said = ended(start(tmp_path, body))
    assert code == 2 and "Permission denied; allow your user to" in said and said.count("\n") == 1
    assert (tmp_path / "out/a").read_bytes() == b"old"


def test_every_other_error_of_the_system_is_a_bug_and_keeps_its_traceback(tmp_path):
    code, said = ended(start(tmp_path, "def run():\n    Path('nowhere').read_text()\n"))
    assert code == 1 and "Traceback" in said and "FileNotFoundError" in said


def test_what_a_shell_runs_in_its_background_goes_on_through_ctrl_c(tmp_path):
    """There Ctrl-C is for another program: it is ignored from the start, by workers too."""
    process = start(tmp_path, LONG_JOBS.replace("100.0", "1.0"), how_ctrl_c_is_met=ignore_ctrl_c)
    assert process.stdout.readline().startswith("working")
    os.killpg(process.pid, signal.SIGINT)
    assert ended(process) == (0, "")
