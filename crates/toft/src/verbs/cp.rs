//! `toft cp`: files and folders into and out of a workspace.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use bytes::Bytes;
use clap::Args;
use futures_util::StreamExt;
use http::{Method, Request, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::sync::mpsc;

use crate::client::{Api, Body, checked, escape};
use crate::failure::{Context, Failure, Outcome};
use crate::target::Target;

/// Octets of a file that are read at once.
const CHUNK: usize = 128 << 10;

/// Arguments of `cp`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  toft cp notes.txt dev:notes.txt\n  toft cp ada/site:/var/www ./backup")]
pub struct Cp {
    /// A path here, `[OWNER/]NAME:PATH` there, or `-` for standard input.
    source: Place,
    /// A path here, `[OWNER/]NAME:PATH` there, or `-` for standard output.
    destination: Place,
}

/// One side of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Stream,
    Here(PathBuf),
    There(Target, String),
}

impl FromStr for Place {
    type Err = String;

    /// A colon before any slash but the owner's names a workspace; `./a:b` is always here.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "-" {
            return Ok(Self::Stream);
        }
        let Some((target, path)) = text.split_once(':').filter(|_| !text.starts_with(['.', '/'])) else {
            return Ok(Self::Here(PathBuf::from(text)));
        };
        Ok(Self::There(target.parse()?, path.to_owned()))
    }
}

// === impl Cp ===

impl Cp {
    pub async fn run(self, api: &Api) -> Outcome<()> {
        match (self.source, self.destination) {
            (Place::Here(path), Place::There(target, to)) => upload(api, &path, &target, &to).await,
            (Place::Stream, Place::There(target, to)) => {
                let body = reading(std::io::stdin());
                put(
                    api,
                    &format!("{}/files?path={}", api.path_of(&target).await?, escape(&to)),
                    body,
                )
                .await
            }
            (Place::There(target, from), Place::Here(path)) => download(api, &target, &from, &path).await,
            (Place::There(target, from), Place::Stream) => {
                let url = format!(
                    "{}/files?path={}&op=read",
                    api.path_of(&target).await?,
                    escape(&from)
                );
                fetch(api, &url, &mut std::io::stdout()).await
            }
            _ => Err(Failure::new("exactly one side must be in a workspace")
                .hint("toft cp FILE NAME:PATH, or toft cp NAME:PATH FILE")),
        }
    }
}

async fn upload(api: &Api, path: &Path, target: &Target, to: &str) -> Outcome<()> {
    let base = api.path_of(target).await?;
    let doing = || format!("read {}", path.display());
    let meta = std::fs::metadata(path).context(doing)?;
    if meta.is_dir() {
        let path = path.to_owned();
        let body = packing(path);
        return put(api, &format!("{base}/files?path={}&op=tar", escape(to)), body).await;
    }
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let to = if to.is_empty() || to.ends_with('/') {
        format!("{to}{name}")
    } else {
        to.to_owned()
    };
    let mode = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777;
    put(
        api,
        &format!("{base}/files?path={}&mode={mode:04o}", escape(&to)),
        reading(File::open(path).context(doing)?),
    )
    .await
}

async fn download(api: &Api, target: &Target, from: &str, to: &Path) -> Outcome<()> {
    let base = format!("{}/files?path={}", api.path_of(target).await?, escape(from));
    let stat = api.get(&format!("{base}&op=stat")).await?;
    if stat["entries"][0]["kind"] == "dir" {
        return unpack(api, &format!("{base}&op=tar"), from, to).await;
    }
    let name = from.rsplit('/').next().unwrap_or(from);
    let to = if to.is_dir() { to.join(name) } else { to.to_owned() };
    let dir = to
        .parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let doing = || format!("write {}", to.display());
    // A copy that is cut off leaves what was there before.
    let mut next = tempfile::NamedTempFile::new_in(dir).context(doing)?;
    fetch(api, &format!("{base}&op=read"), &mut next).await?;
    let mode = stat["entries"][0]["mode"]
        .as_u64()
        .and_then(|mode| u32::try_from(mode & 0o777).ok())
        .unwrap_or(0o644);
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    next.as_file().set_permissions(permissions).context(doing)?;
    next.persist(&to).map_err(|error| error.error).context(doing)?;
    Ok(())
}

async fn put(api: &Api, url: &str, body: Body) -> Outcome<()> {
    let request = Request::builder()
        .method(Method::PUT)
        .uri(url)
        .header(header::CONTENT_TYPE, "application/octet-stream");
    let request = request.body(body).context(|| "make a request".to_owned())?;
    checked(api.send(request).await?).await.map(|_| ())
}

async fn fetch(api: &Api, url: &str, to: &mut impl Write) -> Outcome<()> {
    let answer = api.call(Method::GET, url, "*/*", "", Bytes::new()).await?;
    let mut body = answer.into_body();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.context(|| "read the file".to_owned())?.into_data() {
            to.write_all(&data).context(|| "write the file".to_owned())?;
        }
    }
    to.flush().context(|| "write the file".to_owned())
}

