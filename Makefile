# Everything a fresh clone needs: `make serve` runs Firyad, `make test` tests it. Finished work is not repeated.

PYTHON ?= python3
PORT ?= $(or $(FIRYAD_PORT),8000)
MODELS ?= models
DATA ?= data/starter
COLUMNS ?=
WEEK ?=
SECONDS ?= 30
SETS ?= ../shared/data
TRENDS ?= ../shared/bench/trends
export FIRYAD_MODELS_DIR ?= $(MODELS)

VENV := .venv
BIN := $(VENV)/bin
SERVICE_VENV := .venv-service
BENCH_VENV := .venv-bench

.DEFAULT_GOAL := help
.PHONY: help serve train report encoder check format test test-service bench bench-quality bench-trends clean

help: ## List every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(VENV)/.training $(FIRYAD_MODELS_DIR)/current/manifest.json ## Set up, train the starter model if there is none, and serve on PORT (8000)
	@$(BIN)/firyad serve --port $(PORT)

train: $(VENV)/.training ## Train on DATA (data/starter); COLUMNS="theme=category text=body" maps its columns
	@$(BIN)/firyad train --data "$(DATA)" $(foreach column,$(COLUMNS),--column $(column)) $(ARGS)

report: $(VENV)/.training ## Write the report of WEEK (2026-W46; the last complete week if left out) to reports/
	@$(BIN)/firyad report $(if $(WEEK),--week $(WEEK))

encoder: $(VENV)/.training ## Build the encoder that training and serving share
	@$(BIN)/firyad encoder

check: $(VENV)/.dev ## What CI checks beside the tests: style, types, directions of import
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: $(VENV)/.dev ## Run the tests
	$(BIN)/pytest

test-service: $(SERVICE_VENV)/.dev ## Run the service's tests where nothing of training is installed
	$(SERVICE_VENV)/bin/pytest -m "not training"

bench: $(VENV)/.dev $(FIRYAD_MODELS_DIR)/current/manifest.json ## Measure the service beside sentence-transformers, SECONDS (30) for each load
	$(BIN)/python -m tests.benchmark.serving --seconds $(SECONDS)

bench-quality: $(VENV)/.dev ## Measure how right it is on public sets in SETS (../shared/data); ARGS="cfpb --out FILE" chooses
	$(BIN)/python -m tests.benchmark.quality --data "$(SETS)" --models-dir "$(FIRYAD_MODELS_DIR)" $(ARGS)

bench-trends: $(BENCH_VENV)/.bench ## Measure the alarms on simulated counts of TRENDS (../shared/bench/trends); ARGS="--suite B" chooses
	$(BENCH_VENV)/bin/python -m tests.benchmark.trends --bench "$(TRENDS)" $(ARGS)

clean: ## Remove virtual environments and caches; models, reports and the store stay
	rm -rf $(VENV) $(SERVICE_VENV) $(BENCH_VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(FIRYAD_MODELS_DIR)/current/manifest.json: | $(VENV)/.training
	@echo "No model in $(FIRYAD_MODELS_DIR)/ yet: training the starter model (a few minutes, once)"
	@$(BIN)/firyad train

$(VENV)/bin/python:
	@echo "Making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.training: pyproject.toml | $(VENV)/bin/python
	@echo "Installing firyad[training] (a few minutes, once)"
	@$(BIN)/pip install --disable-pip-version-check --editable '.[training]'
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.training
	@echo "Installing what the tests need"
	@$(BIN)/pip install --disable-pip-version-check --quiet --editable '.[training,dev]'
	@touch $@

$(SERVICE_VENV)/.dev: pyproject.toml
	@echo "Making $(SERVICE_VENV), where nothing of training is installed"
	@$(PYTHON) -m venv $(SERVICE_VENV)
	@$(SERVICE_VENV)/bin/pip install --disable-pip-version-check --quiet --editable '.[dev]'
	@touch $@

# Of its own: scikit-learn loads pandas wherever it is installed.
$(BENCH_VENV)/.bench: pyproject.toml
	@echo "Making $(BENCH_VENV), with what the simulator and its scorer need"
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/pip install --disable-pip-version-check --quiet --editable '.[bench]'
	@touch $@
