//! Which hierarchies the host has, and where a group lies in them. Only reads, but for making
//! directories on behalf of the door.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{CgroupError, at};

/// What limits and counts workspaces.
const WANTED: [&str; 3] = ["cpu", "memory", "pids"];
/// Controllers of version 1 that are wanted beside them.
const WANTED_V1: [&str; 4] = ["cpu", "cpuacct", "memory", "pids"];

/// Which version of control groups carries the controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// One hierarchy for each controller; a version 2 hierarchy may be there without any
    /// (“hybrid”).
    V1,
    /// One hierarchy for all.
    V2,
}

/// The hierarchies of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchies {
    version: Version,
    /// Where each is mounted, with its controllers (none for version 2 and for named ones).
    mounts: Vec<(PathBuf, BTreeSet<String>)>,
}

// === impl Hierarchies ===

impl Hierarchies {
    /// Those mounted here. They are looked for once: a host does not mount them anew while it
    /// runs, and its table of mounts is long.
    ///
    /// # Errors
    /// There are none that could limit anything.
    pub fn detect() -> Result<Self, CgroupError> {
        static FOUND: OnceLock<Hierarchies> = OnceLock::new();
        if let Some(found) = FOUND.get() {
            return Ok(found.clone());
        }
        let found = Self::look()?;
        Ok(FOUND.get_or_init(|| found).clone())
    }

    fn look() -> Result<Self, CgroupError> {
        let table = Path::new("/proc/self/mountinfo");
        let text = fs::read_to_string(table).map_err(at("find the hierarchies of", table))?;
        Self::parse(&text).ok_or(CgroupError::Missing)
    }

    /// Reads a table of mounts.
    pub(super) fn parse(mountinfo: &str) -> Option<Self> {
        let mut first = Vec::new();
        let mut second = Vec::new();
        for line in mountinfo.lines() {
            let Some((place, kind)) = line.split_once(" - ") else {
                continue;
            };
            let Some(target) = place.split(' ').nth(4) else {
                continue;
            };
            let kind: Vec<&str> = kind.split(' ').collect();
            match kind.as_slice() {
                ["cgroup", _, options] => {
                    first.push((
                        PathBuf::from(target),
                        options.split(',').map(str::to_owned).collect(),
                    ));
                }
                ["cgroup2", ..] => second.push((PathBuf::from(target), BTreeSet::new())),
                _ => {}
            }
        }
        let has = |wanted| {
            first
                .iter()
                .any(|(_, controllers): &(_, BTreeSet<String>)| controllers.contains(wanted))
        };
        if has("memory") || has("pids") {
            first.extend(second);
            return Some(Self {
                version: Version::V1,
                mounts: first,
            });
        }
        second.truncate(1);
        (!second.is_empty()).then_some(Self {
            version: Version::V2,
            mounts: second,
        })
    }

    /// Which version carries the controllers.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The controllers out of CPU, memory and processes that this host lacks.
    pub fn missing(&self) -> Vec<&'static str> {
        WANTED
            .into_iter()
            .filter(|wanted| self.mount_of(wanted).is_none())
            .collect()
    }

    /// Where `group` lies for `controller`, if the host has that.
    pub fn directory(&self, group: &str, controller: &str) -> Option<PathBuf> {
        self.mount_of(controller).map(|mount| mount.join(group))
    }

    /// Every directory of `group` that is there.
    pub fn directories(&self, group: &str) -> Vec<PathBuf> {
        self.mounts
            .iter()
            .map(|(mount, _)| mount.join(group))
            .filter(|dir| dir.is_dir())
            .collect()
    }

    /// Every hierarchy of version 1, and whether it is the one of CPU sets.
    pub(super) fn first_version(&self) -> impl Iterator<Item = (&Path, bool)> {
        self.mounts
            .iter()
            .filter(|(_, controllers)| !controllers.is_empty())
            .map(|(mount, controllers)| (mount.as_path(), controllers.contains("cpuset")))
    }

    /// Whether there is what systemd inside a group of this host keeps its own groups in: the one
    /// hierarchy of version 2, or the one with its name.
    pub fn serves_systemd(&self) -> bool {
        let named = |controllers: &BTreeSet<String>| controllers.contains("name=systemd");
        self.version == Version::V2 || self.mounts.iter().any(|(_, found)| named(found))
    }

    /// The groups directly below `parent`, in any hierarchy.
    pub fn children(&self, parent: &str) -> BTreeSet<String> {
        let directories = self.directories(parent);
        let entries = directories
            .iter()
            .filter_map(|dir| fs::read_dir(dir).ok())
            .flatten()
            .flatten();
        entries
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }

    /// The processes in `group` and below.
    pub fn processes(&self, group: &str) -> BTreeSet<u32> {
        let mut pids = BTreeSet::new();
        for dir in self.directories(group) {
            for dir in descendants(&dir).into_iter().chain([dir]) {
                let text = fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default();
                pids.extend(text.lines().filter_map(|line| line.parse::<u32>().ok()));
            }
        }
        // A process of another process namespace shows as zero.
        pids.remove(&0);
        pids
    }

    fn mount_of(&self, controller: &str) -> Option<&Path> {
        let found = match self.version {
            Version::V1 => self
                .mounts
                .iter()
                .find(|(_, controllers)| controllers.contains(controller)),
            Version::V2 => self.mounts.iter().find(|(mount, _)| {
                fs::read_to_string(mount.join("cgroup.controllers"))
                    .is_ok_and(|has| has.split_whitespace().any(|name| name == controller))
            }),
        };
        found.map(|(mount, _)| mount.as_path())
    }

    /// Makes `group` where it is wanted; returns the controllers that could not be had.
    pub(super) fn make(&self, group: &str) -> Result<Vec<&'static str>, CgroupError> {
        match self.version {
            Version::V1 => {
                for controller in WANTED_V1 {
                    if let Some(dir) = self.directory(group, controller) {
                        fs::create_dir_all(&dir).map_err(at("create", &dir))?;
                    }
                }
                Ok(self.missing())
            }
            Version::V2 => {
                let mount = self
                    .mounts
                    .first()
                    .map(|(mount, _)| mount.clone())
                    .ok_or(CgroupError::Missing)?;
                make_unified(&mount, group)
            }
        }
    }
}

/// Makes each directory of the path, its controllers enabled by the one above.
fn make_unified(mount: &Path, group: &str) -> Result<Vec<&'static str>, CgroupError> {
    let mut dir = mount.to_owned();
    let mut missing = BTreeSet::new();
    for name in group.split('/') {
        let control = dir.join("cgroup.subtree_control");
        for controller in WANTED {
            // Refused where processes sit in the group, as in the root of a container: said by
            // the caller and by `toft doctor`, not fatal.
            if fs::write(&control, format!("+{controller}")).is_err() {
                missing.insert(controller);
            }
        }
        dir.push(name);
        match fs::create_dir(&dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(at("create", &dir)(error));
            }
            _ => {}
        }
    }
    Ok(missing.into_iter().collect())
}

/// The directories below `dir`, deepest first.
pub(super) fn descendants(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        found.extend(descendants(&entry.path()));
        found.push(entry.path());
    }
    found
}
