//! The document of Toft's own API and of workspaces' subresources, made from one table.

use serde_json::{Map, Value, json};
use toft_model::schema;

use super::{info, security};
use crate::routes::toft::{audit, login, me, sessions, tokens, users};

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// In lower case.
    pub method: &'static str,
    /// With parameters in braces.
    pub path: &'static str,
    /// Names it in generated clients.
    pub id: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Query parameters: name, whether it is required, what it means.
    pub query: &'static [(&'static str, bool, &'static str)],
    /// The body, if there is one.
    pub body: Option<fn() -> Value>,
    /// The status of success, and its body: JSON by schema, or another media type.
    pub answer: (u16, Answer),
}

/// What an operation answers with.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Nothing.
    Empty,
    /// JSON.
    Json(fn() -> Value),
    /// A stream of this media type.
    Stream(&'static str),
    /// A WebSocket.
    Socket,
}

const NO_QUERY: &[(&str, bool, &str)] = &[];
const WS: &str = "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}";
const PATH: (&str, bool, &str) = ("path", true, "Absolute, or relative to the user's home.");
const AS_USER: (&str, bool, &str) = (
    "user",
    false,
    "On whose behalf; the workspace's user where nobody is named.",
);

/// Begins an operation without query, body and answer.
const fn op(method: &'static str, path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation {
        method,
        path,
        id,
        summary,
        query: NO_QUERY,
        body: None,
        answer: (200, Answer::Empty),
    }
}

// === impl Operation ===

impl Operation {
    const fn json(mut self, make: fn() -> Value) -> Self {
        self.answer = (self.answer.0, Answer::Json(make));
        self
    }

    const fn answers(mut self, status: u16, answer: Answer) -> Self {
        self.answer = (status, answer);
        self
    }

    const fn takes(mut self, make: fn() -> Value) -> Self {
        self.body = Some(make);
        self
    }

    const fn asks(mut self, query: &'static [(&'static str, bool, &'static str)]) -> Self {
        self.query = query;
        self
    }

    fn is_problem(&self) -> bool {
        self.path.starts_with("/api/toft/")
    }
}

