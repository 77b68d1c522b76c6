//! A workspace whose agent is the attacker's: it says to the daemon whatever it likes.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use toft_e2e::Ran;

use crate::house::House;

/// How a false agent answers a connection, given the request.
type Manner = fn(&str, UnixStream);

const CONTROL: u8 = 0;
const DATA: u8 = 1;
const END: u8 = 4;
/// What would clear a screen, set its title, or type for the person.
const ESCAPES: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}[6n\u{9b}31m";

/// Sits where the daemon looks for the agent, in place of the true one.
struct FalseAgent {
    path: PathBuf,
    manner: Arc<Mutex<Manner>>,
    asked: Arc<AtomicUsize>,
}

// === impl FalseAgent ===

impl FalseAgent {
    fn of(house: &House, name: &str) -> Self {
        let path = house
            .toft
            .data_dir()
            .join("sandboxes")
            .join(house.uid(name))
            .join("agent.sock");
        fs::rename(&path, path.with_extension("true")).unwrap();
        let listener = UnixListener::bind(&path).unwrap();
        let manner: Arc<Mutex<Manner>> = Arc::new(Mutex::new(silence));
        let asked = Arc::new(AtomicUsize::new(0));
        let (current, count) = (Arc::clone(&manner), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let manner = *current.lock().unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                thread::spawn(move || converse(stream, manner));
            }
        });
        Self { path, manner, asked }
    }

    /// Has the daemon do something against an agent of this manner, and looks that it was asked.
    fn as_one_that(&self, manner: Manner, act: impl FnOnce() -> Ran) -> Ran {
        *self.manner.lock().unwrap() = manner;
        let before = self.asked.load(Ordering::Relaxed);
        let ran = act();
        assert!(
            self.asked.load(Ordering::Relaxed) > before,
            "the false agent was not asked: {ran:?}"
        );
        ran
    }
}

impl Drop for FalseAgent {
    fn drop(&mut self) {
        let _ = fs::rename(self.path.with_extension("true"), &self.path);
    }
}

fn converse(mut stream: UnixStream, manner: Manner) {
    let mut head = [0; 5];
    if stream.read_exact(&mut head).is_err() {
        return;
    }
    let length = u32::from_be_bytes(head[1..].try_into().unwrap());
    let mut request = vec![0; usize::try_from(length).unwrap()];
    if stream.read_exact(&mut request).is_ok() {
        manner(&String::from_utf8_lossy(&request), stream);
    }
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    [
        &[kind][..],
        &u32::try_from(payload.len()).unwrap().to_be_bytes(),
        payload,
    ]
    .concat()
}

fn say(stream: &mut UnixStream, json: &str) {
    let _ = stream.write_all(&frame(CONTROL, json.as_bytes()));
}

fn silence(_: &str, mut stream: UnixStream) {
    // Until the daemon gives up.
    let _ = stream.read(&mut [0]);
}

fn endless_frames(_: &str, mut stream: UnixStream) {
    let nothing = [99, 0, 0, 0, 1, 0].repeat(10_000);
    while stream.write_all(&nothing).is_ok() {}
}

fn lying_lengths(_: &str, mut stream: UnixStream) {
    let _ = stream.write_all(&[CONTROL, 0xff, 0xff, 0xff, 0xff]);
    while stream.write_all(&[b'x'; 4_096]).is_ok() {}
}

fn one_byte_and_no_more(_: &str, mut stream: UnixStream) {
    let _ = stream.write_all(&[CONTROL, 0, 0, 0, 9, b'{']);
    silence("", stream);
}

