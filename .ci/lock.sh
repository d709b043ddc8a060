#!/bin/sh
# Writes the three lock files from pyproject.toml: exact versions, no hashes, no hosts. Run by `make lock`.
#   requirements.lock         what the running bot needs
#   requirements-dev.lock     what the tests and checks need on top
#   requirements-export.lock  what `make model` needs besides torch, whose version pyproject.toml pins
set -eu
cd "$(dirname "$0")/.."
. .ci/steps.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=$(find_python)

wanted() { "$python" .ci/wanted.py "$@"; }
freeze() { "$1/bin/python" -m pip freeze --disable-pip-version-check 2>/dev/null | LC_ALL=C sort -f; }
header() { printf '# %s Written by `make lock`; do not edit.\n' "$1"; }

wanted >"$work/run.in"
"$python" -m venv "$work/run"
step "lock: installing what runs" pip_into "$work/run" -r "$work/run.in"
step "lock: checking that it fits together" "$work/run/bin/python" -m pip check
freeze "$work/run" >"$work/run.txt"

wanted dev >"$work/dev.in"
step "lock: installing what tests" pip_into "$work/run" -c "$work/run.txt" -r "$work/dev.in"
freeze "$work/run" | grep -vxFf "$work/run.txt" >"$work/dev.txt"

wanted embedding-export >"$work/export.in"
"$python" -m venv "$work/export"
sh .ci/torch.sh "$work/export" "$(grep '^torch==' "$work/export.in")"
step "lock: installing what exports" pip_into "$work/export" -c "$work/run.txt" -r "$work/export.in"
freeze "$work/export" | grep -Ev '^(torch|triton|nvidia-|cuda-)' >"$work/export.txt"

{ header "What the running bot needs."; cat "$work/run.txt"; } >requirements.lock
{ header "What the tests and checks need on top."; echo "-r requirements.lock"; cat "$work/dev.txt"; } >requirements-dev.lock
{ header "What \`make model\` needs besides torch."; cat "$work/export.txt"; } >requirements-export.lock
say "lock: $(grep -c == requirements.lock) packages run, $(grep -c == requirements-dev.lock) more test, $(grep -c == requirements-export.lock) export"
