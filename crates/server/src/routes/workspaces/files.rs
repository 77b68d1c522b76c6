//! Files of a workspace: looked at, read, written, packed and unpacked, always as a stream.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use toft_agent::wire::{EntryKind, FileEntry, WriteRequest};
use toft_agent::{Client, Error, FileReader, FileWriter};

use self::version::Demanded;
use super::bridge::refusal;
use super::range::{self, Range};
use crate::people::policy::{Act, Caller};
use crate::state::App;
use crate::wire::asked::{Path, Query};
use crate::wire::status::{ApiError, ApiResult};

mod version;

/// Most entries of one directory that are listed.
const ENTRIES_MAX: usize = 20_000;

/// What the address says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    path: String,
    #[serde(default)]
    op: Option<String>,
    #[serde(default)]
    mode: Option<String>,
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default = "yes")]
    recursive: bool,
    #[serde(default)]
    parents: bool,
}

const fn yes() -> bool {
    true
}

/// Looks at (`op=stat`), lists (`op=list`), reads (`op=read`, the default) or packs (`op=tar`)
/// what `path` names.
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let workspace = app.workspace(&caller, Act::Read, &namespace, &name).await?;
    let client = app.agent(&workspace)?;
    let (path, user) = (params.path.as_str(), params.user.as_deref());
    match params.op.as_deref().unwrap_or("read") {
        "stat" => {
            let entry = client.stat(path, user).await.map_err(|error| refusal(&error))?;
            Ok(Json(json!({ "entries": [describe(&entry)] })).into_response())
        }
        "list" => list(&client, path, user).await,
        "read" => read(&client, path, user, &headers).await,
        "tar" => {
            let reader = client
                .tar_out(path, user)
                .await
                .map_err(|error| refusal(&error))?;
            Ok(download(
                StatusCode::OK,
                "application/x-tar",
                &format!("{}.tar", base_name(path)),
                reader,
            ))
        }
        other => Err(unknown_op(other, "stat, list, read and tar")),
    }
}

/// Writes the body to the file that `path` names, whole or not at all, and with `If-Match` only over
/// that version; with `op=tar` unpacks the body into the directory that it names.
pub async fn put(
    State(app): State<App>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
    Query(params): Query<Params>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Response> {
    let workspace = app.workspace(&caller, Act::Write, &namespace, &name).await?;
    let client = app.agent(&workspace)?;
    match params.op.as_deref() {
        None | Some("write") => {
            let demanded = Demanded::of(&headers)?;
            let request = WriteRequest {
                path: params.path.clone(),
                user: params.user.clone(),
                mode: params.mode.as_deref().map(octal).transpose()?,
                parents: params.parents,
                create_new: false,
            };
            let writer = client.write(request).await.map_err(|error| refusal(&error))?;
            // Looked at when all has come: what is between this and the replacing is no time.
            let last = demanded.check(&client, &params.path, params.user.as_deref());
            let entry = upload(writer, body, last).await?;
            let body = Json(json!({ "entries": [describe(&entry)] }));
            let mut response = (StatusCode::CREATED, body).into_response();
            version::mark(response.headers_mut(), &entry);
            Ok(response)
        }
        Some("tar") if headers.contains_key(header::IF_MATCH) => Err(ApiError::bad_request(
            "'If-Match' is about one file; leave it out where an archive is unpacked",
        )),
        Some("tar") => {
            let writer = client
                .tar_in(&params.path, params.user.as_deref())
                .await
                .map_err(|error| refusal(&error))?;
            let summary = upload(writer, body, async { Ok(()) }).await?;
            let body = json!({ "entries": summary.entries, "bytes": summary.bytes });
            Ok((StatusCode::CREATED, Json(body)).into_response())
        }
        Some(other) => Err(unknown_op(other, "write and tar")),
    }
}

/// Makes a directory (`op=mkdir`) or renames (`op=rename&to=`).
pub async fn post(
    State(app): State<App>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
    Query(params): Query<Params>,
) -> ApiResult<StatusCode> {
    let workspace = app.workspace(&caller, Act::Write, &namespace, &name).await?;
    let client = app.agent(&workspace)?;
    let user = params.user.as_deref();
    match (params.op.as_deref(), &params.to) {
        (Some("mkdir"), _) => {
            let mode = params.mode.as_deref().map(octal).transpose()?;
            client
                .mkdir(&params.path, user, mode)
                .await
                .map_err(|error| refusal(&error))?;
            Ok(StatusCode::CREATED)
        }
        (Some("rename"), Some(to)) => {
            client
                .rename(&params.path, to, user)
                .await
                .map_err(|error| refusal(&error))?;
            Ok(StatusCode::NO_CONTENT)
        }
        (Some("rename"), None) => Err(ApiError::bad_request("'to' is missing: say '&to=NEW-PATH'")),
        (other, _) => Err(unknown_op(other.unwrap_or_default(), "mkdir and rename")),
    }
}

/// Removes the file that `path` names, or the directory with all that is in it (with
/// `recursive=false` only an empty one).
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
    Query(params): Query<Params>,
) -> ApiResult<StatusCode> {
    let workspace = app.workspace(&caller, Act::Write, &namespace, &name).await?;
    let client = app.agent(&workspace)?;
    let removed = client
        .remove(&params.path, params.user.as_deref(), params.recursive)
        .await;
    removed.map_err(|error| refusal(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list(client: &Client, path: &str, user: Option<&str>) -> ApiResult<Response> {
    let mut entries: Vec<Value> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = client
            .list(path, user, after.as_deref())
            .await
            .map_err(|error| refusal(&error))?;
        entries.extend(page.entries.iter().map(describe));
        after = page.next;
        if after.is_none() || entries.len() >= ENTRIES_MAX {
            let truncated = after.is_some();
            return Ok(Json(json!({ "entries": entries, "truncated": truncated })).into_response());
        }
    }
}

async fn read(client: &Client, path: &str, user: Option<&str>, headers: &HeaderMap) -> ApiResult<Response> {
    let Some(text) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        let (entry, reader) = client
            .read(path, user, 0, None)
            .await
            .map_err(|error| refusal(&error))?;
        let mut response = download(StatusCode::OK, "application/octet-stream", &entry.name, reader);
        let headers = response.headers_mut();
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        version::mark(headers, &entry);
        return Ok(response);
    };
    let entry = client.stat(path, user).await.map_err(|error| refusal(&error))?;
    match range::parse(text, entry.size) {
        Some(Range { first, length }) => {
            let (entry, reader) = client
                .read(path, user, first, Some(length))
                .await
                .map_err(|error| refusal(&error))?;
            let mut response = download(
                StatusCode::PARTIAL_CONTENT,
                "application/octet-stream",
                &entry.name,
                reader,
            );
            let range = format!("bytes {first}-{}/{}", first + length - 1, entry.size);
            if let Ok(value) = HeaderValue::from_str(&range) {
                response.headers_mut().insert(header::CONTENT_RANGE, value);
            }
            Ok(response)
        }
        None => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            if let Ok(value) = HeaderValue::from_str(&format!("bytes */{}", entry.size)) {
                response.headers_mut().insert(header::CONTENT_RANGE, value);
            }
            Ok(response)
        }
    }
}

