#!/bin/sh
# torch.sh ENVIRONMENT REQUIREMENT: installs the CPU build of torch, from the cheapest place that has it.
set -eu
cd "$(dirname "$0")/.."
. .ci/steps.sh

# PyTorch's documented index of CPU builds; plain `pip install torch` brings gigabytes of CUDA on Linux.
cpu_index=https://download.pytorch.org/whl/cpu

step_quiet=yes # the first two may fail, and the next one says what is tried instead
step "model: $2 from a local wheel" pip_into "$1" --no-compile --no-index --no-deps "$2" && exit
step "model: $2 from PyTorch's CPU index, about 200 MB" \
    pip_into "$1" --no-compile --no-deps --retries 1 --timeout 20 --index-url "$cpu_index" "$2" && exit
step_quiet=
step "model: $2 from pip's own index, which may be gigabytes" pip_into "$1" --no-compile "$2" && exit
fail "$2 could not be installed: connect to the internet, or put its wheel in a folder and set PIP_FIND_LINKS to it"
