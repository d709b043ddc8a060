# Sourced by the other scripts here: one line for what is being done, the seconds while it lasts, and a clear end.

trap 'exit 130' INT TERM HUP # by way of exit, so that a script's own trap on EXIT cleans up

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "error: $*"
    exit 1
}

# step TEXT COMMAND...: run quietly, with the elapsed time in a terminal; the output is shown only when it fails.
step() {
    step_text=$1 # with step_quiet set, a failure is an answer, and its output is not shown
    shift
    step_log=$(mktemp)
    step_start=$(date +%s)
    [ -t 2 ] || say "$step_text ..."
    "$@" >"$step_log" 2>&1 &
    step_pid=$!
    trap 'kill "$step_pid" 2>/dev/null; wait "$step_pid" || true; rm -f "$step_log"; exit 130' INT TERM HUP
    while kill -0 "$step_pid" 2>/dev/null; do
        [ ! -t 2 ] || printf '\r%s ... %ss ' "$step_text" $(($(date +%s) - step_start)) >&2
        sleep 0.2
    done
    step_status=0
    wait "$step_pid" || step_status=$?
    trap 'exit 130' INT TERM HUP
    [ ! -t 2 ] || printf '\r' >&2
    if [ "$step_status" -eq 0 ]; then
        say "$step_text: done in $(($(date +%s) - step_start))s"
    else
        say "$step_text: no"
        [ -n "${step_quiet:-}" ] || grep -v '^WARNING' "$step_log" | tail -n 5 >&2 || true
    fi
    rm -f "$step_log"
    return "$step_status"
}

# find_python: the first Python that is new enough and can make environments; PYTHON in the environment wins.
find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer with its venv module is needed: install python3 and python3-venv, or set PYTHON=/path/to/python"
}

# pip_into ENVIRONMENT ARGUMENT...: pip install, without questions and without the noise of local configurations. For a
# step only: pip replaces the step's process, so that an interrupt ends pip itself.
pip_into() {
    environment=$1
    shift
    exec "$environment/bin/python" -m pip install -qq --no-input --disable-pip-version-check "$@"
}
