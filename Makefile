# make repro   set up, run the experiment, print the table of rungs and the gate's sentence
# make test    set up, lint, run the tests
# make prove   the proofs of camera and intervals at full size -> docs/proofs.md
# make gate    the verdict; `python -m pipeline.gate` exits with 0: passed, 1: failed, 2: cannot tell
# make bench   speed of the camera beside other libraries, in an environment of its own -> docs/bench.md
# make example a chessboard before a stereo camera, in a folder of its own; FOLDER=... names it (examples/README.md)
# make laboratory  the opt-in stages: audit, search, curves, alarms, loader -> data/report/laboratory.html
# make nightly what takes minutes: the example, planted label errors, selected frames against random ones
# make audit   vulnerabilities of the packages, risky calls in the source, each explained -> docs/audit.md
# make fuzz    a million spoilt files for the readers of COCO, YOLO, VOC, params.yaml, shards -> docs/fuzz.md
# make soak    an hour of scenes and training: does a worker grow or slow down? -> docs/soak.md
# make lock    is dvc.lock current for the code and parameters?

PYTHON ?= python3
VENV ?= .venv
BENCH_VENV ?= .venv-bench
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH_READY := $(BENCH_VENV)/.ready
AUDIT_VENV ?= .venv-audit
AUDIT_READY := $(AUDIT_VENV)/.ready
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"

.PHONY: repro test prove example laboratory nightly audit fuzz soak gate lock bench setup
.DEFAULT_GOAL := repro

repro: $(READY)
	@find .dvc/tmp -name rwlock -size 0 -delete 2>/dev/null || true  # of a killed dvc: the next one would refuse to go on
	$(RUN) dvc repro
	$(BIN)/python -m pipeline.compare.table
	@$(BIN)/python -m pipeline.gate || true  # the verdict's exit code belongs to `make gate`

test: $(READY)
	$(BIN)/ruff check .
	$(RUN) python -m pytest -q --numprocesses auto --dist loadfile

prove: $(READY)
	$(BIN)/python -m tests.prove

example: $(READY)
	@$(RUN) sh examples/chessboard/run.sh $(FOLDER)

laboratory: $(READY)
	$(RUN) dvc repro lab/dvc.yaml

nightly: $(READY)
	SLOW=1 $(RUN) python -m pytest -q tests/nightly
	$(BIN)/python -m tests.nightly.kills
	$(BIN)/python -m tests.nightly.label_errors
	$(BIN)/python -m pipeline.select --measure

audit: $(AUDIT_READY)
	$(AUDIT_VENV)/bin/python -m tests.nightly.audit

fuzz: $(AUDIT_READY)
	$(AUDIT_VENV)/bin/python -m tests.fuzz

soak: $(READY)
	$(BIN)/python -m bench.soak

gate: $(READY)
	@$(BIN)/python -m pipeline.gate

lock: $(READY)
	@$(BIN)/python -m pipeline.lock

bench: $(BENCH_READY)
	@mkdir -p data/out
	$(BENCH_VENV)/bin/python -m pytest bench -q -p no:cacheprovider --benchmark-json data/out/bench.json \
	  --benchmark-columns min,median,rounds --benchmark-min-rounds 15 --benchmark-max-time 0.7
	$(BENCH_VENV)/bin/python -m bench.table data/out/bench.json

setup: $(READY)

$(READY): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Python 3.10 to 3.13 is needed, found: $$($(PYTHON) --version 2>&1); choose one with: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' || \
	  { echo "$(PYTHON) lacks the modules venv and ensurepip; install them (on Debian and Ubuntu: the package python3-venv)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(AUDIT_READY): requirements-audit.txt requirements.txt
	$(PYTHON) -m venv $(AUDIT_VENV)
	$(AUDIT_VENV)/bin/python -m pip install --disable-pip-version-check --requirement requirements-audit.txt
	@touch $@

$(BENCH_READY): requirements-bench.txt requirements.txt
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --disable-pip-version-check --requirement requirements-bench.txt
	@touch $@
