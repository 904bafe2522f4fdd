# The whole project in a few words. Options for a command go in ARGS:  make test ARGS="-k journal"

.PHONY: setup pilot test fuzz docs mutants lock

setup: # all that is needed to run; a second call does nothing twice
	@PYTHON="$(PYTHON)" bash scripts/setup.sh

pilot: setup # the short protocol with the emulated scanner, about two minutes
	.venv/bin/python run_session.py pilot $(ARGS)

test: setup # most tests wait for runs in real time, so three at once finish sooner, even on two cores
	.venv/bin/python -m pytest -n 3 --dist loadfile $(ARGS)

fuzz: setup # the fuzzed targets of the tests, for long: FUZZ times as many examples
	FUZZ=$(or $(FUZZ),30) .venv/bin/python -m pytest -k fuzz --timeout 0 $(ARGS)

mutants: setup # small mistakes made in a copy: those that no test notices. ARGS="task/plan/decks.py --count 40 --seed 1"
	.venv/bin/python scripts/mutants.py $(ARGS)

docs: setup # the tables of docs/data.md, from the kinds of records that the code defines
	.venv/bin/python -m task.record.described

# Remakes requirements.txt after a change in pyproject.toml. Pins stay as they are where they can;
# ARGS=--upgrade moves them all, ARGS="--upgrade-package numpy" one.
lock: | .venv/bin/uv
	.venv/bin/uv pip compile pyproject.toml --group test --group checks --group setup \
	    --universal --fork-strategy fewest --generate-hashes --custom-compile-command "make lock" \
	    --quiet --output-file requirements.txt $(ARGS)

.venv/bin/uv:
	@$(MAKE) setup
