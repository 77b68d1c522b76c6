//! Giving a group to the root of a range, as `Delegate=yes` of systemd does.
//!
//! On version 2 the kernel says which files go with the directory. On version 1 the directory
//! goes with its lists of members, in every hierarchy that there is: what runs containers inside
//! makes a group in each. The files of limits stay the host's on both.

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::path::Path;

use super::{CgroupError, Hierarchies, Version, at};
use crate::namespaces::IdRange;

/// What version 1 needs, and version 2 where the kernel does not say.
const MEMBERS_V1: [&str; 2] = ["cgroup.procs", "tasks"];
const MEMBERS_V2: [&str; 3] = ["cgroup.procs", "cgroup.threads", "cgroup.subtree_control"];
/// Most groups below one that was given away: each takes memory of the kernel's.
const DESCENDANTS: &str = "2048";

pub(super) fn delegate(hierarchies: &Hierarchies, group: &str, range: IdRange) -> Result<(), CgroupError> {
    match hierarchies.version() {
        Version::V1 => {
            for (mount, is_cpuset) in hierarchies.first_version() {
                make(mount, group, is_cpuset)?;
                give(&mount.join(group), &MEMBERS_V1.map(str::to_owned), range)?;
            }
            Ok(())
        }
        Version::V2 => {
            let named = fs::read_to_string("/sys/kernel/cgroup/delegate").unwrap_or_default();
            let mut members: Vec<String> = named.lines().map(str::to_owned).collect();
            if members.is_empty() {
                members = MEMBERS_V2.map(str::to_owned).into();
            }
            for dir in hierarchies.directories(group) {
                let most = dir.join("cgroup.max.descendants");
                fs::write(&most, DESCENDANTS).map_err(at("limit", &most))?;
                give(&dir, &members, range)?;
            }
            Ok(())
        }
    }
}

/// Makes each directory of the path. One of CPU sets takes no process before it has a set.
fn make(mount: &Path, group: &str, is_cpuset: bool) -> Result<(), CgroupError> {
    let mut dir = mount.to_owned();
    for name in group.split('/') {
        let above = dir.clone();
        dir.push(name);
        match fs::create_dir(&dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(at("create", &dir)(error));
            }
            _ => {}
        }
        for file in ["cpuset.cpus", "cpuset.mems"].iter().filter(|_| is_cpuset) {
            let own = dir.join(file);
            let is_set = fs::read_to_string(&own).is_ok_and(|set| !set.trim().is_empty());
            if !is_set {
                fs::read_to_string(above.join(file))
                    .and_then(|set| fs::write(&own, set.trim()))
                    .map_err(at("set", &own))?;
            }
        }
    }
    Ok(())
}

fn give(dir: &Path, members: &[String], range: IdRange) -> Result<(), CgroupError> {
    let own = |path: &Path| chown(path, Some(range.start), Some(range.start));
    own(dir).map_err(at("give away", dir))?;
    for member in members {
        let path = dir.join(member);
        match own(&path) {
            // Not of this hierarchy, or not of this group: a controller that is not enabled.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other.map_err(at("give away", &path))?,
        }
    }
    Ok(())
}