/// A stream as a download: content of a workspace must never be a page of this origin.
fn download(status: StatusCode, media: &'static str, name: &str, reader: FileReader) -> Response {
    let pieces = stream::unfold(Some(reader), |reader| async move {
        let mut reader = reader?;
        match reader.recv().await {
            Ok(Some(bytes)) => Some((Ok(bytes), Some(reader))),
            Ok(None) => None,
            // The client sees a body that was cut off, and knows that it has not got all.
            Err(error) => Some((Err(error), None)),
        }
    });
    let mut response = Response::new(Body::from_stream(pieces));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    let encoded = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{encoded}")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Passes the body on. `last` may still refuse when all of it has come; then nothing is changed.
async fn upload<T>(
    mut writer: FileWriter<T>,
    body: Body,
    last: impl Future<Output = ApiResult<()>>,
) -> ApiResult<T> {
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        // A writer that is dropped leaves no file.
        let piece =
            piece.map_err(|_| ApiError::bad_request("the upload ended early; nothing was changed"))?;
        writer
            .send(&piece)
            .await
            .map_err(|error: Error| refusal(&error))?;
    }
    last.await?;
    writer.finish().await.map_err(|error| refusal(&error))
}

fn describe(entry: &FileEntry) -> Value {
    let kind = match entry.kind {
        EntryKind::File => "file",
        EntryKind::Directory => "dir",
        EntryKind::Link => "symlink",
        EntryKind::Other => "other",
    };
    let mut described = json!({
        "name": entry.name,
        "kind": kind,
        "size": entry.size,
        "mode": entry.mode & 0o7777,
        "uid": entry.uid,
        "gid": entry.gid,
        "mtime": Timestamp::from_millisecond(entry.modified_ms).unwrap_or(Timestamp::UNIX_EPOCH),
        "directory": entry.directory,
    });
    if let Some(target) = &entry.target {
        described["target"] = target.as_str().into();
    }
    described
}

fn octal(text: &str) -> ApiResult<u32> {
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777);
    mode.ok_or_else(|| ApiError::bad_request("'mode' must be octal, for example 'mode=0644'"))
}

fn unknown_op(op: &str, known: &str) -> ApiError {
    ApiError::bad_request(format!(
        "'op={}' is not known here; known are {known}",
        crate::wire::status::clip(op)
    ))
}

fn base_name(path: &str) -> &str {
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or("files")
}
