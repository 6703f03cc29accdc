# Two commands do everything on a fresh machine: `make run` and `make test`.
# The environment (.venv) is made once, and again when a dependency changes.

.DEFAULT_GOAL := help
.PHONY: help run test bench quality soak screenshots bundle docs lint format clean

PYTHON_ENV := .venv/bin/python
NEEDS := pyproject.toml constraints.txt .ci/environment

help:
	@echo "make run          open the window (without a display: denoise the sample picture)"
	@echo "make test         the whole test suite, on a virtual display"
	@echo "make docs         the documentation as web pages in docs/_build/html"
	@echo "make lint         ruff and mypy"
	@echo "make format       rewrite the code in the project's format, and the tables made of the project"
	@echo "make bench        measure speed and memory against torch.nn; BENCH=--keep shows it in docs"
	@echo "make quality      measure the models on pictures: SETS='--clean CBSD68=FOLDER'"
	@echo "make soak         long use, closing, killing, odd files, strangers; about 30 minutes"
	@echo "make screenshots  picture the real window for README and docs"
	@echo "make bundle       build a folder that needs no Python, and try it"
	@echo "make clean        remove everything that the other targets made"

.venv/.installed-%: $(NEEDS)
	@.ci/environment $*

# Tk needs an X display on Linux; macOS and Windows always have one.
run: .venv/.installed-run
	@if [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY" ]; then \
		echo "There is no display, so the sample picture is denoised on the command line."; \
		$(PYTHON_ENV) -m desktop_app demo --output sample-results; \
	else \
		$(PYTHON_ENV) -m desktop_app; \
	fi

test: .venv/.installed-test
	$(PYTHON_ENV) -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile $(PYTEST_ARGUMENTS)

bench: .venv/.installed-test
	$(PYTHON_ENV) -m tests.benchmarks $(BENCH)

quality: .venv/.installed-test
	$(PYTHON_ENV) -m tests.quality $(SETS)

soak: .venv/.installed-test
	$(PYTHON_ENV) -m tests.soak

screenshots: .venv/.installed-test
	$(PYTHON_ENV) -m tests.screenshots

bundle: .venv/.installed-bundle
	$(PYTHON_ENV) -m tests.bundle

docs: .venv/.installed-dev
	$(PYTHON_ENV) -m sphinx -q -W --keep-going -b html docs docs/_build/html

lint: .venv/.installed-dev
	$(PYTHON_ENV) -m ruff check .
	$(PYTHON_ENV) -m ruff format --check .
	$(PYTHON_ENV) -m mypy

format: .venv/.installed-dev
	$(PYTHON_ENV) -m ruff check --fix .
	$(PYTHON_ENV) -m ruff format .
	$(PYTHON_ENV) -m tests.project.made_parts

clean:
	rm -rf .venv build dist sample-results benchmark-results quality-results soak-results .coverage htmlcov
	rm -rf docs/_build docs/generated
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
