"""One target under libFuzzer.

    python -m tests.fuzz.guided TARGET EXECUTIONS COUNTS.json CORPUS [libFuzzer's flags]
"""

import json
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pipeline"]):
    from tests.fuzz.targets import accepts

NAME, EXECUTIONS, COUNTS = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
count = {"executions": 0, "taken": 0, "refused": 0}


def once(content: bytes) -> None:
    taken = accepts(NAME, content)
    count["executions"] += 1
    count["taken" if taken else "refused"] += 1
    if count["executions"] == EXECUTIONS:  # libFuzzer ends the process without telling Python
        COUNTS.write_text(json.dumps(count))


if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[4:], f"-runs={EXECUTIONS}"], once)
    atheris.Fuzz()
