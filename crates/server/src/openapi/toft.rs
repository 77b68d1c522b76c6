//! The document of Toft's own API and of workspaces' subresources, made from one table.

mod shapes;

use serde_json::{Map, Value, json};
use toft_model::schema;

use super::{info, security, status_schema};
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
    /// What may stand behind the question mark.
    pub query: &'static [Param],
    /// The body, if there is one.
    pub body: Sends,
    /// The statuses of success, each with its body.
    pub answers: &'static [(u16, Answer)],
}

/// A parameter of a query.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    name: &'static str,
    text: &'static str,
    required: bool,
    /// `string`, `integer`, `boolean`, or the values that there are, with `|` between them.
    kind: &'static str,
    example: Option<&'static str>,
}

/// What an operation is sent.
#[derive(Clone, Copy, Debug)]
pub enum Sends {
    /// Nothing.
    Nothing,
    /// JSON.
    Json(fn() -> Value),
    /// Bytes.
    Stream,
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
    /// JSON by this schema, or a stream of one of these types: as the query says.
    Either(fn() -> Value, &'static [&'static str]),
    /// A WebSocket.
    Socket,
}

const WS: &str = "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}";
const PATH: Param = param("path", "Absolute, or relative to the user's home.")
    .required()
    .like("notes.txt");
const AS_USER: Param = param(
    "user",
    "On whose behalf; the workspace's user where nobody is named.",
);

/// Begins an operation without query, body and answer.
const fn op(method: &'static str, path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation {
        method,
        path,
        id,
        summary,
        query: &[],
        body: Sends::Nothing,
        answers: &[],
    }
}

/// Begins a parameter that is text and may be left out.
const fn param(name: &'static str, text: &'static str) -> Param {
    Param {
        name,
        text,
        required: false,
        kind: "string",
        example: None,
    }
}

// === impl Param ===

impl Param {
    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    const fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    const fn like(mut self, example: &'static str) -> Self {
        self.example = Some(example);
        self
    }

    fn describe(&self) -> Value {
        let schema = match self.kind {
            "integer" => json!({ "type": "integer", "minimum": 0 }),
            values if values.contains('|') => {
                json!({ "type": "string", "enum": values.split('|').collect::<Vec<_>>() })
            }
            other => json!({ "type": other }),
        };
        let mut described = json!({
            "name": self.name, "in": "query", "required": self.required, "description": self.text, "schema": schema,
        });
        if let Some(example) = self.example {
            described["example"] = example.into();
        }
        described
    }
}

// === impl Operation ===

impl Operation {
    const fn answers(mut self, answers: &'static [(u16, Answer)]) -> Self {
        self.answers = answers;
        self
    }

    const fn takes(mut self, make: fn() -> Value) -> Self {
        self.body = Sends::Json(make);
        self
    }

    const fn takes_bytes(mut self) -> Self {
        self.body = Sends::Stream;
        self
    }

    const fn asks(mut self, query: &'static [Param]) -> Self {
        self.query = query;
        self
    }

    fn is_problem(&self) -> bool {
        self.path.starts_with("/api/toft/")
    }
}

