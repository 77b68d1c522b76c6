//! Names: what may stand in `metadata.name`, and the host name that three of them make.
//!
//! App, workspace and owner meet in one DNS label, `APP--WORKSPACE--OWNER`, of at most 63
//! octets (RFC 1035, section 2.3.4). Therefore an app has at most 12, a workspace 28 and an
//! owner 19 characters, and none may hold `--`: 12 + 2 + 28 + 2 + 19 = 63.

/// Most characters of an app's name.
pub const APP_MAX: usize = 12;
/// Most characters of a workspace's name.
pub const WORKSPACE_MAX: usize = 28;
/// Most characters of an owner's name, that is of a namespace.
pub const OWNER_MAX: usize = 19;
/// Most characters of any other object's name.
pub const OBJECT_MAX: usize = 63;

/// Owners' names that nobody may take: they are addresses of Toft itself or would mislead.
pub const RESERVED_OWNERS: [&str; 14] = [
    "api",
    "app",
    "apps",
    "toft",
    "www",
    "system",
    "root",
    "kube-system",
    "kube-public",
    "default",
    "localhost",
    "self",
    "me",
    "all",
];

/// Why a name is refused; written to follow the name itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing there.
    #[error("must not be empty, for example 'dev'")]
    Empty,
    /// Longer than the limit it carries.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// Not a DNS label.
    #[error(
        "must be lower-case letters, digits and single '-', beginning with a letter and ending with a letter or digit, for example 'my-dev2'"
    )]
    NotALabel,
    /// Two dashes in a row.
    #[error("must not contain '--', which separates app, workspace and owner in host names")]
    DoubleDash,
}

/// Checks that `name` is a DNS label (RFC 1123, begun by a letter) of at most `max` characters
/// without `--`.
///
/// # Errors
/// What is wrong with it.
pub fn check(name: &str, max: usize) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > max {
        return Err(NameError::TooLong(max));
    }
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let bytes = name.as_bytes();
    let ends = bytes[0].is_ascii_lowercase() && bytes[bytes.len() - 1] != b'-';
    if !ends || !bytes.iter().copied().all(inner) {
        return Err(NameError::NotALabel);
    }
    if name.contains("--") {
        return Err(NameError::DoubleDash);
    }
    Ok(())
}

/// The first label of an app's host name. `app` is an app's name or a port number.
pub fn host_label(app: &str, workspace: &str, owner: &str) -> String {
    format!("{app}--{workspace}--{owner}")
}

/// A name made of arbitrary text, such as a person's login: lower-case, other characters as
/// single dashes, cut to `max`. Empty where nothing usable is left.
pub fn suggest(text: &str, max: usize) -> String {
    let mut name = String::new();
    for character in text.chars().map(|c| c.to_ascii_lowercase()) {
        if name.len() >= max {
            break;
        }
        match character {
            'a'..='z' => name.push(character),
            '0'..='9' if !name.is_empty() => name.push(character),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests;
