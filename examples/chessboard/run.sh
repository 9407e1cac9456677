#!/bin/sh
# The chessboard example in a copy of this repository's tracked files: sh examples/chessboard/run.sh [FOLDER]
# FOLDER: a new temporary one unless given; a second run in it continues where the first one stopped.
# Prints the table of rungs, the path of the page and the verdict, whose exit code it ends with: 0 passed, 1 failed.
set -eu
cd "$(dirname "$0")/../.."
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
git ls-files -z -- . ':!dvc.lock' ':!params.yaml' ':!data/report/gap*' |
  tar --create --null --files-from=- | tar --extract --directory "$folder"
cd "$folder"
cp examples/chessboard/params.yaml params.yaml
[ -d .git ] || git init --quiet # DVC works in a repository
python -m examples.chessboard.prepare
dvc repro
python -m pipeline.compare.table
echo "page: $PWD/data/report/index.html"
python -m pipeline.gate
