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

compile_into() {
    .venv/bin/pip-compile --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate --no-emit-options \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --quiet "${upgrade[@]}" --output-file "$@" -
}

upgrade=("$@")
declared project.dependencies | compile_into requirements/runtime.txt
declared build-system.requires | compile_into requirements/build.txt --constraint requirements/runtime.txt
declared project.dependencies build-system.requires dependency-groups.dev |
    compile_into requirements/dev.txt --constraint requirements/runtime.txt --constraint requirements/build.txt
declared dependency-groups.client-generator | compile_into requirements/client-generator.txt
