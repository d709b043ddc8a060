#!/bin/sh
# setup.sh run|dev: fills .venv with the pinned packages and this checkout. The Makefile keeps a stamp for each.
set -eu
cd "$(dirname "$0")/.."
. .ci/steps.sh

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    step "setup: making .venv with $($python --version)" "$python" -m venv --clear .venv || fail "could not make .venv"
fi

case $1 in
run) lock=requirements.lock ;;
dev) lock=requirements-dev.lock ;;
*) fail "usage: setup.sh run|dev" ;;
esac

# The lock is complete, so nothing is resolved; it is compiled now, so that no start waits for that.
step "setup: installing $lock" pip_into .venv --no-deps -r "$lock" ||
    fail "the packages of $lock could not be installed: see above, check the network, and run make again"
step "setup: installing leadbot" pip_into .venv --no-compile --no-deps --editable . ||
    fail "leadbot could not be installed: see above"
