"""The protocol between a worker and a stage: task on standard input, messages on standard output, exit codes."""

import json
import sys

EXIT_BAD_INPUT = 65


class BadInput(Exception):
    """The input can never be processed: the task fails for good."""


def progress(fraction, message):
    """Tells how far the task is, from 0 to 1."""
    _say({"absurd": "progress", "fraction": fraction, "message": message})


def run(handler):
    """Hands the task to `handler`, writes the result that it returns, and ends the process."""
    task = json.load(sys.stdin)
    try:
        _say({"absurd": "result", "result": handler(task)})
    except BadInput as error:
        print(error, file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)


def require_input(task, candidates):
    """The first of `(step, key)` that an earlier step's result has."""
    for step, key in candidates:
        value = task["inputs"].get(step, {}).get(key)
        if value is not None:
            return value
    names = " or ".join(f'"{key}" of step "{step}"' for step, key in candidates)
    raise BadInput(f"This stage needs the result {names}: run it as a step of a chain")


def require_paths(task, name):
    """A parameter that is a path or a list of paths, as a list."""
    value = task["params"].get(name)
    paths = value if isinstance(value, list) else [value]
    if not paths or not all(isinstance(path, str) and path.startswith("/") for path in paths):
        raise BadInput(f'Parameter "{name}" must be an absolute path, or a list of some, not {json.dumps(value)}')
    return paths


def _say(message):
    print(json.dumps(message), flush=True)
