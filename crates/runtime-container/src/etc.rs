//! Files of `/etc` that say where and who a workspace is.
//!
//! They are written into the writable layer while nothing is mounted, so that they are plain
//! files inside: `sed -i /etc/hosts` and package scripts that rename over them work, as they do
//! not with bind mounts. What the layer holds is the work of a stranger who was root there: no
//! link in it is followed, and what is not as expected is left alone, because it can only harm
//! the machine it belongs to.

mod layer;

use std::fmt::Write as _;
use std::path::Path;

use toft_runtime::{NetworkView, SandboxSpec, User};

use crate::error::Error;
pub(crate) use layer::Layer;

/// Writes all of them for the coming start.
pub(crate) fn write(layer: &Layer, spec: &SandboxSpec) -> Result<(), Error> {
    layer.write("etc/hostname", format!("{}\n", spec.hostname).as_bytes(), 0o644)?;
    layer.write("etc/hosts", hosts(spec).as_bytes(), 0o644)?;
    if let Some(text) = spec.network.as_ref().and_then(resolv_conf) {
        layer.write("etc/resolv.conf", text.as_bytes(), 0o644)?;
    }
    ensure_user(layer, &spec.user)?;
    join_groups(layer, &spec.user)
}

fn hosts(spec: &SandboxSpec) -> String {
    let mut text = String::from(
        "# Written by Toft at every start.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n",
    );
    let own = spec
        .network
        .as_ref()
        .map_or_else(|| "127.0.1.1".to_owned(), |network| network.address.to_string());
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{own}\t{}", spec.hostname);
    for (address, names) in spec.network.iter().flat_map(|network| &network.hosts) {
        let _ = writeln!(text, "{address}\t{}", names.join(" "));
    }
    text
}

fn resolv_conf(network: &NetworkView) -> Option<String> {
    let dns = network.dns?;
    let mut text = format!("# Written by Toft at every start.\nnameserver {dns}\n");
    if let Some(search) = &network.search {
        let _ = writeln!(text, "search {search}");
    }
    Some(text)
}

/// Gives a foreign image the user that people are here. One that knows the name is left alone.
fn ensure_user(layer: &Layer, user: &User) -> Result<(), Error> {
    let passwd = match layer.read("etc/passwd")? {
        Some(passwd) => passwd,
        // A root of one program, as many images are: there are no users yet.
        None if layer.lacks("etc/passwd") => "root:x:0:0:root:/root:/bin/sh\n".to_owned(),
        None => return Ok(()),
    };
    if has_name(&passwd, &user.name) {
        return Ok(());
    }
    let shell = if layer.image_has(&user.shell) {
        user.shell.as_path()
    } else {
        Path::new("/bin/sh")
    };
    // A star, not an x: there is no line in the shadow file, and PAM refuses an account whose
    // line is missing there.
    let line = format!(
        "{}:*:{}:{}::{}:{}",
        user.name,
        user.uid,
        user.gid,
        user.home.display(),
        shell.display()
    );
    layer.write("etc/passwd", insert(&passwd, &line).as_bytes(), 0o644)?;
    let group = layer.read("etc/group")?.unwrap_or_default();
    if !has_name(&group, &user.name) {
        let line = format!("{}:*:{}:", user.name, user.gid);
        layer.write("etc/group", insert(&group, &line).as_bytes(), 0o644)?;
    }
    let sudo = format!("{} ALL=(ALL:ALL) NOPASSWD: ALL\n", user.name);
    layer.write("etc/sudoers.d/toft", sudo.as_bytes(), 0o440)
}

/// Makes the user a member of groups that the image has; others are nobody's business.
fn join_groups(layer: &Layer, user: &User) -> Result<(), Error> {
    let Some(group) = layer.read("etc/group")?.filter(|_| !user.groups.is_empty()) else {
        return Ok(());
    };
    let joined: String = group
        .lines()
        .map(|line| {
            let wanted = user
                .groups
                .iter()
                .any(|name| line.split(':').next() == Some(name));
            let members = line.rsplit(':').next().unwrap_or_default();
            match wanted && !members.split(',').any(|member| member == user.name) {
                false => format!("{line}\n"),
                true if members.is_empty() => format!("{line}{}\n", user.name),
                true => format!("{line},{}\n", user.name),
            }
        })
        .collect();
    if joined == group {
        return Ok(());
    }
    layer.write("etc/group", joined.as_bytes(), 0o644)
}

fn has_name(table: &str, name: &str) -> bool {
    table.lines().any(|line| line.split(':').next() == Some(name))
}

/// Puts `line` second, behind root: whoever asks for the name of the id finds it before another
/// name that the image has for it.
fn insert(table: &str, line: &str) -> String {
    let (first, rest) = table.split_once('\n').unwrap_or((table, ""));
    if first.is_empty() {
        format!("{line}\n{rest}")
    } else {
        format!("{first}\n{line}\n{rest}")
    }
}

#[cfg(test)]
mod tests;
