# Everything a developer or CI runs. Each target sets up what it needs first.
.DEFAULT_GOAL := help
.PHONY: help setup demo run test lint battery bench screenshots

bin := .venv/bin

help:        ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

# Older than what it was made from: made anew.
.venv/.complete: requirements.lock pyproject.toml .ci/setup
	@sh .ci/setup

setup: .venv/.complete  ## the environment, and Qt's system libraries where they are missing

demo: setup  ## the window on a practice exchange; with no display a short session that leaves screenshots
	$(bin)/heatline demo

run: setup  ## the window on your own Sierra Chart
	$(bin)/heatline

lint: setup  ## types, style and layers
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports

test: lint  ## every check
	$(bin)/pytest -m "not battery" -n 2 --dist loadscope

battery: setup  ## the long forms: hundreds of kills
	$(bin)/pytest -m battery --timeout 3600

bench: setup  ## measurements, as ratios of one run
	$(bin)/python -m tests.bench

screenshots: setup  ## the states of the window, as pictures
	$(bin)/python -m tests.screenshots