/// A folder arrives as tar. It is unpacked beside where it goes and then renamed there, so that
/// nothing in it can leave that place and a copy that is cut off leaves nothing.
async fn unpack(api: &Api, url: &str, from: &str, to: &Path) -> Outcome<()> {
    let doing = || format!("write {}", to.display());
    let dir = if to.is_dir() {
        Some(to)
    } else {
        to.parent().filter(|dir| !dir.as_os_str().is_empty())
    };
    let stage = tempfile::Builder::new()
        .prefix(".toft-cp-")
        .tempdir_in(dir.unwrap_or(Path::new(".")))
        .context(doing)?;
    receive(api, url, stage.path()).await?;
    // What arrives under another name than was asked for would go where nobody expects it, and could
    // take the place of what is there.
    let name = from.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let arrived = std::fs::read_dir(stage.path()).context(doing)?;
    let whole = arrived.collect::<Result<Vec<_>, _>>().context(doing)?;
    let [whole] = whole.as_slice() else {
        return Err(Failure::new(format!(
            "not one folder arrived, but {} things",
            whole.len()
        )));
    };
    let is_folder = whole.file_type().context(doing)?.is_dir();
    let arrived = whole.file_name();
    let is_named = match name {
        // A home has a name that only the workspace knows; one that hides would not be seen.
        "" | "." | ".." | "~" => !arrived.as_encoded_bytes().starts_with(b"."),
        name => arrived == name,
    };
    if !is_folder || !is_named {
        return Err(Failure::new("what arrived is not the folder that was asked for"));
    }
    let place = if to.is_dir() {
        to.join(whole.file_name())
    } else {
        to.to_owned()
    };
    std::fs::rename(whole.path(), &place).context(|| format!("put the folder at {}", place.display()))
}

async fn receive(api: &Api, url: &str, to: &Path) -> Outcome<()> {
    let answer = api.call(Method::GET, url, "*/*", "", Bytes::new()).await?;
    let (send, receive) = mpsc::channel::<Bytes>(8);
    let to = to.to_owned();
    let unpacking = tokio::task::spawn_blocking(move || {
        let mut archive = tar::Archive::new(ChunkReader {
            chunks: receive,
            current: Bytes::new(),
        });
        archive.unpack(&to)
    });
    let mut body = answer.into_body();
    let mut broken = None;
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => {
                if send.send(data).await.is_err() {
                    break;
                }
            }
            Ok(Err(_)) => {}
            Err(error) => {
                broken = Some(error);
                break;
            }
        }
    }
    drop(send);
    let unpacked = unpacking.await.context(|| "unpack the folder".to_owned())?;
    match broken {
        Some(error) => Err(Failure::new(format!("failed to read the folder: {error}"))),
        None => unpacked.context(|| "unpack the folder".to_owned()),
    }
}

/// What is read from `source` as a body, a few chunks ahead.
fn reading(mut source: impl Read + Send + 'static) -> Body {
    let (send, receive) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = source.read(&mut chunk).map(|count| {
                chunk.truncate(count);
                Bytes::from(chunk)
            });
            let last = read.as_ref().map_or(true, Bytes::is_empty);
            if (!matches!(&read, Ok(chunk) if chunk.is_empty()) && send.blocking_send(read).is_err()) || last
            {
                return;
            }
        }
    });
    body(receive)
}

/// The folder `path` as a tar body.
fn packing(path: PathBuf) -> Body {
    let (send, receive) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        let mut archive = tar::Builder::new(std::io::BufWriter::with_capacity(
            CHUNK,
            ChunkWriter(send.clone()),
        ));
        archive.follow_symlinks(false);
        let packed = archive
            .append_dir_all(".", &path)
            .and_then(|()| archive.into_inner())
            .and_then(|mut out| out.flush());
        if let Err(error) = packed {
            let _ = send.blocking_send(Err(error));
        }
    });
    body(receive)
}

fn body(chunks: mpsc::Receiver<std::io::Result<Bytes>>) -> Body {
    let stream = futures_util::stream::unfold(chunks, |mut chunks| async move {
        chunks.recv().await.map(|chunk| (chunk, chunks))
    });
    BodyExt::boxed(StreamBody::new(stream.map(|chunk| chunk.map(Frame::data))))
}

/// Chunks of a channel as something to read.
struct ChunkReader {
    chunks: mpsc::Receiver<Bytes>,
    current: Bytes,
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.current.is_empty() {
            match self.chunks.blocking_recv() {
                Some(chunk) => self.current = chunk,
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.current.len());
        buffer[..count].copy_from_slice(&self.current.split_to(count));
        Ok(count)
    }
}

/// Something to write to that sends chunks.
struct ChunkWriter(mpsc::Sender<std::io::Result<Bytes>>);

impl Write for ChunkWriter {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(data)));
        sent.map(|()| data.len())
            .map_err(|_| std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
