#!/usr/bin/env bash
# A day of an operator, with nothing but the command line, a shell and jq. Needs ABSURD_DATABASE_URL and ABSURD_STAGES;
# CALIBRATOR names a file that is not there yet and that the stage calibrate wants.
set -euo pipefail

absurd() { deno run -q absurd "$@"; }
fail() {
  echo "day.sh: $*" >&2
  exit 1
}
# The exit code of a command that may fail.
code_of() {
  local code=0
  "$@" >/dev/null 2>&1 || code=$?
  echo "$code"
}

ABSURD_ENABLED=true deno run -q absurd worker --poll-interval 200ms &
worker=$!
trap 'kill "$worker" 2>/dev/null || true' EXIT

# spawn: the id, and only the id, on stdout
id=$(absurd spawn prepare -P n:=1 --wait-timeout 60s)
[[ $id =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]] || fail "no id: $id"
[[ $(absurd task show "$id" --json | jq -r .status) == completed ]] || fail "prepare did not complete"

# chain, and wait: calibrate finds nothing
[[ $(code_of absurd chain night -P calibrator="$CALIBRATOR" --key night-1 --wait-timeout 60s) == 3 ]] || fail "the chain did not fail"
workflow=$(absurd workflow list --name night --json | jq -r '.[0].workflow_id')
absurd task list --workflow "$workflow" --status failed --jsonl | jq -e 'select(.error_reason == "bad_input")' >/dev/null

# why: each step says what holds it back, and what would free it
last=$(absurd task list --workflow "$workflow" --name publish --json | jq -r '.[0].task_id')
absurd task why "$last" --json | jq -e '.reasons | map(.kind) | index("cancelled")' >/dev/null

# replay: the whole chain goes on where it failed
touch "$CALIBRATOR"
absurd dlq replay --name calibrate --dry-run --json | jq -e '.count == 1' >/dev/null
absurd dlq replay --name calibrate --yes
absurd workflow watch "$workflow" --timeout 60s
absurd task show "$last" --json | jq -e '.result.published' >/dev/null

# pause and resume
absurd queue pause dsa110-pipeline
held=$(absurd spawn prepare)
[[ $(absurd task show "$held" --json | jq -r .state) == held ]] || fail "the queue is not paused"
absurd task why "$held" --json | jq -e '.reasons | any(.kind == "paused")' >/dev/null
absurd queue resume dsa110-pipeline
absurd task watch "$held" --timeout 60s

# cancel what runs
slow=$(absurd spawn slow)
until [[ $(absurd task show "$slow" --json | jq -r .status) == claimed ]]; do sleep 0.2; done
absurd task cancel --name slow --status claimed --yes --reason clouds
[[ $(code_of absurd task watch "$slow") == 4 ]] || fail "watching a cancelled task does not exit with 4"

# what monitoring and cron see
absurd status --json | jq -e '.queues[0].completed >= 5 and (.workers | any(.live))' >/dev/null
[[ $(code_of absurd status --check) == 0 ]] || fail "not healthy: $(absurd status --check)"

# forget it all
absurd prune --older-than 0s --yes --json | jq -e '.tasks >= 6' >/dev/null
echo "a day without a word of SQL"
