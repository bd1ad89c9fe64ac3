# Everything there is to do here; `make help` lists it. What needs no work is silent.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
IN := .venv/bin/
ENV_FILE ?= .env
LIVEKIT := $(strip $(LIVEKIT_URL) $(shell sed -n 's/^ *LIVEKIT_URL=//p' $(ENV_FILE) 2>/dev/null))
PIP := $(IN)python -m pip install --quiet --disable-pip-version-check
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# As many telephones at a time as there are cores: their calls happen in real time.
PHONES := $(shell echo $$(($(CORES) < 2 ? 2 : $(CORES) > 4 ? 4 : $(CORES))))
TESTS ?=
ROUNDS ?= 10
DEMO_PORT ?= 8010
.DEFAULT_GOAL := help
.PHONY: help run demo voice test soak lint format bench

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

run: .venv/.run $(if $(LIVEKIT),.venv/.voice) ## start the desk, the jobs and the receptionist; Ctrl-C stops them
	@exec $(IN)python manage.py runall

demo: export DEMO = yes
demo: export VAR_DIR = $(CURDIR)/var/demo
demo: export PORT = $(DEMO_PORT)
demo: .venv/.run ## look around: the same desk with a made-up week in var/demo, made anew each time; nothing is sent
	@$(IN)python manage.py filldemo
	@exec $(IN)python manage.py runall

voice: .venv/.voice ## the same with a telephone on this machine, and a voice: call her from the practice page
	@exec $(IN)python manage.py runall --voice

test: .venv/.dev ## run the tests, with what they need; TESTS=tests/knowledge runs some
	@.ci/tools
	@$(IN)python -m pytest -n 3 --dist loadgroup -q $(or $(TESTS),tests --ignore=tests/telephone)
	@$(if $(TESTS),,$(IN)python -m pytest -n $(PHONES) --dist load --max-worker-restart 3 -q -m 'not soak' tests/telephone)

soak: .venv/.dev ## call her by telephone, as the tests do, ten times over; ROUNDS=3 for less
	@.ci/tools
	@failed=0; for round in $$(seq $(ROUNDS)); do \
		echo "round $$round of $(ROUNDS)"; $(IN)python -m pytest -n $(PHONES) --dist load -q -p no:rerunfailures tests/telephone || failed=$$((failed + 1)); done; \
		echo "rounds that failed: $$failed of $(ROUNDS)"; test $$failed -eq 0

lint: .venv/.dev ## say what is not as it should be
	@$(IN)python -m ruff check .
	@$(IN)python -m ruff format --check .

format: .venv/.dev ## put it right, where a program can
	@$(IN)python -m ruff check --fix --quiet .
	@$(IN)python -m ruff format --quiet .

bench: .venv/.dev ## measure, and compare with the bounds in benchmarks/bounds.toml
	@$(IN)python -m benchmarks

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing; on Debian: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv

.venv/.run: requirements.txt | .venv/bin/python
	@echo "Installing the packages: a minute or two, once."
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.voice: requirements-voice.txt .venv/.run
	@echo "Installing ears and a voice: half a minute, once."
	@$(PIP) -r requirements-voice.txt
	@touch $@

.venv/.dev: requirements-dev.txt requirements-postgres.txt requirements-voice.txt .venv/.run
	@echo "Installing what the tests need."
	@$(PIP) -r requirements-dev.txt
	@touch $@
