//! Files, touched with the rights of the user they are touched for.
//!
//! Every operation runs on a thread of its own that has taken on the user's file system identity
//! ([`identity`]), so the kernel decides what is allowed, races included, and no check is repeated here.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use super::agent::Agent;
use super::connection::Connection;
use super::users::Identity;
use crate::wire::{Code, Done, Op, Refusal};

mod entry;
mod identity;
mod simple;
mod tar_in;
mod tar_out;
mod transfer;

pub(crate) use tar_in::unpack;

/// Serves the operations on files.
pub async fn serve(agent: &Agent, op: Op, connection: Connection) -> io::Result<()> {
    match op {
        Op::Stat(at) => {
            let result = match prepare(agent, &at.path, at.user.as_deref()) {
                Ok((path, identity)) => identity::run(&identity, move || entry::stat(&path)).await,
                Err(refusal) => Err(refusal),
            };
            connection.answer(result).await
        }
        Op::List { at, after } => {
            let result = match prepare(agent, &at.path, at.user.as_deref()) {
                Ok((path, identity)) => {
                    identity::run(&identity, move || entry::list(&path, after.as_deref())).await
                }
                Err(refusal) => Err(refusal),
            };
            connection.answer(result).await
        }
        Op::Mkdir { at, mode } => {
            change(agent, &at.path, at.user.as_deref(), connection, move |path| {
                simple::mkdir(&path, mode)
            })
            .await
        }
        Op::Remove { at, recursive } => {
            change(agent, &at.path, at.user.as_deref(), connection, move |path| {
                simple::remove(&path, recursive)
            })
            .await
        }
        Op::Rename { at, to } => {
            let to = prepare(agent, &to, at.user.as_deref());
            change(agent, &at.path, at.user.as_deref(), connection, move |from| {
                simple::rename(&from, &to?.0)
            })
            .await
        }
        Op::Read { at, offset, length } => match prepare(agent, &at.path, at.user.as_deref()) {
            Ok((path, identity)) => transfer::read(&identity, path, offset, length, connection).await,
            Err(refusal) => connection.refuse(refusal).await,
        },
        Op::Write(request) => match prepare(agent, &request.path, request.user.as_deref()) {
            Ok((path, identity)) => transfer::write(&identity, path, request, connection).await,
            Err(refusal) => connection.refuse(refusal).await,
        },
        Op::TarOut(at) => match prepare(agent, &at.path, at.user.as_deref()) {
            Ok((path, identity)) => transfer::pack(&identity, path, connection).await,
            Err(refusal) => connection.refuse(refusal).await,
        },
        Op::TarIn(at) => match prepare(agent, &at.path, at.user.as_deref()) {
            Ok((path, identity)) => transfer::unpack(&identity, path, connection).await,
            Err(refusal) => connection.refuse(refusal).await,
        },
        _ => {
            connection
                .refuse(Refusal::new(Code::Unsupported, "this is no operation on files"))
                .await
        }
    }
}

async fn change(
    agent: &Agent,
    path: &str,
    user: Option<&str>,
    connection: Connection,
    act: impl FnOnce(PathBuf) -> Result<(), Refusal> + Send + 'static,
) -> io::Result<()> {
    let result = match prepare(agent, path, user) {
        Ok((path, identity)) => identity::run(&identity, move || act(path).map(|()| Done {})).await,
        Err(refusal) => Err(refusal),
    };
    connection.answer(result).await
}

/// Whom a path is touched for, and the path from the root on.
fn prepare(agent: &Agent, path: &str, user: Option<&str>) -> Result<(PathBuf, Identity), Refusal> {
    if path.contains('\0') {
        return Err(Refusal::new(Code::Invalid, "a path with a zero byte in it"));
    }
    let identity = agent.user(user)?;
    let path = match path {
        "" | "~" => PathBuf::from(&identity.home),
        path => PathBuf::from(&identity.home).join(path.strip_prefix("~/").unwrap_or(path)),
    };
    Ok((path, identity))
}

/// A refusal that tells what failed on which path.
fn refuse(doing: &str, path: &std::path::Path, error: &io::Error) -> Refusal {
    let code = match error.kind() {
        io::ErrorKind::NotFound => Code::NotFound,
        io::ErrorKind::PermissionDenied => Code::Denied,
        io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => Code::Exists,
        io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory | io::ErrorKind::InvalidInput => {
            Code::Invalid
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::Exhausted,
        _ => Code::Failed,
    };
    Refusal::new(code, format!("failed to {doing} {}: {error}", path.display()))
}

/// A name beside `path` that nobody else uses.
fn temporary(path: &std::path::Path) -> PathBuf {
    let mut name = OsString::from(".toft-");
    name.push(super::session::name());
    path.with_file_name(name)
}

#[cfg(test)]
mod tests;
