# make book        build the executed book into _build/html
# make pdf         the book as one PDF, without the package reference (with Chromium), _build/provable-mtl.pdf
# make zip         the built pages as one file to unpack anywhere, _build/provable-mtl.zip
# make notebooks   the chapters as notebooks for Colab, in _build/notebooks (needs BOOK_REPOSITORY)
# make test        run every test, the chapters included
# make test-web    build the book and try its pages in Chromium (CHROMIUM=path, by default /usr/bin/chromium)
# make lint        style, types, docstrings, links, figures, budgets: what needs no run
# make test-fast   leave out what needs the experiments of the figures and chapters
# make nightly     what every push leaves out: more cases of some checks
# make references  re-run the chapters that changed, or whose package did, and store what they print
# make mutants     plant faults in the package, one at a time: each must turn a test red
# make bench       time the computations; everything, kept for the page about speed: python tests/bench.py --write
# make results     compute what the figures need (the other targets do so themselves)
# make lab         open the chapters as notebooks in JupyterLab
# make lock        install the newest versions that fit and pin them in constraints.txt
# make clean       remove the environment, the built book and every cache
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: book pdf zip notebooks test test-fast nightly test-web lint results references mutants bench lab lock clean
.DEFAULT_GOAL := book
# The experiments come first, with a progress bar; what the store holds is only read.
results: $(VENV)/.done
	@$(BIN)/python -m mtlcore run all >/dev/null

book: results
	@$(BIN)/jupyter-book build -W -n --keep-going book --config _config.yml --toc "$(CURDIR)/_toc.yml" --path-output .
	@echo "$(CURDIR)/_build/html/index.html"

pdf: book
	@$(BIN)/python book/_tools/pdf.py _build/html _build/provable-mtl.pdf

zip: book
	@$(BIN)/python book/_tools/pack.py _build/html _build/provable-mtl.zip

notebooks: $(VENV)/.done
	@rm -rf _build/notebooks
	@$(BIN)/python book/_tools/notebooks.py _build/notebooks

test: results
	@$(BIN)/python -m pytest

test-web: book
	@$(BIN)/python -m pytest tests/web

lint: $(VENV)/.done
	@$(BIN)/ruff check --quiet mtlcore tests book/_ext book/_tools
	@$(BIN)/ruff format --quiet --check mtlcore tests book/_ext book/_tools
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python -m pytest -q tests/book/test_lints.py tests/book/test_api.py tests/test_layers.py tests/pretraining/test_symbols.py tests/test_environment.py

test-fast: $(VENV)/.done
	@$(BIN)/python -m pytest -m "not long and not nightly"

nightly: results
	@$(BIN)/python -m pytest -m nightly

references: results
	@$(BIN)/python tests/references.py $(ACCEPT)

mutants: results
	@$(BIN)/python tests/mutants.py

bench: $(VENV)/.done
	@$(BIN)/python tests/bench.py

lab: $(VENV)/.done
	@$(BIN)/jupytext-config --settings-file $(VENV)/etc/jupyter/labconfig/default_setting_overrides.json \
		set-default-viewer markdown myst
	@$(BIN)/jupyter-lab book

# The stamp goes first and comes last: an interrupted installation starts again from nothing.
$(VENV)/.done: pyproject.toml constraints.txt
	@test -e $@ || $(PYTHON) -m venv --clear $(VENV)
	@rm -f $@
	@echo "Installing the locked packages into $(VENV): some minutes at the first time."
	@$(PIP) install --quiet -c constraints.txt -e ".[book,test,cluster,web]"
	@touch $@

lock:
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --quiet -e ".[book,test,cluster,web]"
	{ sed -n '/^#/p' constraints.txt; $(PIP) freeze --exclude-editable | sed 's/+.*//'; } > $(VENV)/lock
	mv $(VENV)/lock constraints.txt
	touch $(VENV)/.done

clean:
	rm -rf $(VENV) _build _store *.egg-info .pytest_cache .ruff_cache .mypy_cache
	find mtlcore tests book -name __pycache__ -prune -exec rm -rf {} +