/// Every operation that is no verb on a resource.
pub const TOFT_OPERATIONS: &[Operation] = &[
    op("post", "/api/toft/v1/login", "login", "Sign in with the code of a login link; sets the session's cookie.")
        .takes(schema::of::<login::LoginBody>)
        .json(schema::of::<me::Me>),
    op("post", "/api/toft/v1/login-links", "createLoginLink", "Make a link that signs a person in once.")
        .takes(schema::of::<login::LinkBody>)
        .json(schema::of::<login::Links>),
    op("post", "/api/toft/v1/logout", "logout", "End the browser's session.").answers(204, Answer::Empty),
    op("get", "/api/toft/v1/open", "followOpenLink", "Sign in by a link of `open` and go on to the app.")
        .asks(&[("code", true, "The one-time code.")])
        .answers(302, Answer::Empty),
    op("get", "/api/toft/v1/authorize", "authorize", "Carry a sign-in to an app's host.")
        .asks(&[("host", true, "The app's host."), ("path", false, "Where to go on."), ("state", true, "What ties the answer to the browser.")])
        .answers(302, Answer::Empty),
    op("get", "/api/toft/v1/me", "me", "Who is signed in, and how.").json(schema::of::<me::Me>),
    op("get", "/api/toft/v1/users", "listUsers", "List the people that the caller may see.").json(schema::of::<users::Users>),
    op("post", "/api/toft/v1/users", "createUser", "Add a person, and make their first login link.")
        .takes(schema::of::<users::NewUser>)
        .answers(201, Answer::Json(created_user)),
    op("get", "/api/toft/v1/tokens", "listTokens", "List API tokens, without their secrets.").json(schema::of::<tokens::Tokens>),
    op("post", "/api/toft/v1/tokens", "createToken", "Make an API token; it is shown this once.")
        .takes(schema::of::<tokens::NewToken>)
        .answers(201, Answer::Json(schema::of::<tokens::CreatedToken>)),
    op("delete", "/api/toft/v1/tokens/{id}", "deleteToken", "Take an API token back.").answers(204, Answer::Empty),
    op("get", "/api/toft/v1/sessions", "listSessions", "List the browsers that the caller is signed in with.")
        .json(schema::of::<sessions::Sessions>),
    op("delete", "/api/toft/v1/sessions/{id}", "deleteSession", "Sign one of the caller's browsers out.").answers(204, Answer::Empty),
    op("get", "/api/toft/v1/audit", "listAudit", "Read the audit log, newest first.")
        .asks(&[("before", false, "Only entries before this id."), ("limit", false, "At most so many."), ("user", false, "Only what this person did.")])
        .json(schema::of::<audit::Entries>),
    op("get", "/api/toft/v1/host", "getHost", "What this machine is, has, has set aside, and has free.").json(host),
    op("get", "/api/toft/v1/doctor", "doctor", "Look at everything that can be wrong, and say what to do.")
        .asks(&[("workspace", false, "Look at this one instead of the host: OWNER/NAME.")])
        .json(checks),
    op("get", "/api/toft/v1/usage", "listUsage", "What every running workspace uses.").json(usages),
    op("get", "/api/toft/v1/ca.pem", "getCa", "The certificate of Toft's own authority.").answers(200, Answer::Stream("application/x-pem-file")),
    op("post", "/api/toft/v1/images/gc", "collectImages", "Remove the images that nothing needs.").json(removed),
    op("post", "/apis/toft.dev/v1alpha1/images/{name}/pull", "pullImage", "Fetch an image anew.")
        .answers(202, Answer::Json(|| json!({ "type": "object" }))),
    op("get", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/terminal", "terminal", "Open a terminal, or attach to one (WebSocket).")
        .asks(&[("session", false, "Which one to attach to."), ("offset", false, "How much of its output is known."), ("cols", false, "Columns."), ("rows", false, "Rows."), ("cwd", false, "Where a new one begins.")])
        .answers(101, Answer::Socket),
    op("get", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/exec", "exec", "Run a command, or attach to one (WebSocket).")
        .answers(101, Answer::Socket),
    op("get", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/terminals", "listTerminals", "List the terminals that live.").json(terminals),
    op("delete", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/terminals/{session}", "deleteTerminal", "End a terminal and what runs in it.")
        .answers(204, Answer::Empty),
    op("get", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/files", "readFiles", "Look at, list, read or pack files.")
        .asks(&[PATH, ("op", false, "`stat`, `list`, `read` (the default) or `tar`."), AS_USER])
        .answers(200, Answer::Stream("application/octet-stream")),
    op("put", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/files", "writeFiles", "Write a file, or unpack an archive.")
        .asks(&[PATH, ("op", false, "`write` (the default) or `tar`."), ("mode", false, "Octal, as 0644."), ("parents", false, "Make missing directories."), AS_USER])
        .answers(201, Answer::Json(entries)),
    op("post", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/files", "changeFiles", "Make a directory, or rename.")
        .asks(&[PATH, ("op", true, "`mkdir` or `rename`."), ("to", false, "The new path."), ("mode", false, "Octal, as 0755."), AS_USER])
        .answers(201, Answer::Empty),
    op("delete", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/files", "deleteFiles", "Remove a file or directory.")
        .asks(&[PATH, ("recursive", false, "`false`: only an empty directory."), AS_USER])
        .answers(204, Answer::Empty),
    op("get", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/logs", "logs", "Read what an app, or the first process, has written.")
        .asks(&[("app", false, "Which app."), ("follow", false, "Go on with what comes."), ("tail", false, "Only the last lines.")])
        .answers(200, Answer::Stream("text/plain")),
    op("get", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/usage", "getUsage", "What the workspace uses, and the last half hour of it.").json(usage),
    op("post", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/open", "open", "Make a link into an app that signs in once.")
        .takes(|| json!({ "type": "object", "properties": { "app": { "type": "string", "description": "An app's name or a port." } } }))
        .json(|| object(&[("url", "string"), ("target", "string"), ("expiresAt", "string")])),
];

/// The document.
pub fn document() -> Value {
    debug_assert!(
        TOFT_OPERATIONS.iter().all(|op| op.path.starts_with("/api/")
            || op.path.starts_with(WS)
            || op.path.contains("/images/"))
    );
    let mut paths: Map<String, Value> = Map::new();
    for operation in TOFT_OPERATIONS {
        let item = paths.entry(operation.path).or_insert_with(|| json!({}));
        item[operation.method] = describe(operation);
    }
    json!({
        "openapi": "3.0.0",
        "info": info("Toft"),
        "paths": paths,
        "components": { "schemas": { "Problem": problem() }, "securitySchemes": security() },
        "security": [{ "token": [] }, { "session": [] }],
    })
}

fn describe(operation: &Operation) -> Value {
    let in_path = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let in_query = operation.query.iter().map(|(name, required, description)| {
        json!({ "name": name, "in": "query", "required": required, "description": description, "schema": { "type": "string" } })
    });
    let (status, answer) = operation.answer;
    let content = match answer {
        Answer::Empty | Answer::Socket => None,
        Answer::Json(make) => Some(json!({ "application/json": { "schema": make() } })),
        Answer::Stream(media) => {
            Some(json!({ (media): { "schema": { "type": "string", "format": "binary" } } }))
        }
    };
    let mut success =
        json!({ "description": if matches!(answer, Answer::Socket) { "A WebSocket" } else { "Done" } });
    if let Some(content) = content {
        success["content"] = content;
    }
    let refused = if operation.is_problem() {
        json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } })
    } else {
        json!({ "application/json": { "schema": { "type": "object", "description": "A Kubernetes Status." } } })
    };
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": { status.to_string(): success, "default": { "description": "Refused", "content": refused } },
    });
    if let Some(body) = operation.body {
        let content = json!({ "application/json": { "schema": body() } });
        described["requestBody"] = json!({ "content": content, "required": true });
    }
    if operation.method == "put" {
        let content =
            json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } });
        described["requestBody"] = json!({ "content": content, "required": true });
    }
    described
}

fn object(fields: &[(&str, &str)]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|(name, kind)| ((*name).to_owned(), json!({ "type": kind })))
        .collect();
    json!({ "type": "object", "properties": properties })
}

fn list_of(items: &Value) -> Value {
    json!({ "type": "object", "properties": { "items": { "type": "array", "items": items } } })
}

fn amounts() -> Value {
    object(&[
        ("cpuMilli", "integer"),
        ("memoryBytes", "integer"),
        ("diskBytes", "integer"),
    ])
}

fn host() -> Value {
    let mut schema = object(&[
        ("host", "string"),
        ("version", "string"),
        ("instance", "string"),
        ("domain", "string"),
    ]);
    schema["properties"]["urls"] = json!({ "type": "array", "items": { "type": "string" } });
    for key in ["capacity", "reserved", "free"] {
        schema["properties"][key] = amounts();
    }
    schema
}

fn checks() -> Value {
    let mut check = object(&[("name", "string"), ("detail", "string"), ("fix", "string")]);
    check["properties"]["verdict"] = json!({ "type": "string", "enum": ["ok", "warn", "fail"] });
    json!({ "type": "object", "properties": { "checks": { "type": "array", "items": check } } })
}

fn usage_item() -> Value {
    object(&[
        ("at", "string"),
        ("cpuMilli", "integer"),
        ("cpuLimitMilli", "integer"),
        ("memoryBytes", "integer"),
        ("memoryLimitBytes", "integer"),
        ("pids", "integer"),
        ("pidsLimit", "integer"),
        ("diskBytes", "integer"),
    ])
}

fn usage() -> Value {
    let mut schema = usage_item();
    let point = object(&[
        ("at", "string"),
        ("cpuMilli", "integer"),
        ("memoryBytes", "integer"),
    ]);
    schema["properties"]["history"] = json!({ "type": "array", "items": point });
    schema
}

fn usages() -> Value {
    let mut item = usage_item();
    item["properties"]["namespace"] = json!({ "type": "string" });
    item["properties"]["name"] = json!({ "type": "string" });
    list_of(&item)
}

fn removed() -> Value {
    let item = object(&[("digest", "string"), ("bytes", "integer")]);
    json!({ "type": "object", "properties": { "removed": { "type": "array", "items": item } } })
}

fn terminals() -> Value {
    list_of(&object(&[
        ("session", "string"),
        ("title", "string"),
        ("cols", "integer"),
        ("rows", "integer"),
        ("attached", "integer"),
        ("alive", "boolean"),
        ("createdAt", "string"),
        ("lastOutputAt", "string"),
    ]))
}

fn entries() -> Value {
    let mut entry = object(&[
        ("name", "string"),
        ("size", "integer"),
        ("mode", "integer"),
        ("uid", "integer"),
        ("gid", "integer"),
        ("mtime", "string"),
        ("target", "string"),
        ("directory", "boolean"),
    ]);
    entry["properties"]["kind"] = json!({ "type": "string", "enum": ["file", "dir", "symlink", "other"] });
    json!({ "type": "object", "properties": { "entries": { "type": "array", "items": entry } } })
}

fn created_user() -> Value {
    let mut schema = object(&[("name", "string"), ("role", "string"), ("expiresAt", "string")]);
    schema["properties"]["links"] = json!({ "type": "array", "items": { "type": "string" } });
    schema
}

fn problem() -> Value {
    object(&[
        ("type", "string"),
        ("title", "string"),
        ("status", "integer"),
        ("detail", "string"),
        ("hint", "string"),
    ])
}
