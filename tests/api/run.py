"""The real daemon against its own OpenAPI documents: `TOFT_BIN=… python3 run.py SCHEMATHESIS`.

Every operation gets the documents' examples, every bound of every parameter, and values drawn by a
fixed seed. No answer may be a 5xx, each must be one that its document describes, and at least four of
five operations must do what they are for."""

import collections
import json
import os
import subprocess
import sys
from pathlib import Path

from world import World

HERE = Path(__file__).parent
METHODS = ("get", "put", "post", "patch", "delete")
AT_LEAST = 0.8


def main():
    programs, *more = sys.argv[1:]
    with World(os.environ["TOFT_BIN"]) as world:
        notes = Path(world.dir.name) / "answers"
        operations, failed = {}, []
        for name, document in world.documents():
            operations.update(described(document))
            if not test(programs, world, document, notes, more):
                failed.append(name)
        if failed:
            print(f"--- the daemon's log ---\n{world.log.read_text()[-6000:]}")
        answers = collections.defaultdict(collections.Counter)
        for line in notes.read_text().splitlines():
            note = json.loads(line)
            answers[note["operation"]][note["status"]] += 1
        enough = report(operations, answers)
    sys.exit(0 if enough and not failed else 1)


def test(programs, world, document, notes, more):
    env = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "TOFT_DATA_DIR": world.data,
        "TOFT_API_NOTES": str(notes),
    }
    command = [
        f"{programs}/schemathesis",
        "--config-file",
        str(HERE / "schemathesis.toml"),
        "run",
        str(document),
        f"--url={world.url}",
        f"--tls-verify={world.ca}",
        f"--header=Authorization: Bearer {world.token}",
        *more,
    ]
    return subprocess.run(command, env=env, cwd=world.dir.name, check=False).returncode == 0


def described(document):
    """Every operation of a document, and whether it is one that ends in a 2xx."""
    paths = json.loads(document.read_text())["paths"]
    for path, item in paths.items():
        for method in METHODS:
            if method in item:
                codes = [int(code) for code in item[method]["responses"] if code != "default"]
                yield f"{method.upper()} {path}", min(codes)


def report(operations, answers):
    """Prints what was reached; whether it is enough."""
    reached = [name for name in operations if any(200 <= code < 300 for code in answers[name])]
    for name, success in operations.items():
        if name not in reached:
            codes = ", ".join(f"{count} × {code}" for code, count in sorted(answers[name].items()))
            print(f"no 2xx: {name} (its success is {success}; it answered {codes or 'nothing'})")
    share = len(reached) / len(operations)
    print(f"{len(reached)} of {len(operations)} operations reached a 2xx: {share:.0%}")
    return share >= AT_LEAST


if __name__ == "__main__":
    main()
