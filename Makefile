# Every target makes its own virtual environment and installs what it needs on a bare machine (python3 and git).
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: analysis-score quickstart test lint bench bench-analysis bench-suites bench-hook bench-store bench-generic bench-rotation bench-fix bench-rules bench-held train-generic bench-scan soak acceptance acceptance-audit acceptance-fix acceptance-recorded acceptance-sdks acceptance-templates bench-audit picture api-coverage servers clean

quickstart: $(VENV)/.base
	$(BIN)/strongroom quickstart

test: $(VENV)/.test servers
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.test
	$(BIN)/python benchmarks/startup.py

# make bench-scan REPOSITORIES="../flask ../ansible" PEERS=../peers-environment
bench-scan: $(VENV)/.test
	$(BIN)/python benchmarks/scan.py $(REPOSITORIES) $(if $(PEERS),--peers $(PEERS)) $(if $(RUNS),--runs $(RUNS)) $(if $(MODES),--modes $(MODES))

# make bench-rules GITLEAKS=../gitleaks DETECT_SECRETS=../detect-secrets SECRETLINT=../secretlint SEMGREP_RULES=../semgrep-rules
#   BETTERLEAKS=../betterleaks KINGFISHER=../kingfisher TRUFFLEHOG=../trufflehog GO=$(which go) PEERS=../peers-environment SEED=1
bench-rules: $(VENV)/.test
	$(BIN)/python benchmarks/published_rules.py $(if $(GITLEAKS),--gitleaks $(GITLEAKS)) $(if $(DETECT_SECRETS),--detect-secrets $(DETECT_SECRETS)) \
	  $(if $(SECRETLINT),--secretlint $(SECRETLINT)) $(if $(SEMGREP_RULES),--semgrep-rules $(SEMGREP_RULES)) $(if $(BETTERLEAKS),--betterleaks $(BETTERLEAKS)) \
	  $(if $(KINGFISHER),--kingfisher $(KINGFISHER)) $(if $(TRUFFLEHOG),--trufflehog $(TRUFFLEHOG)) $(if $(GO),--go $(GO)) \
	  $(if $(PEERS),--peers $(PEERS)) $(if $(SEED),--seed $(SEED))

# Precision and recall of program analysis on fixtures/analysis; make analysis-score PARTS=dev for the part that may be looked at.
analysis-score: $(VENV)/.test
	$(BIN)/python -m benchmarks.analysis_score --parts $(or $(PARTS),dev kept)

# Recall and precision on other people's suites: make bench-suites SUITES=../suites ONLY="juliet-java gosec"; SUITES holds their checkouts.
bench-suites: $(VENV)/.test
	$(BIN)/python -m benchmarks.suites.score $(SUITES) $(if $(ONLY),--only $(ONLY))

# make bench-generic DATA=../labelled-regions.jsonl CLEAN="../flask ../curl" PEERS=../peers-environment
bench-generic: $(VENV)/.test
	$(BIN)/pip install -q --disable-pip-version-check -e '.[train]'
	$(BIN)/python benchmarks/train_generic.py $(DATA) --for-report --output $(VENV)/report-model.json $(if $(CLEAN),--clean $(CLEAN))
	$(BIN)/python benchmarks/generic.py $(DATA) --model $(VENV)/report-model.json $(if $(PEERS),--peers $(PEERS))

# make train-generic DATA=../labelled-regions.jsonl CLEAN="../flask ../curl"
train-generic: $(VENV)/.test
	$(BIN)/pip install -q --disable-pip-version-check -e '.[train]'
	$(BIN)/python benchmarks/train_generic.py $(DATA) $(if $(CLEAN),--clean $(CLEAN))

# What program analysis costs: make bench-analysis REPOSITORIES="../flask ../django"
bench-analysis: $(VENV)/.test
	$(BIN)/python -m benchmarks.analysis_cost $(REPOSITORIES) $(if $(RUNS),--runs $(RUNS))

# The store over HTTP: make bench-store MOTO=../moto/bin/moto_server SECRETS=2000 ALARMS=1 SLOW_FLUSH=2 POSTGRESQL=postgresql://user@host/empty
bench-store: $(VENV)/.test
	$(BIN)/python -m benchmarks.store $(if $(MOTO),--moto $(MOTO)) $(if $(SECRETS),--secrets $(SECRETS)) $(if $(ALARMS),--alarms) \
	  $(if $(SLOW_FLUSH),--slow-flush $(SLOW_FLUSH)) $(if $(POSTGRESQL),--postgresql $(POSTGRESQL))