/// Every operation that is no verb on a resource.
#[rustfmt::skip]
pub const TOFT_OPERATIONS: &[Operation] = &[
    op("post", "/api/toft/v1/login", "login", "Sign in with the code of a login link; sets the session's cookie.")
        .takes(schema::of::<login::LoginBody>)
        .answers(&[(200, Answer::Json(schema::answer::<me::Me>))]),
    op("post", "/api/toft/v1/login-links", "createLoginLink", "Make a link that signs a person in once.")
        .takes(shapes::link_body)
        .answers(&[(200, Answer::Json(schema::answer::<login::Links>))]),
    op("post", "/api/toft/v1/logout", "logout", "End the browser's session.")
        .answers(&[(204, Answer::Empty)]),
    op("get", "/api/toft/v1/open", "followOpenLink", "Sign in by a link of `open` and go on to the app.")
        .asks(&[param("code", "The one-time code.").required()])
        .answers(&[(302, Answer::Empty)]),
    op("get", "/api/toft/v1/authorize", "authorize", "Carry a sign-in to an app's host.")
        .asks(&[
            param("host", "The app's host.").required(),
            param("path", "Where to go on."),
            param("state", "What ties the answer to the browser.").required(),
        ])
        .answers(&[(302, Answer::Empty)]),
    op("get", "/api/toft/v1/me", "me", "Who is signed in, and how.")
        .answers(&[(200, Answer::Json(schema::answer::<me::Me>))]),
    op("get", "/api/toft/v1/users", "listUsers", "List the people that the caller may see.")
        .answers(&[(200, Answer::Json(schema::answer::<users::Users>))]),
    op("post", "/api/toft/v1/users", "createUser", "Add a person, and make their first login link.")
        .takes(shapes::new_user)
        .answers(&[(201, Answer::Json(shapes::created_user))]),
    op("get", "/api/toft/v1/tokens", "listTokens", "List API tokens, without their secrets.")
        .answers(&[(200, Answer::Json(schema::answer::<tokens::Tokens>))]),
    op("post", "/api/toft/v1/tokens", "createToken", "Make an API token; it is shown this once.")
        .takes(shapes::new_token)
        .answers(&[(201, Answer::Json(schema::answer::<tokens::CreatedToken>))]),
    op("delete", "/api/toft/v1/tokens/{id}", "deleteToken", "Take an API token back.")
        .answers(&[(204, Answer::Empty)]),
    op("get", "/api/toft/v1/sessions", "listSessions", "List the browsers that the caller is signed in with.")
        .answers(&[(200, Answer::Json(schema::answer::<sessions::Sessions>))]),
    op("delete", "/api/toft/v1/sessions/{id}", "deleteSession", "Sign one of the caller's browsers out.")
        .answers(&[(204, Answer::Empty)]),
    op("get", "/api/toft/v1/audit", "listAudit", "Read the audit log, newest first.")
        .asks(&[
            param("before", "Only entries before this id.").kind("integer"),
            param("limit", "At most so many.").kind("integer").like("50"),
            param("user", "Only what this person did."),
        ])
        .answers(&[(200, Answer::Json(schema::answer::<audit::Entries>))]),
    op("get", "/api/toft/v1/host", "getHost", "What this machine is, has, has set aside, and has free.")
        .answers(&[(200, Answer::Json(shapes::host))]),
    op("get", "/api/toft/v1/doctor", "doctor", "Look at everything that can be wrong, and say what to do.")
        .asks(&[param("workspace", "Look at this one instead of the host: OWNER/NAME.").like("admin/dev")])
        .answers(&[(200, Answer::Json(shapes::checks))]),
    op("get", "/api/toft/v1/usage", "listUsage", "What every running workspace uses.")
        .answers(&[(200, Answer::Json(shapes::usages))]),
    op("get", "/api/toft/v1/ca.pem", "getCa", "The certificate of Toft's own authority.")
        .answers(&[(200, Answer::Stream("application/x-pem-file"))]),
    op("post", "/api/toft/v1/images/gc", "collectImages", "Remove the images that nothing needs.")
        .answers(&[(200, Answer::Json(shapes::removed))]),
    op("post", "/apis/toft.dev/v1alpha1/images/{name}/pull", "pullImage", "Fetch an image anew.")
        .answers(&[(202, Answer::Json(shapes::resource))]),
    op("get", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/terminal", "terminal", "Open a terminal, or attach to one (WebSocket).")
        .asks(&[
            param("session", "Which one to attach to."),
            param("offset", "How much of its output is known.").kind("integer"),
            param("cols", "Columns.").kind("integer").like("80"),
            param("rows", "Rows.").kind("integer").like("24"),
            param("cwd", "Where a new one begins."),
        ])
        .answers(&[(101, Answer::Socket)]),
    op("get", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/exec", "exec", "Run a command, or attach to one (WebSocket).")
        .answers(&[(101, Answer::Socket)]),
    op("get", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/terminals", "listTerminals", "List the terminals that live.")
        .answers(&[(200, Answer::Json(shapes::terminals))]),
    op("delete", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/terminals/{session}", "deleteTerminal", "End a terminal and what runs in it.")
        .answers(&[(204, Answer::Empty)]),
    op("get", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/files", "readFiles", "Look at, list, read or pack files.")
        .asks(&[PATH, param("op", "What to do; `read` where nothing is said.").kind("read|stat|list|tar"), AS_USER])
        .answers(&[
            (200, Answer::Either(shapes::entries, &["application/octet-stream", "application/x-tar"])),
            (206, Answer::Stream("application/octet-stream")),
            (416, Answer::Empty),
        ]),
    op("put", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/files", "writeFiles", "Write a file, with `If-Match` only over the version that a read answered as `ETag`; or unpack an archive.")
        .asks(&[
            PATH,
            param("op", "What the body is; `write`, a file, where nothing is said.").kind("write|tar").like("write"),
            param("mode", "Octal, as 0644.").like("0644"),
            param("parents", "Make missing directories.").kind("boolean"),
            AS_USER,
        ])
        .takes_bytes()
        .answers(&[(201, Answer::Json(shapes::written))]),
    op("post", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/files", "changeFiles", "Make a directory, or rename.")
        .asks(&[
            PATH.like("folder"),
            param("op", "What to do.").required().kind("mkdir|rename").like("mkdir"),
            param("to", "The new path."),
            param("mode", "Octal, as 0755."),
            AS_USER,
        ])
        .answers(&[(201, Answer::Empty), (204, Answer::Empty)]),
    op("delete", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/files", "deleteFiles", "Remove a file or directory.")
        .asks(&[PATH, param("recursive", "`false`: only an empty directory.").kind("boolean"), AS_USER])
        .answers(&[(204, Answer::Empty)]),
    op("get", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/logs", "logs", "Read what an app, or the first process, has written.")
        .asks(&[
            param("app", "Which app."),
            param("follow", "Go on with what comes.").kind("boolean"),
            param("tail", "Only the last lines.").kind("integer").like("100"),
        ])
        .answers(&[(200, Answer::Stream("text/plain"))]),
    op("get", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/usage", "getUsage", "What the workspace uses, and the last half hour of it.")
        .answers(&[(200, Answer::Json(shapes::usage))]),
    op("post", "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/open", "open", "Make a link into an app that signs in once.")
        .takes(shapes::app)
        .answers(&[(200, Answer::Json(shapes::link))]),
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
        "components": {
            "schemas": { "Problem": shapes::problem(), "Status": status_schema() },
            "securitySchemes": security(),
        },
        "security": [{ "token": [] }, { "session": [] }],
    })
}

fn describe(operation: &Operation) -> Value {
    let in_path = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| in_path(operation.path, name));
    let in_query = operation.query.iter().map(Param::describe);
    let refused = if operation.is_problem() {
        json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } })
    } else {
        json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Status" } } })
    };
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": { "default": { "description": "Refused", "content": refused } },
    });
    for (status, answer) in operation.answers {
        described["responses"][status.to_string()] = answer.describe();
    }
    match operation.body {
        Sends::Nothing => {}
        Sends::Json(make) => {
            let content = json!({ "application/json": { "schema": make() } });
            described["requestBody"] = json!({ "content": content, "required": true });
        }
        Sends::Stream => {
            let content = json!({ "application/octet-stream": { "schema": binary() } });
            described["requestBody"] = json!({ "content": content, "required": true });
        }
    }
    described
}

fn in_path(path: &str, name: &str) -> Value {
    let mut parameter =
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
    match name {
        "namespace" => parameter["example"] = "admin".into(),
        "name" if path.contains("/images/") => parameter["example"] = "course".into(),
        "name" => parameter["example"] = "dev".into(),
        _ => {}
    }
    parameter
}

fn binary() -> Value {
    json!({ "type": "string", "format": "binary" })
}

// === impl Answer ===

impl Answer {
    fn describe(&self) -> Value {
        let mut content = Map::new();
        let mut stream = |media: &str| {
            content.insert(media.to_owned(), json!({ "schema": binary() }));
        };
        match self {
            Self::Empty => return json!({ "description": "Done" }),
            Self::Socket => return json!({ "description": "A WebSocket" }),
            Self::Stream(media) => stream(media),
            Self::Either(_, media) => media.iter().for_each(|media| stream(media)),
            Self::Json(_) => {}
        }
        if let Self::Json(make) | Self::Either(make, _) = self {
            content.insert("application/json".to_owned(), json!({ "schema": make() }));
        }
        json!({ "description": "Done", "content": content })
    }
}
