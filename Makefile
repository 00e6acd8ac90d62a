# What can be done here. Each target calls one script; nothing is decided in
# this file.
.PHONY: build example test lint bench guests clean

build: ## the guests, where they are missing, and bin/caisson
	scripts/build.sh

example: ## build, then run examples/csv-report in a sandbox
	scripts/example.sh

test: ## build, then every check there is
	scripts/test.sh

lint: ## form, habits, known vulnerabilities
	scripts/lint.sh

bench: ## measure on this host and write docs/benchmarks.md
	scripts/benchmarks.sh

guests: ## the guests alone
	internal/guest/build/build.sh

clean: ## all that was built, the guests and their tools too
	rm -rf bin build out
	git clean -qfX internal/guest/bundle
