#!/usr/bin/env bash
# Writes the hash-pinned requirement files anew from pyproject.toml: `make requirements`, or `make requirements UPGRADE=--upgrade`.
# Hashes are the registry's own, for all platforms. To that end local wheels in pip's configuration stay out of it:
# run with PIP_CONFIG_FILE=/dev/null and without PIP_FIND_LINKS where yours names some.
set -euo pipefail
cd "$(dirname "$0")/.."

declared() { # the requirement lines that pyproject.toml declares under the given keys
    .venv/bin/python - "$@" <<'PYTHON'
import sys
import tomllib

with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)
for path in sys.argv[1:]:
    value = project
    for key in path.split("."):
        value = value[key]
    print("\n".join(value))
PYTHON
}

compile_into() { # "unsafe" is pip-compile's word for what is not to be pinned; that pip would then refuse the file is no news
    .venv/bin/pip-compile --generate-hashes "${left_out[@]}" --strip-extras --no-header --no-annotate --no-emit-options \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --quiet "${upgrade[@]}" --output-file "$@" - \
        2> >(grep -v 'may be rejected by pip install' >&2)
    grep -v '^#' "$1" >"$1.pinned"
    mv "$1.pinned" "$1"
}

upgrade=("$@")
left_out=()
while read -r name; do
    left_out+=(--unsafe-package "$name")
done < <(grep -o '^[a-z][a-z0-9-]*' requirements/left-out)
declared project.dependencies | compile_into requirements/runtime.txt
declared build-system.requires | compile_into requirements/build.txt --constraint requirements/runtime.txt
declared project.dependencies build-system.requires dependency-groups.dev |
    compile_into requirements/dev.txt --constraint requirements/runtime.txt --constraint requirements/build.txt
declared dependency-groups.client-generator | compile_into requirements/client-generator.txt
declared dependency-groups.oidc-provider | compile_into requirements/oidc-provider.txt
declared dependency-groups.s3-server | compile_into requirements/s3-server.txt
