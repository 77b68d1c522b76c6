//! Everything that an instance of Toft has on this host, as lines that can be compared: what a
//! test found before must be there after, and after a purge there must be nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::daemon::Daemon;

/// How deep the data directory is looked into; homes, layers and images are people's own.
const DEPTH: usize = 5;
/// Directories whose content is not looked at.
const CLOSED: [&str; 5] = ["home", "layer", "rootfs", "blobs", "bin"];
/// Files that come and go by themselves.
const PASSING: [&str; 6] = [
    "console.log.1",
    "toft.db-wal",
    "toft.db-shm",
    "toft.sock",
    "upper.new",
    "ballast",
];

/// What marks an instance on the host.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Six hexadecimal digits.
    pub id: String,
    /// Its data directory, as the kernel names it.
    pub data: PathBuf,
    /// The route that keeps its addresses from leaving, once it has any.
    pub pool: Option<String>,
}

/// What there is of an instance, one line a thing.
pub type Traces = BTreeSet<String>;

// === impl Instance ===

impl Instance {
    /// That of a daemon that serves.
    pub fn of(toft: &Daemon) -> Self {
        let host = toft.api("/api/toft/v1/host");
        Self {
            id: host["instance"].as_str().unwrap().to_owned(),
            data: toft.data_dir().canonicalize().unwrap(),
            pool: None,
        }
    }

    /// Looks up the addresses, given that a workspace has one.
    #[must_use]
    pub fn with_pool(mut self) -> Self {
        let bridge = format!("t{}b", self.id);
        let pool = say("ip", &["-4", "-o", "address"])
            .lines()
            .find(|line| line.contains(&bridge))
            .and_then(|line| line.split_whitespace().nth(3).map(str::to_owned));
        self.pool = pool.map(|address| {
            let parts: Vec<&str> = address.split('.').collect();
            format!("unreachable {}.{}.0.0/16", parts[0], parts[1])
        });
        self
    }

    /// What there is on the host, and the files of the data directory.
    pub fn traces(&self) -> Traces {
        let mut traces = self.on_host();
        files(&self.data, &self.data, 0, &mut traces);
        traces
    }

    /// Interfaces, addresses, routes, firewall, control groups, mounts, stage and processes.
    pub fn on_host(&self) -> Traces {
        let mut traces = Traces::new();
        self.network(&mut traces);
        self.groups(&mut traces);
        let data = self.data.to_string_lossy().into_owned();
        let stage = format!("/run/toft-{}", self.id);
        for line in fs::read_to_string("/proc/self/mountinfo").unwrap().lines() {
            let point = line.split(' ').nth(4).unwrap_or_default();
            if point == data || point.starts_with(&format!("{data}/")) || point.starts_with(&stage) {
                traces.insert(format!("mount {point}"));
            }
        }
        if let Ok(entries) = fs::read_dir(&stage) {
            traces.insert(format!("stage {stage}"));
            traces.extend(
                entries
                    .flatten()
                    .map(|entry| format!("stage {}", entry.path().display())),
            );
        }
        traces.extend(self.processes().into_iter().map(|(_, line)| line));
        traces
    }

    fn network(&self, traces: &mut Traces) {
        let (mark, table) = (format!("t{}", self.id), format!("toft_{}", self.id));
        let keep = |kind: &str, text: &str, traces: &mut Traces| {
            let ours = text.lines().filter(|line| {
                line.contains(&mark) || self.pool.as_ref().is_some_and(|pool| line.contains(pool))
            });
            for line in ours {
                // Numbers of interfaces differ from one making to the next.
                let line = line.split_once(": ").map_or(line, |(_, rest)| rest);
                let words: Vec<&str> = line
                    .split_whitespace()
                    .filter(|word| !word.contains('@'))
                    .collect();
                traces.insert(format!("{kind} {}", words.join(" ")));
            }
        };
        let links = say("ip", &["-o", "link"]);
        for name in links
            .lines()
            .filter_map(|line| line.split(": ").nth(1))
            .filter(|name| name.starts_with(&mark))
        {
            let name = name.split('@').next().unwrap_or(name);
            traces.insert(format!("link {name}"));
        }
        keep("address", &say("ip", &["-o", "-4", "address"]), traces);
        keep("route", &say("ip", &["-4", "route"]), traces);
        for family in ["inet", "bridge"] {
            let text = say("nft", &["list", "table", family, &table]);
            traces.extend(
                text.lines()
                    .map(|line| format!("firewall {family} {}", line.trim())),
            );
        }
        let other = say("nft", &["list", "ruleset"]);
        for line in other
            .lines()
            .filter(|line| line.contains(&table) || line.contains(&format!("{mark}b")))
        {
            traces.insert(format!("firewall {}", line.trim()));
        }
    }

    fn groups(&self, traces: &mut Traces) {
        let name = format!("toft-{}", self.id);
        let mut roots = vec![PathBuf::from("/sys/fs/cgroup")];
        roots.extend(
            fs::read_dir("/sys/fs/cgroup")
                .unwrap()
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.is_dir()),
        );
        for group in roots
            .iter()
            .map(|root| root.join(&name))
            .filter(|path| path.is_dir())
        {
            traces.insert(format!("group {}", group.display()));
            traces.extend(
                fs::read_dir(&group)
                    .unwrap()
                    .flatten()
                    .map(|entry| entry.path())
                    .filter(|path| path.is_dir())
                    .map(|path| format!("group {}", path.display())),
            );
        }
    }

    /// Processes in its control groups, and those that were started with its data directory, but
    /// for daemons and clients of ours.
    pub fn processes(&self) -> Vec<(u32, String)> {
        let (group, data) = (
            format!("toft-{}", self.id),
            self.data.to_string_lossy().into_owned(),
        );
        let numbers = fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let line = |number: u32| {
            let dir = Path::new("/proc").join(number.to_string());
            let words = fs::read(dir.join("cmdline")).ok()?;
            let words = String::from_utf8_lossy(&words)
                .replace('\0', " ")
                .trim()
                .to_owned();
            // One that has ended and is not collected yet has no words any more.
            if words.is_empty() {
                return None;
            }
            let inside = fs::read_to_string(dir.join("cgroup")).is_ok_and(|text| text.contains(&group));
            let serves = [" up --data-dir ", " serve --data-dir ", " purge "]
                .iter()
                .any(|verb| words.contains(verb));
            (inside || (words.contains(&data) && !serves)).then(|| (number, format!("process {words}")))
        };
        numbers.filter_map(line).collect()
    }
}

fn files(root: &Path, dir: &Path, depth: usize, traces: &mut Traces) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if PASSING.contains(&&*name) {
            continue;
        }
        traces.insert(format!("file {}", path.strip_prefix(root).unwrap().display()));
        let open = depth < DEPTH && !CLOSED.contains(&&*name);
        if open && fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir()) {
            files(root, &path, depth + 1, traces);
        }
    }
}

/// What a program says; nothing where it complains.
fn say(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}
