"""Is dvc.lock current for the committed code and parameters? `python -m pipeline.lock`, exit code 0 or 1.

Works in a fresh clone without data: what a stage made may be missing, but code, parameters and committed
reports must be the ones that dvc.lock was written for, and every stage must have read what the lock says the
stage before it made.
"""

import json
import subprocess
import sys
from pathlib import Path, PurePosixPath

import yaml

from pipeline.errors import UserError, main


def run() -> int:
    """Print the stages that `dvc repro` would run again, and why; return 1 if there are any."""
    lock = read_lock()
    reasons = stale_stages(read_status(), lock) + torn_stages(lock)
    for reason in reasons:
        print(reason)
    if reasons:
        print("dvc.lock is stale: run `dvc repro` and commit dvc.lock and data/report")
        return 1
    print("dvc.lock is current for the code and parameters")
    return 0


def read_lock(path: str = "dvc.lock") -> dict:
    """The stages of dvc.lock by name."""
    if not Path(path).is_file():
        raise UserError(f"{path}: expected the lock file of the experiment, found none; run `dvc repro`")
    return yaml.safe_load(Path(path).read_text(encoding="utf-8")).get("stages", {})


def read_status() -> dict:
    """What DVC finds changed in dvc.yaml; the opt-in stages of other files may never have run.

    Not `dvc repro --dry --allow-missing`: it stops with an error at a stale stage whose data is missing.
    """
    command = [sys.executable, "-m", "dvc", "status", "--json", "dvc.yaml"]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise UserError(f"dvc status: expected JSON, found: {done.stderr.strip() or done.stdout}") from None


def stale_stages(status: dict, lock: dict) -> list[str]:
    """A line for every reason of `dvc status` that is more than data missing from this clone."""
    made = [PurePosixPath(out["path"]) for stage in lock.values() for out in stage.get("outs", [])]
    reasons = []
    for name, changes in status.items():
        if name not in lock:
            reasons.append(f"{name}: never run")
            continue
        for change in changes:
            if isinstance(change, str):
                reasons.append(f"{name}: {change}")
                continue
            for path, state in change.get("changed outs", {}).items():
                if state not in ("deleted", "not in cache"):
                    reasons.append(f"{name}: output {path} is {state}")
            for path, state in change.get("changed deps", {}).items():
                # a fan-in stage may depend on the folder that holds what many stages made
                missing = state == "deleted" and any(
                    is_inside(path, out) or is_inside(str(out), PurePosixPath(path)) for out in made
                )
                if isinstance(state, dict):
                    reasons += [f"{name}: {path}: {key} is {value}" for key, value in state.items()]
                elif not missing:
                    reasons.append(f"{name}: {path} is {state}")
    return reasons


def is_inside(path: str, folder: PurePosixPath) -> bool:
    return folder == PurePosixPath(path) or folder in PurePosixPath(path).parents


def torn_stages(lock: dict) -> list[str]:
    """A line for every dependency that, according to the lock, is not what the stage before it made."""
    made = {out["path"]: out.get("md5") for stage in lock.values() for out in stage.get("outs", [])}
    return [
        f"{name}: read another version of {dep['path']} than the one that was made"
        for name, stage in lock.items()
        for dep in stage.get("deps", [])
        if dep["path"] in made and dep.get("md5") != made[dep["path"]]
    ]


if __name__ == "__main__":
    main(run)
