//! What an app, or the workspace's first process, has written.

use std::collections::VecDeque;
use std::io::SeekFrom;
use std::path::Path as FilePath;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use serde::Deserialize;
use toft_agent::{Client, Error, LogStream};
use toft_model::Kind;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::bridge::refusal;
use crate::people::policy::{Act, Caller};
use crate::state::App;
use crate::wire::asked::{Path, Query};
use crate::wire::status::{ApiError, ApiResult};

/// Most bytes of a log that is not followed, and of the beginning of one that is.
const TAIL_MAX: usize = 4 << 20;
/// Most bytes that an agent may send of a log before its end is no longer waited for: what an agent keeps of
/// an app is far less.
const SENT_MAX: usize = 64 << 20;
/// Most lines of it.
const LINES_MAX: usize = 100_000;
/// How often a console is looked at for more: a file tells nobody that it has grown.
const CONSOLE_EVERY: Duration = Duration::from_millis(500);
/// Bytes read from a console at once.
const PIECE: usize = 32 << 10;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Params {
    app: Option<String>,
    #[serde(deserialize_with = "truth")]
    follow: bool,
    #[serde(alias = "tailLines")]
    tail: Option<usize>,
}

fn truth<'de, D: serde::Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    let text = String::deserialize(value)?;
    Ok(matches!(text.as_str(), "true" | "1" | ""))
}

/// Reads the output of `app`, or of the first process where none is named; with `follow=true`
/// goes on with what comes.
pub async fn logs(
    State(app): State<App>,
    caller: Caller,
    Path((namespace, name)): Path<(String, String)>,
    Query(params): Query<Params>,
) -> ApiResult<Response> {
    let workspace = app.workspace(&caller, Act::Read, &namespace, &name).await?;
    let lines = params.tail.unwrap_or(LINES_MAX).min(LINES_MAX);
    let body = if let Some(of) = &params.app {
        let client = app.agent(&workspace)?;
        of_app(&app, &client, of, params.follow, lines).await?
    } else {
        let path = app.console(&workspace).ok_or_else(|| {
            ApiError::new(
                axum::http::StatusCode::NOT_FOUND,
                "NotFound",
                "this workspace has no console; name an app with '?app=NAME'",
            )
            .about(Kind::Workspace, &name)
        })?;
        of_console(&app, &path, params.follow, lines).await
    };
    let mut response = Response::new(body);
    let media = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    Ok(response)
}

async fn of_app(app: &App, client: &Client, of: &str, follow: bool, lines: usize) -> ApiResult<Body> {
    // What is there first, to know where its last lines begin.
    let mut now = client.logs(of, false, 0).await.map_err(|error| refusal(&error))?;
    let (mut tail, mut sent) = (Tail::new(lines), 0);
    while let Some(piece) = now.recv().await.map_err(|error| refusal(&error))? {
        sent += piece.len();
        if sent > SENT_MAX {
            let what = "the workspace's agent sends a log without end";
            return Err(ApiError::new(
                axum::http::StatusCode::BAD_GATEWAY,
                "BadGateway",
                what,
            ));
        }
        tail.push(&piece);
    }
    let first = stream::once(std::future::ready(Ok::<_, Error>(tail.into_bytes())));
    if !follow {
        return Ok(Body::from_stream(first));
    }
    let rest = client
        .logs(of, true, now.offset())
        .await
        .map_err(|error| refusal(&error))?;
    Ok(Body::from_stream(
        first.chain(until_closing(app, follow_app(rest))),
    ))
}

fn follow_app(log: LogStream) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    stream::unfold(Some(log), |log| async move {
        let mut log = log?;
        match log.recv().await {
            Ok(Some(piece)) => Some((Ok(piece), Some(log))),
            // The workspace stopped, or its agent restarts: the log is over either way.
            Ok(None) | Err(Error::Ended { .. } | Error::Stream { .. }) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
}

async fn of_console(app: &App, path: &FilePath, follow: bool, lines: usize) -> Body {
    let mut tail = Tail::new(lines);
    let mut file = tokio::fs::File::open(path).await.ok();
    if let Some(file) = &mut file {
        let size = file.metadata().await.map_or(0, |meta| meta.len());
        let from = size.saturating_sub(TAIL_MAX as u64);
        if file.seek(SeekFrom::Start(from)).await.is_ok() {
            while let Some(piece) = read_piece(file).await {
                tail.push(&piece);
            }
        }
    }
    let first = stream::once(std::future::ready(Ok::<_, std::io::Error>(tail.into_bytes())));
    match file {
        Some(file) if follow => {
            let rest = stream::unfold(file, |mut file| async move {
                loop {
                    if let Some(piece) = read_piece(&mut file).await {
                        return Some((Ok(piece), file));
                    }
                    tokio::time::sleep(CONSOLE_EVERY).await;
                }
            });
            Body::from_stream(first.chain(until_closing(app, rest)))
        }
        _ => Body::from_stream(first),
    }
}

async fn read_piece(file: &mut tokio::fs::File) -> Option<Bytes> {
    let mut piece = vec![0; PIECE];
    let length = file.read(&mut piece).await.ok().filter(|length| *length > 0)?;
    piece.truncate(length);
    Some(piece.into())
}

/// The same, ended when the daemon is, and counted while it lasts.
fn until_closing<S>(app: &App, stream: S) -> impl Stream<Item = S::Item> + Send + use<S>
where
    S: Stream + Send,
{
    let (closing, counted) = (app.clone(), app.metrics().stream());
    stream
        .take_until(async move { closing.closing().await })
        .map(move |item| {
            let _ = &counted;
            item
        })
}

/// The last lines of what is pushed, bounded in bytes too.
struct Tail {
    lines: usize,
    kept: VecDeque<u8>,
}

// === impl Tail ===

impl Tail {
    fn new(lines: usize) -> Self {
        Self {
            lines,
            kept: VecDeque::new(),
        }
    }

    fn push(&mut self, piece: &[u8]) {
        self.kept.extend(piece);
        let surplus = self.kept.len().saturating_sub(TAIL_MAX);
        self.kept.drain(..surplus);
    }

    fn into_bytes(self) -> Bytes {
        let bytes = Vec::from(self.kept);
        let body = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let breaks = body
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(index, _)| index);
        let start = match self.lines.checked_sub(1) {
            None => bytes.len(),
            Some(skipped) => breaks.skip(skipped).map(|index| index + 1).next().unwrap_or(0),
        };
        Bytes::copy_from_slice(&bytes[start..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(lines: usize, text: &str) -> String {
        let mut tail = Tail::new(lines);
        text.as_bytes().chunks(3).for_each(|piece| tail.push(piece));
        String::from_utf8(tail.into_bytes().to_vec()).unwrap()
    }

    #[test]
    fn the_last_lines_are_kept() {
        assert_eq!(tail(2, "a\nb\nc\n"), "b\nc\n");
        assert_eq!(tail(2, "a\nb\nc"), "b\nc");
        assert_eq!(tail(9, "a\nb\n"), "a\nb\n");
        assert_eq!(tail(0, "a\nb\n"), "");
        assert_eq!(tail(1, ""), "");
    }
}
