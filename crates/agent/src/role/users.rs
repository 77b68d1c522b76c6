//! Who people are inside, read from `/etc/passwd` and `/etc/group` directly.
//!
//! **Architecture invariant**: no call of the C library's name service. A static binary would load
//! plugins for it from whatever root it is started in; where there are none it would crash.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::wire::{Code, Refusal};

/// Most bytes read of either file.
const LIMIT: u64 = 1 << 20;

/// A user with everything that a process of theirs gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Name, or the number where it has none.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Primary group.
    pub gid: u32,
    /// All groups, the primary one among them.
    pub groups: Vec<u32>,
    /// Home directory.
    pub home: String,
    /// Login shell.
    pub shell: String,
}

/// The user of a name or number, under the root directory `root`.
pub fn find(root: &Path, wanted: &str) -> Result<Identity, Refusal> {
    let passwd = read(&root.join("etc/passwd"))?;
    let group = read(&root.join("etc/group"))?;
    look_up(&passwd, &group, wanted)
}

/// The same, of the two files' content.
pub(crate) fn look_up(passwd: &str, group: &str, wanted: &str) -> Result<Identity, Refusal> {
    let number = wanted.parse::<u32>().ok();
    let mut lines = passwd.lines().filter_map(parse_passwd);
    let by_name = lines.clone().find(|user| user.name == wanted);
    let found = by_name.or_else(|| lines.find(|user| Some(user.uid) == number));
    let mut user = match (found, number) {
        (Some(user), _) => user,
        (None, Some(uid)) => unnamed(uid),
        (None, None) if wanted == "root" => unnamed(0),
        (None, None) => {
            return Err(Refusal::new(
                Code::NotFound,
                format!("there is no user {wanted:?} inside"),
            ));
        }
    };
    user.groups
        .extend(group.lines().filter_map(|line| group_of(line, &user.name)));
    user.groups.sort_unstable();
    user.groups.dedup();
    Ok(user)
}

/// The workspace's user where none was named: number 1000 if there is one, else root.
pub fn default_user(root: &Path) -> String {
    let passwd = read(&root.join("etc/passwd")).unwrap_or_default();
    let found = passwd
        .lines()
        .filter_map(parse_passwd)
        .any(|user| user.uid == 1000);
    if found { "1000" } else { "0" }.to_owned()
}

fn read(path: &Path) -> Result<String, Refusal> {
    let failed = |error: io::Error| {
        Refusal::new(
            Code::Failed,
            format!("failed to read {}: {error}", path.display()),
        )
    };
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(LIMIT).read_to_end(&mut bytes).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(failed(error)),
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn parse_passwd(line: &str) -> Option<Identity> {
    let mut fields = line.split(':');
    let name = fields.next().filter(|name| !name.is_empty())?.to_owned();
    let _password = fields.next()?;
    let uid = fields.next()?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    let _comment = fields.next()?;
    let or = |field: Option<&str>, default: &str| {
        field
            .map(str::trim)
            .filter(|field| field.starts_with('/'))
            .unwrap_or(default)
            .to_owned()
    };
    let (home, shell) = (or(fields.next(), "/"), or(fields.next(), "/bin/sh"));
    Some(Identity {
        name,
        uid,
        gid,
        groups: vec![gid],
        home,
        shell,
    })
}

fn group_of(line: &str, user: &str) -> Option<u32> {
    let mut fields = line.split(':').skip(2);
    let gid = fields.next()?.parse().ok()?;
    fields
        .next()?
        .split(',')
        .any(|member| member.trim() == user)
        .then_some(gid)
}

fn unnamed(uid: u32) -> Identity {
    Identity {
        name: if uid == 0 {
            "root".to_owned()
        } else {
            uid.to_string()
        },
        uid,
        gid: uid,
        groups: vec![uid],
        home: "/".to_owned(),
        shell: "/bin/sh".to_owned(),
    }
}

#[cfg(test)]
mod tests;