/// Never reads what it is sent, and agrees to everything.
fn never_reads(_: &str, mut stream: UnixStream) {
    say(&mut stream, r#"{"ok":{}}"#);
    thread::park();
}

fn pages_without_end(_: &str, mut stream: UnixStream) {
    say(&mut stream, r#"{"ok":{"entries":[],"next":"more"}}"#);
}

fn a_log_without_end(request: &str, mut stream: UnixStream) {
    if !request.contains("logs") {
        return silence(request, stream);
    }
    say(&mut stream, r#"{"ok":{"offset":0}}"#);
    let data = frame(DATA, &[b'x'; 4_096]);
    while stream.write_all(&data).is_ok() {}
}

fn names_with_escapes(request: &str, mut stream: UnixStream) {
    let escapes = ESCAPES
        .replace('\u{1b}', "\\u001b")
        .replace('\u{7}', "\\u0007")
        .replace('\u{9b}', "\\u009b");
    if request.contains("logs") {
        say(&mut stream, r#"{"ok":{"offset":0}}"#);
        let _ = stream.write_all(&frame(DATA, format!("{ESCAPES}line\n").as_bytes()));
        let _ = stream.write_all(&frame(END, b""));
        return;
    }
    // A word that no enumeration knows comes back in the reader's complaint.
    say(
        &mut stream,
        &format!(r#"{{"error":{{"code":"{escapes}","message":"{escapes}"}}}}"#),
    );
}

/// A folder that is asked for and becomes an archive of something else.
fn an_archive_that_leads_out(request: &str, mut stream: UnixStream) {
    if request.contains("stat") {
        let entry = r#"{"ok":{"name":"folder","kind":"directory","size":0,"mode":493,"uid":0,"gid":0,"modified_ms":0}}"#;
        return say(&mut stream, entry);
    }
    if !request.contains("tar_out") {
        return silence(request, stream);
    }
    say(&mut stream, r#"{"ok":{}}"#);
    let which = WHICH.load(Ordering::Relaxed);
    let _ = stream.write_all(&frame(DATA, &ARCHIVES[which]()));
    let _ = stream.write_all(&frame(END, b""));
}

static WHICH: AtomicUsize = AtomicUsize::new(0);
const ARCHIVES: [fn() -> Vec<u8>; 6] = [
    || archive(&[("folder/", '5', "", ""), ("folder/../../escaped", '0', "", "out")]),
    || archive(&[("/tmp/toft-walls-escaped", '0', "", "out")]),
    || archive(&[("folder", '2', "..", ""), ("folder/escaped", '0', "", "out")]),
    || {
        archive(&[
            ("folder/", '5', "", ""),
            ("folder/link", '1', "../../mine", ""),
            ("folder/link", '0', "", "out"),
        ])
    },
    // Not what was asked for: it would replace something of the person's.
    || archive(&[("mine", '0', "", "out")]),
    || archive(&[(".profile", '0', "", "out")]),
];

/// An archive of name, kind, target and text.
fn archive(entries: &[(&str, char, &str, &str)]) -> Vec<u8> {
    let mut all = Vec::new();
    for (name, kind, target, text) in entries {
        let mut head = [0_u8; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[100..107].copy_from_slice(b"0000755");
        head[108..115].copy_from_slice(b"0000000");
        head[116..123].copy_from_slice(b"0000000");
        head[124..135].copy_from_slice(format!("{:011o}", text.len()).as_bytes());
        head[136..147].copy_from_slice(b"00000000000");
        head[148..156].copy_from_slice(b"        ");
        head[156] = u8::try_from(*kind).unwrap();
        head[157..157 + target.len()].copy_from_slice(target.as_bytes());
        head[257..263].copy_from_slice(b"ustar\0");
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        head[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        all.extend(head);
        all.extend(text.as_bytes());
        all.resize(all.len().next_multiple_of(512), 0);
    }
    all.resize(all.len() + 1024, 0);
    all
}

/// Bytes of memory that the daemon has.
fn resident(house: &House) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", house.toft.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

/// What nobody gets an answer from; each is given up.
const MANNERS: [(&str, Manner); 6] = [
    ("silent", silence),
    ("chatty", endless_frames),
    ("liar", lying_lengths),
    ("stingy", one_byte_and_no_more),
    ("deaf", never_reads),
    ("pager", pages_without_end),
];

#[test]
fn a_hostile_agent_harms_its_own_workspace_only() {
    let house = House::new();
    house.create("calm");
    let agents: Vec<(&str, FalseAgent)> = MANNERS
        .iter()
        .map(|(name, manner)| {
            house.create(name);
            assert_eq!(
                house.toft.sh(name, "echo true").ok(),
                "true\n",
                "the control: the true agent answers"
            );
            let agent = FalseAgent::of(&house, name);
            *agent.manner.lock().unwrap() = *manner;
            (*name, agent)
        })
        .collect();
    let before = resident(&house);
    // All at once: each waits for its time-outs.
    thread::scope(|scope| {
        let asking = agents
            .iter()
            .map(|(name, _)| scope.spawn(|| ask_everything(&house, name)));
        let asking: Vec<_> = asking.collect();
        while !asking.iter().all(thread::ScopedJoinHandle::is_finished) {
            house.answers("calm", "the neighbours' agents are hostile");
        }
        for one in asking {
            one.join().unwrap();
        }
    });
    let after = resident(&house);
    assert!(after < before + (64 << 20), "from {before} to {after}");
    for (name, agent) in &agents {
        assert!(agent.asked.load(Ordering::Relaxed) >= 4, "{name} was not asked");
    }
    let mut agents = agents.into_iter();
    let evil = agents.next().unwrap().1;
    agents.for_each(drop);
    logs_end(&house, &evil, before);
    nothing_writes_escapes(&house, &evil);
    archives_stay_where_they_go(&house, &evil);
    drop(evil);
    assert_eq!(
        house.toft.sh(EVIL, "echo true").ok(),
        "true\n",
        "the true agent is asked again"
    );
}

/// The one with which the later attacks are made.
const EVIL: &str = MANNERS[0].0;

fn ask_everything(house: &House, name: &str) {
    let folder = format!("{name}:folder");
    let file = format!("{name}:file");
    let all = [
        house.toft.sh(name, "true"),
        house.toft.feed(&["cp", "-", &file], &vec![7; 8 << 20]),
        house.toft.run(&["cp", &folder, "/dev/null"]),
        house.toft.run(&["logs", name, "--app", "site"]),
    ];
    for ran in all {
        assert_ne!(ran.code, 0, "{name}: {ran:?}");
        assert!(!ran.err.is_empty(), "{name}: {ran:?}");
    }
}

/// A log that has no end although nobody follows it.
fn logs_end(house: &House, evil: &FalseAgent, before: u64) {
    let ran = evil.as_one_that(a_log_without_end, || {
        house.toft.run(&["logs", EVIL, "--app", "site"])
    });
    assert!(ran.out.len() <= 8 << 20, "{} bytes", ran.out.len());
    let after = resident(house);
    assert!(after < before + (64 << 20), "from {before} to {after}");
}

/// What a person sees who asks about the workspace.
fn nothing_writes_escapes(house: &House, evil: &FalseAgent) {
    let shown = |args: &[&str]| {
        // A terminal, as a person has one: `script` gives it and passes on what is written to it.
        let line = house.toft.command(args);
        let words: Vec<String> = std::iter::once(line.get_program())
            .chain(line.get_args())
            .map(|word| format!("'{}'", word.to_str().unwrap()))
            .collect();
        let mut script = std::process::Command::new("script");
        script.args(["--quiet", "--return", "--command", &words.join(" "), "/dev/null"]);
        for (name, value) in line.get_envs() {
            match value {
                Some(value) => script.env(name, value),
                None => script.env_remove(name),
            };
        }
        house.toft.finish(script, b"")
    };
    for args in [
        &["logs", EVIL, "--app", "site"][..],
        &["exec", EVIL, "--", "true"],
        &["cp", "silent:folder", "/dev/null"],
        &["get", "ws"],
        &["events"],
    ] {
        let asks = !matches!(args[0], "get" | "events");
        let ran = if asks {
            evil.as_one_that(names_with_escapes, || shown(args))
        } else {
            shown(args)
        };
        let said = format!("{}{}", ran.out, ran.err);
        assert!(!said.is_empty(), "{args:?}");
        let harmful = ["\u{1b}[2J", "\u{1b}]0;", "\u{1b}[6n", "\u{7}", "\u{9b}"];
        let found: Vec<_> = harmful.iter().filter(|part| said.contains(**part)).collect();
        assert!(found.is_empty(), "{args:?} writes {found:?}: {said:?}");
    }
}

/// Archives for the person's own disk.
fn archives_stay_where_they_go(house: &House, evil: &FalseAgent) {
    for number in 0..ARCHIVES.len() {
        WHICH.store(number, Ordering::Relaxed);
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("here");
        fs::create_dir(&target).unwrap();
        for name in ["mine", ".profile"] {
            fs::write(target.join(name), "untouched").unwrap();
        }
        let to = target.to_str().unwrap().to_owned();
        evil.as_one_that(an_archive_that_leads_out, || {
            house.toft.run(&["cp", "silent:folder", &to])
        });
        let all = files_below(dir.path());
        let escaped: Vec<_> = all
            .iter()
            .filter(|path| {
                !path.starts_with(target.join("folder"))
                    && **path != target.join("mine")
                    && **path != target.join(".profile")
            })
            .collect();
        assert!(escaped.is_empty(), "{number}: {escaped:?}");
        for name in ["mine", ".profile"] {
            let text = fs::read_to_string(target.join(name)).unwrap();
            assert_eq!(text, "untouched", "{number}: {name} was replaced");
        }
        assert!(!Path::new("/tmp/toft-walls-escaped").exists(), "{number}");
        house.answers("calm", "a hostile archive");
    }
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            all.extend(files_below(&entry.path()));
        } else {
            all.push(entry.path());
        }
    }
    all
}
