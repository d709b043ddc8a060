#!/bin/sh
# model.sh NAME: exports the embedding model NAME to model/, in an environment that is thrown away. Run by `make model`.
set -eu
cd "$(dirname "$0")/.."
. .ci/steps.sh

name=$1
python=.venv/bin/python
[ -x "$python" ] || python=$(find_python)
"$python" -m enrichment.adapters.model_folder "$name" model && exit

clean() { rm -rf .venv-export build/model build/model.old; }
trap clean EXIT
clean
mkdir -p build/model
start=$(date +%s)

step "model: making a throwaway environment" "$python" -m venv .venv-export || fail "could not make .venv-export"
sh .ci/torch.sh .venv-export "$("$python" .ci/wanted.py embedding-export | grep '^torch==')"
step "model: installing requirements-export.lock" pip_into .venv-export --no-compile --no-deps -r requirements-export.lock ||
    fail "the packages of requirements-export.lock could not be installed: see above, check the network, and run make again"

PYTHONDONTWRITEBYTECODE=1 ORT_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_PROGRESS_BARS=1 \
    .venv-export/bin/python -m enrichment.adapters.minilm_export "$name" build/model ||
    fail "the model $name was not exported: see above, and run \`make model\` again"

[ ! -d model ] || mv model build/model.old
mv build/model model
say "model: $name is in model/ ($(($(date +%s) - start))s)"
