# Every verb sets up what it needs: a virtual environment always; as root also the Debian packages that are
# missing. A normal user is told their names instead.
VENV    := .venv
PYTHON  ?= python3
BIN     := $(VENV)/bin
# What runs; and that with what tests, checks and the manual need, compiled. Who has the second runs that.
RUNS    := $(VENV)/.runs
DEV     := $(VENV)/.dev
READY   := $(if $(wildcard $(DEV)),$(DEV),$(RUNS))
PEER    := .venv-aerleon
# The kernel firewall needs nft and libnftables; the tests bring foreign programs of their own.
RUN_PACKAGES  := nftables
TEST_PACKAGES := tshark curl openssl dnsmasq-base kea-dhcp4-server isc-dhcp-server isc-dhcp-relay isc-dhcp-client udhcpc iptables iproute2 nginx-light dhcpcd-base lldpd wget sox ffmpeg groff-base chromium

.PHONY: prove test check docs docs-serve bench setup picture wheel man container clean
.DEFAULT_GOAL := prove

prove: $(READY) ## boot a handset through the firewall and prove every rule
	@sh tools/packages $(RUN_PACKAGES)
	@$(BIN)/ringfence prove $(ARGS)

test: $(DEV) ## run every test this machine can run
	@sh tools/packages $(RUN_PACKAGES) $(TEST_PACKAGES)
	@$(BIN)/python -m pytest -q $(ARGS)

check: $(DEV) ## everything that must be clean before a commit
	$(BIN)/ruff format --check src tests bench tools setup.py
	$(BIN)/ruff check src tests bench tools setup.py
	$(BIN)/mypy src tests bench
	$(BIN)/mypy tools
	$(BIN)/lint-imports --no-cache

# Warnings are errors, broken links among them; nothing is fetched.
docs: $(DEV) ## build the manual as a site into build/site
	@sh tools/packages $(RUN_PACKAGES)
	@NO_MKDOCS_2_WARNING=1 PYTHONPATH=tools $(BIN)/mkdocs build --quiet
	@echo "the manual: build/site/index.html"

docs-serve: $(DEV) ## show the manual at http://127.0.0.1:8000 while it is written
	@NO_MKDOCS_2_WARNING=1 PYTHONPATH=tools $(BIN)/mkdocs serve

bench: $(DEV) $(PEER)/.ready ## print what it costs, as ratios against a peer in one run
	@for file in bench/*.py; do \
		echo "== $$file"; RINGFENCE_AERLEON=$(PEER)/bin/python $(BIN)/python $$file || exit 1; \
	done
	@echo "== bench/ras_load.py --loopback"; $(BIN)/python bench/ras_load.py --loopback

# In an environment of its own: it installs a top-level package called `tools`.
$(PEER)/.ready:
	@$(PYTHON) -m venv $(PEER)
	@$(PEER)/bin/python -m pip install --quiet --disable-pip-version-check aerleon
	@touch $@

setup: $(DEV)

picture: $(DEV) ## draw the picture of README anew
	@PYTHONPATH=tools $(BIN)/python -m manual.standalone with-media > docs/assets/site.svg

wheel: ## a wheel in dist, compiled where there is a C compiler
	@$(PYTHON) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	@ls -l dist/*.whl

man: $(READY) ## write the manual pages into build/man/man1
	@$(BIN)/ringfence man --all build/man/man1
	@echo "man -M build/man ringfence"

container: ## an image with the kernel's firewall
	podman build --build-arg PACKAGES="$(RUN_PACKAGES)" --tag ringfence .

SETUP := pyproject.toml setup.py tools/environment
# What is compiled is compiled anew when it changes: a compiled module goes before its source.
COMPILED := $(wildcard $(shell find src/ringfence -name '*.so' | sed 's/[.][^/]*$$/.py/'))
$(DEV): $(SETUP) $(COMPILED)
	@sh tools/environment --dev $(PYTHON) $(VENV)
	@touch $@

$(RUNS): $(SETUP)
	@sh tools/environment $(PYTHON) $(VENV)
	@touch $@

clean:
	find src/ringfence -name "*.so" -delete
	rm -rf $(VENV) $(PEER) build dist src/*.egg-info .mypy_cache .ruff_cache .hypothesis .pytest_cache