# What asking costs whether a vault holds what repositories hold: make bench-held FOLDERS="../flask ../django" SECRETS=2000
bench-held: $(VENV)/.test
	$(BIN)/python -m benchmarks.held_values $(FOLDERS) $(if $(SECRETS),--secrets $(SECRETS))

bench-hook: $(VENV)/.test
	$(BIN)/python benchmarks/hook.py --pre-commit $(BIN)/pre-commit

# What it costs to know who calls and whether they may.
bench-access: $(VENV)/.test
	$(BIN)/python -m benchmarks.access

# What the rotation scheduler costs: make bench-rotation SECRETS=10000
bench-rotation: $(VENV)/.test
	$(BIN)/python -m benchmarks.rotation $(if $(SECRETS),--secrets $(SECRETS))

# What planning a fix costs beside its scan: make bench-fix FILES=5000 FINDINGS=500
bench-fix: $(VENV)/.test
	$(BIN)/python -m benchmarks.fix $(if $(FILES),--files $(FILES)) $(if $(FINDINGS),--findings $(FINDINGS))

# What an audit of many repositories costs, by one worker and by two: make bench-audit REPOSITORIES=2000 SCHEDULER=1
bench-audit: $(VENV)/.test
	$(BIN)/python -m benchmarks.audit $(if $(REPOSITORIES),--repositories $(REPOSITORIES)) $(if $(SCHEDULER),--scheduler)

soak: $(VENV)/.test servers
	STRONGROOM_SOAK=$(or $(N),100) $(BIN)/python -m pytest -q tests/soak

acceptance: $(VENV)/.test
	$(BIN)/python -m tests.acceptance.real_project httpbin supervisor

# Twenty-three public projects with credentials of all shapes, the whole way: make acceptance-fix SEEDS="3 4" PROJECTS="httpbin pgspecial" FOLDER=../walks
acceptance-fix: $(VENV)/.test servers
	$(BIN)/python -m tests.acceptance.real_project $(PROJECTS) $(foreach seed,$(SEEDS),--seed $(seed)) $(if $(FOLDER),--folder $(FOLDER))

# Real repositories with their histories: make acceptance-audit REPOS=../mirrors OUT=../audit, then READ=../audit shows a sample.
acceptance-audit: $(VENV)/.test
	$(BIN)/python -m tests.acceptance.audit $(if $(REPOS),--repositories $(REPOS)) $(if $(OUT),--out $(OUT)) $(if $(READ),--read $(READ))

# Suites that others recorded against AWS: make acceptance-recorded SUITES_PYTHON=../suites/bin/python LOCALSTACK=../localstack MOTO=../moto
acceptance-recorded: $(VENV)/.test
	$(BIN)/python -m tests.acceptance.recorded $(if $(SUITES_PYTHON),--python $(SUITES_PYTHON)) $(if $(LOCALSTACK),--localstack $(LOCALSTACK)) $(if $(MOTO),--moto $(MOTO))

# The accessors that fix writes, with AWS's own SDKs: make acceptance-sdks GO_SDK=/usr/share/gocode RUBY_SDK=../aws-sdk-ruby
acceptance-sdks: $(VENV)/.test servers
	$(BIN)/python -m tests.acceptance.sdks $(if $(GO_SDK),--go $(GO_SDK)) $(if $(RUBY_SDK),--ruby $(RUBY_SDK))

# AWS's own rotation templates, unmodified: make acceptance-templates TEMPLATES=../aws-secrets-manager-rotation-lambdas
# PyGreSQL, which those for PostgreSQL import, is built here: it takes a C compiler and libpq with its headers.
acceptance-templates: $(VENV)/.test servers
	$(if $(TEMPLATES),$(BIN)/pip install -q --disable-pip-version-check --upgrade --target $(VENV)/templates PyGreSQL PyMySQL)
	$(BIN)/python -m tests.acceptance.templates $(if $(TEMPLATES),--templates $(TEMPLATES) --libraries $(VENV)/templates)

picture: $(VENV)/.test
	$(BIN)/python docs/make_picture.py
	$(BIN)/python -m docs.make_audit_pictures

# docs/api-coverage.md and docs/api-operations.md: which test shows what of the API.
api-coverage: $(VENV)/.test
	$(BIN)/python docs/make_coverage.py
	$(BIN)/python docs/make_operations.py

servers:
	@sh tests/servers.sh

$(VENV)/.base: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Python 3.11 to 3.13 is needed; $(PYTHON) is `$(PYTHON) -V`. Try: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || sh tests/servers.sh venv
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/.test: $(VENV)/.base
	$(BIN)/pip install -q --disable-pip-version-check -e '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
