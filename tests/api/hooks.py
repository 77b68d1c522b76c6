"""What the generated requests need of the real world: ids and codes that exist, and things to break
that the other requests do not need. Every answer is noted for `run.py`."""

import json
import os

import schemathesis
from world import Local

local = Local(os.environ["TOFT_DATA_DIR"])
notes = open(os.environ["TOFT_API_NOTES"], "a", encoding="utf-8")
# Wrong codes slow their source down, the rest of this run included.
wrong_codes = 3


@schemathesis.hook
def before_call(context, case, kwargs):
    kwargs["allow_redirects"] = False
    # Endless answers have tests of their own.
    for endless in ("watch", "follow"):
        if case.query and endless in case.query:
            del case.query[endless]
    prepare = PREPARE.get(case.operation.label)
    if prepare:
        prepare(case)


@schemathesis.hook
def after_call(context, case, response):
    note = {"operation": case.operation.label, "status": response.status_code}
    print(json.dumps(note), file=notes, flush=True)


def with_code(make, texts_only):
    """Most codes are good ones. What is no text is refused in a body before it counts as a guess."""

    def prepare(values):
        global wrong_codes
        if not isinstance(values, dict) or "code" not in values:
            return
        if texts_only and not isinstance(values["code"], str):
            return
        if wrong_codes > 0:
            wrong_codes -= 1
        else:
            values["code"] = make()

    return prepare


def every_other(parameter, make):
    """Half of the calls name something that is there."""
    calls = 0

    def prepare(case):
        nonlocal calls
        calls += 1
        if calls % 2 == 1:
            case.path_parameters[parameter] = make()

    return prepare


def authorize(case):
    if case.query.get("host"):
        port = local.ask("GET", "/api/toft/v1/host")["urls"][0].rsplit(":", 1)[1]
        case.query.update(host=f"site--dev--admin.toft.localhost:{port}", path="/", state="a" * 43)


def change(case):
    """Changes go to an object whose state nobody needs."""
    if case.path_parameters.get("name") == "dev":
        case.path_parameters["name"] = "paper"
        if isinstance(case.body, dict) and isinstance(case.body.get("metadata"), dict):
            if case.body["metadata"].get("name") == "dev":
                case.body["metadata"]["name"] = "paper"


def delete(plural):
    def prepare(case):
        if case.path_parameters.get("name") in ("dev", "paper", "course"):
            case.path_parameters["name"] = local.spare(plural)

    return prepare


def delete_collection(case):
    if case.path_parameters and case.path_parameters.get("namespace") == "admin":
        case.path_parameters["namespace"] = "ada"
    case.query = {**(case.query or {}), "labelSelector": "toft.dev/spare=yes"}


login = with_code(local.code, texts_only=True)
follow = with_code(local.open_code, texts_only=False)
ONE = "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces"
GROUP = "/apis/toft.dev/v1alpha1"

PREPARE = {
    "POST /api/toft/v1/login": lambda case: login(case.body),
    "GET /api/toft/v1/open": lambda case: follow(case.query),
    "GET /api/toft/v1/authorize": authorize,
    "DELETE /api/toft/v1/tokens/{id}": every_other("id", local.token),
    "DELETE /api/toft/v1/sessions/{id}": every_other("id", local.session),
    f"DELETE {ONE}/{{name}}/terminals/{{session}}": every_other("session", local.terminal),
    f"PUT {ONE}/{{name}}": change,
    f"PATCH {ONE}/{{name}}": change,
    f"DELETE {ONE}/{{name}}": delete("workspaces"),
    f"DELETE {GROUP}/templates/{{name}}": delete("templates"),
    f"DELETE {GROUP}/images/{{name}}": delete("images"),
    f"DELETE {ONE}": delete_collection,
    f"DELETE {GROUP}/templates": delete_collection,
    f"DELETE {GROUP}/images": delete_collection,
}
