# Passerelle. `make` seul affiche le menu ; `make demo` et `make test` préparent tout eux-mêmes.
#
# Rules of this file:
# 1. every path is relative, so a checkout may live anywhere (spaces included);
# 2. what is installed is what the lock files say, digest for digest;
# 3. a stamp per environment: a second call installs nothing;
# 4. a target of the menu is `.PHONY` and carries its `##` sentence (a house test reads both).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := menu

# Only our own environment is imported, whatever the account or the shell carries.
export PYTHONNOUSERSITE := 1
export PIP_USER := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Kept compiled: each of the many processes of the tests would compile our code again.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PIP_REQUIRE_VIRTUALENV

BIN := .venv/bin
PY := $(BIN)/python
RUNTIME := .venv/.runtime
DEVELOPMENT := .venv/.development
SHEETJS := tests/sheetjs/node_modules/.installed
INSTALL := $(PY) -m pip install --quiet --no-input --require-hashes

SAMPLES ?= $(wildcard ../shared/samples/dept-08)
KEEP ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=
SECONDS ?= 60
FUZZ_ARGS ?=

.PHONY: menu setup demo test check story laws fuzz bench peers lock image clean

menu:
	@echo "Passerelle : make <cible>"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' Makefile

setup: $(DEVELOPMENT) $(SHEETJS) ## installe l'environnement de développement complet dans .venv
	@.ci/parts gpg sshd postgres clamd softhsm

demo: $(RUNTIME) ## déroule un département de bout en bout (SAMPLES=dossier, KEEP=1 pour garder le résultat)
	@.ci/parts gpg
	@$(BIN)/passerelle demo --var var/demo $(if $(SAMPLES),--samples "$(SAMPLES)") $(if $(filter 1,$(KEEP)),--keep)

test: setup ## lance tous les tests (PYTEST_ARGS="-k mot" pour en choisir)
	@# Three at once for two cores: much of the time is spent waiting for partners. A file is
	@# one worker's, so that what it sets up is set up once; tests/conftest.py orders the files. Each
	@# has small tables: one thread of polars, for more would only wait for one another.
	@POLARS_MAX_THREADS=1 $(PY) -m pytest $(or $(PYTEST_ARGS),-n $$(( ($$(nproc) * 3 + 1) / 2 )) --dist loadfile --no-loadscope-reorder)

check: $(DEVELOPMENT) ## vérifie la forme : style, mise en page, types, étages
	@.ci/checks

story: setup ## raconte le trajet d'un dépôt, une phrase par test
	@$(PY) -m pytest tests/story --verbose $(PYTEST_ARGS)

laws: $(DEVELOPMENT) ## essaie longuement les lois de chaque contrat, sur des fichiers tirés au hasard (PYTEST_ARGS)
	@$(PY) -m pytest tests/laws/contracts --hypothesis-profile=long --timeout=0 $(PYTEST_ARGS)

fuzz: $(DEVELOPMENT) ## malmène les lecteurs de fichiers, guidé par le code atteint (SECONDS=60, FUZZ_ARGS="--flow pe-parcours")
	@$(PY) -m tests.fuzz.guided --seconds $(SECONDS) --corpus var/fuzz $(FUZZ_ARGS)

bench: $(DEVELOPMENT) ## mesure les débits (BENCH_ARGS pour les options)
	@.ci/parts gpg
	@$(PY) -m benchmarks $(BENCH_ARGS)

peers: .peers/.installed ## installe à part les pairs du rapprochement (Splink, recordlinkage) ; puis python -m benchmarks.linkage

# The library RDV-Insertion reads our files with, for one test of ours: never shipped.
$(SHEETJS): tests/sheetjs/package-lock.json
	@.ci/parts node npm
	@npm ci --prefix tests/sheetjs --silent --no-audit --no-fund --ignore-scripts
	@touch $@

# Their pandas, numpy and DuckDB never enter our environment.
.peers/.installed: benchmarks/peers/requirements.txt | $(PY)
	@$(PY) -m venv .peers
	@.peers/bin/python -m pip install --quiet --no-input --require-hashes -r $<
	@touch $@

lock: $(DEVELOPMENT) ## recalcule les trois fichiers de verrouillage d'après pyproject.toml
	@.ci/lock

image: ## construit l'image du conteneur
	@docker build --tag passerelle .

clean: ## efface l'environnement, les caches et les restes de démonstration, jamais une vraie donnée
	@rm -rf .venv .peers tests/sheetjs/node_modules dist build var/demo var/fuzz .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	@find gateway connectors schemas tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(PY):
	@.ci/venv

# The development lock holds everything the runtime lock holds, at the same versions.
$(DEVELOPMENT): requirements-dev.lock pyproject.toml | $(PY)
	@echo "Installation des dépendances de développement (quelques minutes la première fois)…"
	@$(INSTALL) -r requirements-dev.lock
	@$(PY) -m pip install --quiet --no-input --no-deps --no-build-isolation --editable .
	@touch $(RUNTIME) $@

$(RUNTIME): requirements.lock requirements-build.lock pyproject.toml | $(PY)
	@echo "Installation des dépendances (une à deux minutes la première fois)…"
	@$(INSTALL) -r requirements-build.lock -r requirements.lock
	@$(PY) -m pip install --quiet --no-input --no-deps --no-build-isolation --editable .
	@touch $@
