//! The sweep itself: one command after the other is given to a daemon that is killed at the
//! first, second, third … passage of its effect door, before and after it, until the command is
//! through without meeting another one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use toft_e2e::wait::PATIENCE;
use toft_e2e::{Daemon, Disk, Instance, Traces};

use crate::neighbour::Neighbour;

mod lifetime;

/// The workspace that everything is done to, of an owner who has no other.
pub const VICTIM: &str = "guest/victim";
/// Where the API has it.
const PATH: &str = "/apis/toft.dev/v1alpha1/namespaces/guest/workspaces/victim";
/// The state in which an owner has workspaces of which none runs.
const STOPPED: &str = "stop";
/// A daemon that does nothing for so long has nothing left to do.
const QUIET: Duration = Duration::from_millis(250);
/// A daemon that was killed while it recovers is killed every so many points.
const TWICE: u32 = 5;

/// What is asked, and what undoes it.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    pub name: &'a str,
    pub ask: &'a [&'a str],
    pub undo: &'a [&'a [&'a str]],
    /// The phase that it leads to; none where the workspace is gone.
    pub phase: Option<&'a str>,
    /// Tried inside when it is there.
    pub inside: Option<&'a str>,
}

/// A daemon on its way through the sweep.
pub struct Sweep {
    pub toft: Daemon,
    pub neighbour: Option<Neighbour>,
    trap: PathBuf,
    record: PathBuf,
    _notes: TempDir,
    /// How much of the record is of before the sweep.
    since: usize,
    instance: Instance,
    /// What there is in each state, once that is known.
    known: BTreeMap<String, Traces>,
    /// Kills so far, and those among them in the middle of a recovery.
    pub points: u32,
    pub twice: u32,
    /// Which effects it was killed before and after.
    met: BTreeSet<(String, String)>,
    slowest: (Duration, String),
    /// Goes after the daemon that is on it.
    _disk: Option<Disk>,
}

// === impl Sweep ===

impl Sweep {
    pub fn begin() -> Self {
        Self::begin_on(None)
    }

    /// On a disk of the test's own, or else on the host's.
    pub fn begin_on(disk: Option<Disk>) -> Self {
        let notes = tempfile::tempdir().unwrap();
        let (trap, record) = (notes.path().join("trap"), notes.path().join("record"));
        let env = [
            ("TOFT_FAILPOINT_FILE", trap.to_str().unwrap()),
            ("TOFT_FAILPOINT_RECORD", record.to_str().unwrap()),
        ];
        let toft = match &disk {
            Some(disk) => Daemon::within_env(&disk.path, &env),
            None => Daemon::with_env(&env),
        };
        let instance = toft.instance();
        Self {
            toft,
            neighbour: None,
            trap,
            record,
            _notes: notes,
            since: 0,
            instance,
            known: BTreeMap::new(),
            points: 0,
            twice: 0,
            met: BTreeSet::new(),
            slowest: (Duration::ZERO, String::new()),
            _disk: disk,
        }
    }

    /// From here on every effect that passes is one at which it must be killed.
    pub fn start(&mut self) {
        self.instance = self.toft.instance();
        self.since = self.recorded().len();
    }

    /// Sweeps one command.
    pub fn sweep(&mut self, segment: &Segment<'_>) {
        let begun = (Instant::now(), self.points);
        // Once without a trap: what there is to meet, and how the world looks afterwards.
        let mark = self.recorded().len();
        self.ask(segment.ask).ok();
        self.settle(segment, "nothing");
        let effects: Vec<String> = self.recorded().split_off(mark);
        assert!(!effects.is_empty(), "{} passes nothing", segment.name);
        self.known.remove(segment.name);
        self.compare(segment.name, "nothing");
        self.undo(segment);
        for when in ["before", "after"] {
            let mut number = 1;
            loop {
                let named = effects.get(number - 1).map_or("a later one", String::as_str);
                let point = format!("{} killed {when} {named}", segment.name);
                let killed = self.point(segment, &format!("{when}:#:{number}"), point);
                if !killed && number >= effects.len() {
                    break;
                }
                number += 1;
            }
        }
        // What goes on side by side passes in another order each time: one effect may have been
        // at no number when its turn came.
        for (when, effect) in self.missed(&effects) {
            let point = format!("{} killed {when} {effect}", segment.name);
            self.point(segment, &format!("{when}:{effect}:1"), point);
        }
        self.tell(&format!("{} ({} passages)", segment.name, effects.len()), begun);
    }

