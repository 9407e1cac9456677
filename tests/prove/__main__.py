"""`python -m tests.prove`: every proof at full size -> docs/proofs.md; exit code 1 if a claim does not hold."""

import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tqdm import tqdm

import pipeline  # noqa: F401  before NumPy: the same figures from every processor
from tests.prove.proofs import PROOFS, claims_of

TABLE = Path("docs/proofs.md")


def main():
    lines, broken = ["# Proofs", "", "Written by `make prove`."], 0
    start = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        jobs = {name: pool.submit(claims_of, name, True) for name in reversed(PROOFS)}  # the longest first
        found = {name: jobs[name].result() for name in tqdm(PROOFS, desc="proofs")}
    for name, title in PROOFS.items():
        lines += ["", f"## {title}", "", "| claim | worst found | must be | cases | holds |", "|---|---|---|---|---|"]
        for claim in found[name]:
            broken += not claim.holds
            lines.append(
                f"| {claim.what} | {claim.measured:.4g} | {_bounds(claim)} | {claim.cases} | "
                f"{'yes' if claim.holds else '**no**'} |"
            )
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"prove: {len(PROOFS)} proofs, {broken} claims broken, in {TABLE}; {time.monotonic() - start:.0f} s")
    return 1 if broken else 0


def _bounds(claim):
    if claim.high == float("inf"):
        return f"at least {claim.low:g}"
    return f"at most {claim.high:g}" if claim.low == 0 else f"{claim.low:g} to {claim.high:g}"


if __name__ == "__main__":
    sys.exit(main())
