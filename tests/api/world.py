"""One real daemon with a few objects in it, and the way to it that needs no sign-in."""

import base64
import http.client
import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

GROUP = "/apis/toft.dev/v1alpha1"
WORKSPACES = f"{GROUP}/namespaces/admin/workspaces"
SHELL = {"template": "shell", "running": False}


class LocalConnection(http.client.HTTPConnection):
    """HTTP over the daemon's local socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Local:
    """The admin at the local socket."""

    def __init__(self, data):
        self.socket = str(Path(data) / "toft.sock")
        self.made = 0

    def ask(self, method, path, body=None, media="application/json"):
        connection = LocalConnection(self.socket)
        headers = {"content-type": media} if body is not None else {}
        content = body if body is None or isinstance(body, bytes) else json.dumps(body)
        connection.request(method, path, content, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:500]!r}")
        return json.loads(text) if text[:1] == b"{" else text

    def new_name(self):
        self.made += 1
        return f"t{os.getpid()}-{self.made}"

    def code(self):
        """A code that signs in, once."""
        link = self.ask("POST", "/api/toft/v1/login-links", {})["links"][0]
        return link.split("code=")[1]

    def open_code(self):
        """A code of a link into an app."""
        return self.ask("POST", f"{WORKSPACES}/dev/open", {})["url"].split("code=")[1]

    def token(self):
        """The id of a token that nobody needs."""
        return self.ask("POST", "/api/toft/v1/tokens", {"name": "spare"})["id"]

    def session(self):
        """The id of a browser's session that nobody needs."""
        self.ask("POST", "/api/toft/v1/login", {"code": self.code()})
        return self.ask("GET", "/api/toft/v1/sessions")["items"][0]["id"]

    def terminal(self):
        """A terminal that lives and that nobody looks at."""
        connection = LocalConnection(self.socket)
        key = base64.b64encode(os.urandom(16)).decode()
        headers = {
            "connection": "Upgrade",
            "upgrade": "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": key,
        }
        connection.request("GET", f"{WORKSPACES}/dev/terminal?cols=80&rows=24", None, headers)
        connection.sock.recv(65536)
        # The first message tells that it is there.
        connection.sock.recv(65536)
        connection.close()
        return self.ask("GET", f"{WORKSPACES}/dev/terminals")["items"][0]["session"]

    def spare(self, plural):
        """An object that may be deleted."""
        name = self.new_name()
        if plural == "workspaces":
            self.create("Workspace", WORKSPACES, name, SHELL)
        elif plural == "templates":
            self.create("Template", f"{GROUP}/templates", name, {"title": "Spare", "image": "course"})
        else:
            source = {"oci": {"reference": f"localhost:1/{name}:1"}}
            self.create("Image", f"{GROUP}/images", name, {"source": source})
        return name

    def create(self, kind, path, name, spec):
        body = {"apiVersion": "toft.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        return self.ask("POST", path, body)


class World:
    """Starts a daemon, fills it with what the examples of the documents speak of, and removes it."""

    def __init__(self, binary):
        self.binary = binary
        self.dir = tempfile.TemporaryDirectory(prefix="toft-api-")
        self.data = str(Path(self.dir.name) / "data")
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        self.local = Local(self.data)
        self.log = Path(self.dir.name) / "daemon.log"
        self.child = None

    def __enter__(self):
        self.child = subprocess.Popen(
            [self.binary, "serve", "--data-dir", self.data, "--listen", f"127.0.0.1:{self.port}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.log.open("wb"),
        )
        try:
            self.until_ready()
            self.fill()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()
        purge = [self.binary, "purge", "--yes", "--data-dir", self.data]
        subprocess.run(purge, check=True, stdout=subprocess.DEVNULL)
        self.dir.cleanup()

    def until_ready(self):
        end = time.monotonic() + 60
        while True:
            try:
                return self.local.ask("GET", "/readyz")
            except OSError as error:
                if self.child.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"the daemon does not answer:\n{self.log.read_text()}") from error
                time.sleep(0.05)

    def toft(self, *args):
        command = [self.binary, *args]
        env = {**os.environ, "TOFT_DATA_DIR": self.data}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{args}: {done.stdout}{done.stderr}\n{self.log.read_text()}")
        return done.stdout

    def fill(self):
        """The objects that the documents' examples name."""
        local = self.local
        self.toft("user", "add", "ada")
        self.toft("create", "dev", "--wait=600")
        local.create("Workspace", WORKSPACES, "paper", SHELL)
        source = {"oci": {"reference": "localhost:1/course:1"}}
        local.create("Image", f"{GROUP}/images", "course", {"source": source})
        local.create("Template", f"{GROUP}/templates", "course", {"title": "Course", "image": "course"})
        local.ask("PUT", f"{WORKSPACES}/dev/files?path=notes.txt", b"notes\n", "text/plain")
        self.token = local.ask("POST", "/api/toft/v1/tokens", {"name": "schemathesis"})["token"]
        self.ca = Path(self.dir.name) / "ca.pem"
        self.ca.write_bytes(local.ask("GET", "/api/toft/v1/ca.pem"))

    def documents(self):
        """The OpenAPI documents, as files."""
        for name in self.local.ask("GET", "/openapi/v3")["paths"]:
            path = Path(self.dir.name) / f"{name.replace('/', '_')}.json"
            path.write_text(json.dumps(self.local.ask("GET", f"/openapi/v3/{name}")))
            yield name, path


def free_port():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]