    /// One kill by these words, in the middle of what must meet it.
    pub fn single(&mut self, words: &str, segment: &Segment<'_>) {
        let mark = self.recorded().len();
        let point = format!("{} killed {words}", segment.name);
        self.arm(words);
        let ran = self.ask(segment.ask);
        assert!(self.meets(segment, mark), "{point}: nothing met it: {ran:?}");
        self.count_kill(mark, &point);
        self.toft.launch(&self.env());
        if ran.code != 0 {
            self.ask(segment.ask);
        }
        self.settle(segment, &point);
        self.undo(segment);
    }

    fn tell(&self, name: &str, begun: (Instant, u32)) {
        let seconds = begun.0.elapsed().as_secs_f64();
        println!("{name}: {} points in {seconds:.1} s", self.points - begun.1);
    }

    /// Waits until nothing of it is on the host.
    pub fn is_gone(&self, point: &str) {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let left = self.instance.on_host();
            if left.is_empty() {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{point}: left {left:#?}\n{}",
                self.toft.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// One kill by these words; says whether anything met it.
    fn point(&mut self, segment: &Segment<'_>, words: &str, point: String) -> bool {
        let begun = Instant::now();
        let mark = self.recorded().len();
        self.arm(words);
        let granted = self.ask(segment.ask).code == 0;
        let killed = self.meets(segment, mark);
        if killed {
            self.count_kill(mark, &point);
            self.recover();
            if !granted {
                // Nobody was promised anything: it is asked for again, and may be done already.
                self.ask(segment.ask);
            }
        }
        self.settle(segment, &point);
        self.compare(segment.name, &point);
        if let Some(neighbour) = &self.neighbour {
            neighbour.unharmed(&point);
        }
        self.undo(segment);
        if begun.elapsed() > self.slowest.0 {
            self.slowest = (begun.elapsed(), point);
        }
        killed
    }

    /// Waits until the trap springs, or the command is through without having met it.
    fn meets(&mut self, segment: &Segment<'_>, mark: usize) -> bool {
        let deadline = Instant::now() + PATIENCE;
        let (mut lines, mut since) = (0, Instant::now());
        while self.toft.lives() {
            assert!(Instant::now() < deadline, "{} never ends", segment.name);
            let now = self.recorded().len();
            if now != lines {
                (lines, since) = (now, Instant::now());
            }
            if lines > mark && since.elapsed() > QUIET && self.there(segment) {
                self.disarm();
                return !self.toft.lives();
            }
            std::thread::sleep(Duration::from_millis(3));
        }
        self.disarm();
        true
    }

    /// Takes note of where the daemon was killed.
    fn count_kill(&mut self, mark: usize, point: &str) {
        let recorded = self.recorded();
        let last = recorded[mark..].iter().find_map(|line| line.strip_prefix("! "));
        let last = last.unwrap_or_else(|| panic!("{point}: it ended by itself\n{}", self.toft.log()));
        let (when, passage) = last.split_once(' ').unwrap();
        self.met.insert((when.to_owned(), effect_of(passage)));
        self.points += 1;
    }

    /// Starts it again; now and then it is killed once more on its way.
    fn recover(&mut self) {
        if (self.points + 1).is_multiple_of(TWICE) {
            self.arm(&format!("before:#:{}", self.points / TWICE % 7 + 1));
            let mark = self.recorded().len();
            if self.toft.try_launch(&self.env()) {
                let deadline = Instant::now() + Duration::from_millis(300);
                while self.toft.lives() && Instant::now() < deadline {
                    std::thread::sleep(Duration::from_millis(3));
                }
            }
            self.disarm();
            if !self.toft.lives() {
                self.count_kill(mark, "a recovery");
                self.twice += 1;
            }
        }
        if !self.toft.lives() {
            self.toft.launch(&self.env());
        }
    }

    pub fn env(&self) -> [(&'static str, &'static str); 2] {
        // Lives as long as the test, which is the process.
        let leak = |path: &PathBuf| -> &'static str { path.to_string_lossy().into_owned().leak() };
        [
            ("TOFT_FAILPOINT_FILE", leak(&self.trap)),
            ("TOFT_FAILPOINT_RECORD", leak(&self.record)),
        ]
    }

    /// Waits until the world is as it was asked for.
    fn settle(&mut self, segment: &Segment<'_>, point: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.there(segment) {
            assert!(
                Instant::now() < deadline,
                "{point}: it never converges: {:?}\n{}",
                self.toft.run(&["get", "ws", VICTIM, "-o", "yaml"]),
                self.toft.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        if let Some(script) = segment.inside {
            loop {
                let ran = self.toft.sh(VICTIM, script);
                if ran.code == 0 {
                    break;
                }
                // The phase may be of before: what ended without the daemon is not noticed yet.
                let early = ran.err.contains("reach the agent") && Instant::now() < deadline;
                assert!(early, "{point}: {ran:?}\n{}", self.toft.log());
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    fn there(&self, segment: &Segment<'_>) -> bool {
        match (segment.phase, self.toft.request(PATH)) {
            (Some(phase), Some((200, object))) => {
                object["status"]["phase"] == phase
                    && object["status"]["observedGeneration"] == object["metadata"]["generation"]
            }
            (None, Some((status, _))) => status == 404,
            _ => false,
        }
    }

    /// Asserts that the host looks as it does in this state.
    pub fn compare(&mut self, state: &str, point: &str) {
        let uid = self.victim();
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let mut found = self.traces(&uid);
            // An owner's bridge may wait for their next workspace; it goes with the last one.
            let bridge = format!("t{}b1", self.instance.id);
            found.retain(|line| state != STOPPED || !line.contains(&bridge));
            // The host's own networks are listed, too, and other tests make some.
            found.retain(|line| !lists_networks(line) && !counts_flows(line));
            let Some(known) = self.known.get(state) else {
                self.known.insert(state.to_owned(), found);
                return;
            };
            if found == *known {
                return;
            }
            let more: Vec<&String> = found.difference(known).collect();
            let less: Vec<&String> = known.difference(&found).collect();
            assert!(
                Instant::now() < deadline,
                "{point}: there is more: {more:#?}\nthere is less: {less:#?}\n{}",
                self.toft.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn victim(&self) -> String {
        let (_, object) = self.toft.request(PATH).unwrap_or_default();
        object["metadata"]["uid"].as_str().unwrap_or("none").to_owned()
    }

    /// What there is, whoever the victim is this time.
    fn traces(&self, uid: &str) -> Traces {
        let mut traces: Traces = self
            .instance
            .traces()
            .into_iter()
            .map(|line| line.replace(uid, "VICTIM"))
            .collect();
        let zone = self.instance.data.join("run/network/dns/zone.json");
        let zone = std::fs::read_to_string(zone).unwrap_or_default();
        traces.insert(format!("victim's name is known: {}", zone.contains("victim")));
        traces
    }

    /// Undoes it without any trap. One that sprang late costs another start.
    fn undo(&mut self, segment: &Segment<'_>) {
        for command in segment.undo {
            let ran = self.ask(command);
            if ran.code != 0 && !self.toft.lives() {
                self.toft.launch(&self.env());
                self.ask(command);
            } else {
                assert_eq!(ran.code, 0, "{command:?}: {ran:?}\n{}", self.toft.log());
            }
        }
    }

    /// Gives a command.
    pub fn ask(&self, command: &[&str]) -> toft_e2e::Ran {
        self.toft.run(command)
    }

    fn arm(&self, words: &str) {
        let fresh = self.trap.with_extension("new");
        std::fs::write(&fresh, words).unwrap();
        std::fs::rename(&fresh, &self.trap).unwrap();
    }

    fn disarm(&self) {
        let _ = std::fs::remove_file(&self.trap);
    }

    fn recorded(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.record).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Which of the effects in these lines of the record it was never killed before, or after.
    fn missed<'a>(&self, lines: impl IntoIterator<Item = &'a String>) -> BTreeSet<(String, String)> {
        let effects: BTreeSet<String> = lines.into_iter().map(|line| effect_of(line)).collect();
        ["before", "after"]
            .into_iter()
            .flat_map(|when| {
                effects
                    .iter()
                    .map(move |effect| (when.to_owned(), effect.clone()))
            })
            .filter(|point| !self.met.contains(point))
            .collect()
    }

    /// Asserts that it was killed before and after every effect that there is, and prints how
    /// often.
    pub fn report(&self) {
        let recorded = self.recorded();
        let passed = recorded[self.since..]
            .iter()
            .filter(|line| !line.starts_with('!'));
        let missed = self.missed(passed);
        println!(
            "{} kills at {} effects, {} of them while it recovered; the slowest took {:.1} s: {}",
            self.points,
            self.met
                .iter()
                .map(|(_, effect)| effect)
                .collect::<BTreeSet<_>>()
                .len(),
            self.twice,
            self.slowest.0.as_secs_f64(),
            self.slowest.1
        );
        assert!(missed.is_empty(), "never killed {missed:?}");
    }
}

/// The name of the effect in a line of the record.
fn effect_of(line: &str) -> String {
    line.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Whether a line of the firewall holds nothing but networks.
fn lists_networks(line: &str) -> bool {
    let list = line.strip_prefix("firewall inet ").unwrap_or_default();
    let list = list.strip_prefix("elements = {").unwrap_or(list);
    list.contains('/')
        && list
            .chars()
            .all(|c| c.is_ascii_hexdigit() || ":./,{} ".contains(c))
}

/// Whether a line of the firewall holds what the kernel put there: whose flows it counts depends on who
/// spoke lately.
fn counts_flows(line: &str) -> bool {
    line.contains("ct count over") && !line.contains("add @flows")
}
