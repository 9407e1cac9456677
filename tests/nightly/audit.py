"""Known vulnerabilities of the packages, and risky calls in the source, each explained -> docs/audit.md.

    python -m tests.nightly.audit

Exit code 1: a vulnerability, a finding that nobody explained, or an explanation that nothing needs any more. Exit code
2: the database of pip-audit could not be asked about every package, so that about some of them nothing is known.
"""

import json
import subprocess
import sys
from collections import Counter

from pipeline.data.files import write_text

OUT = "docs/audit.md"
SOURCES = ("pipeline", "sensors", "examples")
OWN_WORDS = "the words of the command are a list, no shell reads them; "
EXPLAINED = {
    ("B314", "pipeline/data/safe_xml.py"): "a DOCTYPE, without which there are no entities, is refused before",
    ("B405", "pipeline/data/safe_xml.py"): "the one place that parses XML, see the line above",
    ("B405", "pipeline/data/voc.py"): "for the type `Element` alone; it reads by pipeline/data/safe_xml.py",
    ("B403", "pipeline/detect/detector.py"): "for the exception `UnpicklingError`; torch.load has weights_only=True",
    ("B404", "pipeline/detect/command.py"): "runs the user's own detector, detector.train_command and predict_command",
    ("B603", "pipeline/detect/command.py"): OWN_WORDS + "the user wrote them in params.yaml",
    ("B404", "pipeline/lock.py"): "asks `dvc status`",
    ("B603", "pipeline/lock.py"): OWN_WORDS + "they are constant",
}
HEAD = """# Audit

Written by `make audit`.

"""


def run() -> int:
    packages, code = packages_said()
    source, unexplained = source_said()
    write_text(OUT, HEAD + packages + "\n" + source)
    print(packages + "\n" + source, end="")
    return max(code, int(unexplained))


def packages_said() -> tuple[str, int]:
    """Markdown about what is installed for this Python, and the exit code."""
    places = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    words = ["pip_audit", "--format", "json", "--progress-spinner", "off"]
    done = started(words + [word for place in places for word in ("--path", place)])
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return f"## Packages\n\n**Nothing is known**: pip-audit could not ask its database ({reason}).\n", 2
    known, unknown = ([one for one in found if ("vulns" in one) == asked] for asked in (True, False))
    rows = [
        f"| {package['name']} {package['version']} | {hole['id']} | {', '.join(hole['fix_versions']) or 'none yet'} |"
        for package in known for hole in package["vulns"]
    ]  # fmt: skip
    text = f"## Packages\n\nThe database of pip-audit knows {len(known)} of {len(found)} packages and "
    text += f"{len(rows)} vulnerabilities of them.\n"
    if unknown:  # pip-audit itself then says that it found none
        names = ", ".join(package["name"] for package in unknown) if known else "all; it cannot be reached from here"
        text += f"\n**Nothing is known** about {len(unknown)} packages, of which it told nothing: {names}.\n"
    if rows:
        text += "\n".join(["", "| package | vulnerability | mended in |", "|---|---|---|", *rows, ""])
    return text, 1 if rows else 2 if unknown else 0


def source_said() -> tuple[str, bool]:
    """Markdown about risky calls, and whether some are not explained, or explained and gone."""
    done = started(["bandit", "--recursive", "--quiet", "--format", "json", *SOURCES])
    found = Counter((row["test_id"], row["filename"].removeprefix("./")) for row in json.loads(done.stdout)["results"])
    lines = [f"## Source\n\nbandit looked at {', '.join(SOURCES)} and found {found.total()} calls to explain.\n"]
    lines += ["| what | where | why it is right |", "|---|---|---|"]
    for test, path in sorted(found | Counter(EXPLAINED.keys())):
        reason = EXPLAINED.get((test, path), "**not explained**")
        reason = reason if (test, path) in found else "**gone: remove the explanation**"
        times = f" ({found[test, path]} times)" if found[test, path] > 1 else ""
        lines.append(f"| {test} | {path}{times} | {reason} |")
    return "\n".join(lines) + "\n", found.keys() != EXPLAINED.keys()


def started(words: list[str]) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True)


if __name__ == "__main__":
    raise SystemExit(run())
