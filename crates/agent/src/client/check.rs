//! Checks on what an agent says, beyond what its types already hold.

use super::{Error, nonsense};
use crate::wire::{Apps, FileEntry, FilePage, Info, Refusal, TerminalInfo};

/// Longest text meant for people that is passed on.
const TEXT: usize = 2_000;
/// Longest name of a session.
const SESSION: usize = 64;

pub(super) fn info(info: &Info) -> Result<(), Error> {
    let doing = "tell who it is";
    session(doing, &info.instance)?;
    short(doing, "its version", &info.version, 100)?;
    short(doing, "its user", &info.user, 256)?;
    short(doing, "its home", &info.home, 4096)
}

pub(super) fn apps(apps: &Apps) -> Result<(), Error> {
    let doing = "list its apps";
    for app in &apps.apps {
        short(doing, "an app's name", &app.name, 63)?;
        short(doing, "an app's reason", &app.reason, TEXT)?;
    }
    Ok(())
}

pub(super) fn terminals(list: &[TerminalInfo]) -> Result<(), Error> {
    let doing = "list its terminals";
    for terminal in list {
        session(doing, &terminal.session)?;
        short(doing, "a terminal's title", &terminal.title, TEXT)?;
    }
    Ok(())
}

pub(super) fn page(doing: &'static str, page: &FilePage) -> Result<(), Error> {
    if page.entries.is_empty() && page.next.is_some() {
        return Err(nonsense(
            doing,
            "a page of nothing that is not the last".to_owned(),
        ));
    }
    page.entries.iter().try_for_each(|listed| entry(doing, listed))
}

/// A name is one component: who joins it to a path stays in the directory that was listed.
pub(super) fn entry(doing: &'static str, entry: &FileEntry) -> Result<(), Error> {
    let name = entry.name.as_str();
    let component =
        name == "/" || !(name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']));
    if !component || name.len() > 1024 {
        return Err(nonsense(doing, "a file name that is none".to_owned()));
    }
    Ok(())
}

pub(super) fn session(doing: &'static str, session: &str) -> Result<(), Error> {
    let plain = session
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if session.is_empty() || session.len() > SESSION || !plain {
        return Err(nonsense(doing, "a session's name that is none".to_owned()));
    }
    Ok(())
}

pub(super) fn exit_code(doing: &'static str, code: i32) -> Result<i32, Error> {
    if (0..=255).contains(&code) {
        Ok(code)
    } else {
        Err(nonsense(doing, format!("an exit code of {code}")))
    }
}

/// A refusal fit to be shown: one line of bounded length without control characters.
pub(super) fn refusal(mut refusal: Refusal) -> Refusal {
    refusal.message = shown(&refusal.message);
    refusal
}

/// A text of an agent's, as part of a message for people.
pub(super) fn shown(text: &str) -> String {
    text.chars()
        .take(TEXT)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn short(doing: &'static str, what: &str, text: &str, limit: usize) -> Result<(), Error> {
    if text.len() > limit {
        return Err(nonsense(doing, format!("{what} of {} bytes", text.len())));
    }
    Ok(())
}
