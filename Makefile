# `make run` and `make test` need Python 3.11 or newer and make. Everything else is fetched into .venv, once.

PYTHON ?= python3
PROGRAMS := .venv/bin
PIP := $(PROGRAMS)/python -m pip --quiet --disable-pip-version-check

.PHONY: run test check bench lock install
.SILENT:

run: install
	exec $(PROGRAMS)/python -m app.end_with_parent $(PROGRAMS)/pressroom up

test: install
	$(PROGRAMS)/python -m tests.browser
	$(PROGRAMS)/pytest -n 2

check: install
	$(PROGRAMS)/ruff format --check
	$(PROGRAMS)/ruff check
	$(PROGRAMS)/mypy
	$(PROGRAMS)/lint-imports

bench: install
	$(PROGRAMS)/python -m tests.bench

# Takes the pins of pyproject.toml and adds what they need, with the hashes of all their files, for all systems.
lock: install
	$(PROGRAMS)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --all-extras \
		--generate-hashes --custom-compile-command "make lock" --output-file requirements.lock
	! grep -n '://' requirements.lock

# A .venv that does not work, or that was copied here from another folder, is made anew. It is filled again whenever
# requirements.lock or pyproject.toml are no longer what .venv/installed remembers.
install:
	if [ -e .venv ] && ! { $(PROGRAMS)/python -c 'import pip' 2>/dev/null \
			&& { [ ! -e .venv/installed ] || head -n 2 $(PROGRAMS)/pressroom 2>/dev/null | grep -qF '$(CURDIR)/.venv/'; }; }; then \
		echo "The folder .venv does not work any more: making it anew."; \
		rm -rf .venv; \
	fi
	if [ ! -e .venv ]; then \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo >&2 \
			"Pressroom needs Python 3.11 or newer: install it, or name it, as in 'make run PYTHON=python3.12'."; exit 1; }; \
		$(PYTHON) -m venv .venv >/dev/null || { rm -rf .venv; echo >&2 \
			"This Python cannot make virtual environments: install its venv module (Debian: apt install python3-venv)."; exit 1; }; \
	fi
	cat requirements.lock pyproject.toml 2>/dev/null | cmp -s - .venv/installed || { \
		echo "Installing what requirements.lock names into .venv: this takes a minute or two."; \
		rm -f .venv/installed; \
		$(PIP) install --require-hashes --requirement requirements.lock \
		&& $(PIP) install --no-deps --no-build-isolation --editable . \
		&& cat requirements.lock pyproject.toml > .venv/installed; \
	} || { echo >&2 "The installation failed (see above): check the network, then try again."; exit 1; }
