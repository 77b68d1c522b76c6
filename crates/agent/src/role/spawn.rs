//! Starting programs for people: the one place of the agent that does.
//!
//! This does not pass the daemon's door of effects: it happens inside the workspace, with no
//! privilege over the host, and is what the agent is there for.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use rustix::pipe::{PipeFlags, pipe_with};

use super::users::Identity;
use crate::wire::{Code, Refusal};

/// Where programs are looked for when nobody says.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The limit on open files that the agent was started with, and programs are.
static FILES: OnceLock<libc::rlimit> = OnceLock::new();

/// What to start.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// Program and arguments.
    pub command: &'a [String],
    /// The program's own name for itself, where it is not the first of `command`.
    pub arg0: Option<String>,
    /// Added to the user's environment.
    pub env: &'a BTreeMap<String, String>,
    /// Where; the user's home if absent.
    pub cwd: Option<&'a str>,
    /// As whom.
    pub identity: &'a Identity,
    /// Whether it must not outlive the agent.
    pub bound: bool,
}

/// What the program's standard streams are.
#[derive(Debug)]
pub enum Streams {
    /// A terminal, which becomes its controlling one.
    Terminal(OwnedFd),
    /// Three of their own.
    Three {
        /// Standard input; nothing if absent.
        stdin: Option<OwnedFd>,
        /// Standard output.
        stdout: OwnedFd,
        /// Standard error.
        stderr: OwnedFd,
    },
}

/// Starts a program as the leader of a new session, and returns its process id.
pub fn spawn(job: &Job<'_>, streams: Streams) -> Result<i32, Refusal> {
    let [program, args @ ..] = job.command else {
        return Err(Refusal::new(Code::Invalid, "there is no command to run"));
    };
    let cwd = directory(job)?;
    let terminal = matches!(streams, Streams::Terminal(_));
    #[expect(
        clippy::disallowed_methods,
        reason = "starting people's programs inside is the agent's purpose"
    )]
    let mut command = Command::new(program);
    command.args(args).env_clear().envs(environment(job, terminal));
    if let Some(arg0) = &job.arg0 {
        command.arg0(arg0);
    }
    wire(&mut command, streams).map_err(|error| failed(program, &error))?;
    let child = Child {
        uid: job.identity.uid,
        gid: job.identity.gid,
        groups: job.identity.groups.clone(),
        cwd,
        terminal,
        bound: job.bound,
    };
    // SAFETY: between fork and exec `Child::prepare` makes system calls only.
    unsafe { command.pre_exec(move || child.prepare()) };
    let started = command.spawn().map_err(|error| failed(program, &error))?;
    i32::try_from(started.id()).map_err(|_| Refusal::new(Code::Failed, "the process id is out of range"))
}

/// Lets the agent open as many files as it may: each connection to a port takes two. Programs get the
/// limit as it was, which some of them rely on.
pub fn raise_limit() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the limit outlives both calls.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 && FILES.set(limit).is_ok() {
            let raised = libc::rlimit {
                rlim_cur: limit.rlim_max,
                ..limit
            };
            // Where that is refused the agent does with what it has.
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const raised);
        }
    }
}

/// A pipe whose ends do not leak into programs.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(pipe_with(PipeFlags::CLOEXEC)?)
}

fn wire(command: &mut Command, streams: Streams) -> io::Result<()> {
    let (stdin, stdout, stderr) = match streams {
        Streams::Terminal(fd) => (fd.try_clone()?, fd.try_clone()?, fd),
        Streams::Three {
            stdin: Some(stdin),
            stdout,
            stderr,
        } => (stdin, stdout, stderr),
        // A pipe that nobody writes to: unlike /dev/null it is there in an empty root.
        Streams::Three {
            stdin: None,
            stdout,
            stderr,
        } => (pipe()?.0, stdout, stderr),
    };
    command
        .stdin(Stdio::from(stdin))
        .stdout(Stdio::from(stdout))
        .stderr(Stdio::from(stderr));
    Ok(())
}

fn failed(program: &str, error: &io::Error) -> Refusal {
    let code = match error.kind() {
        io::ErrorKind::NotFound => Code::NotFound,
        io::ErrorKind::PermissionDenied => Code::Denied,
        _ => Code::Failed,
    };
    Refusal::new(code, format!("failed to start {program:?}: {error}"))
}

/// The directory to start in. One that was asked for must be there; a missing home is no obstacle.
fn directory(job: &Job<'_>) -> Result<std::ffi::CString, Refusal> {
    let wanted = match job.cwd {
        Some(cwd) if cwd.starts_with('/') => cwd.to_owned(),
        Some(cwd) => format!("{}/{cwd}", job.identity.home),
        None => job.identity.home.clone(),
    };
    let is_there = fs::metadata(&wanted).is_ok_and(|found| found.is_dir());
    let path = match (is_there, job.cwd) {
        (true, _) => wanted,
        (false, None) => "/".to_owned(),
        (false, Some(cwd)) => {
            return Err(Refusal::new(
                Code::NotFound,
                format!("there is no directory {cwd:?} inside"),
            ));
        }
    };
    std::ffi::CString::new(path).map_err(|_| Refusal::new(Code::Invalid, "a path with a zero byte in it"))
}

/// The agent's own environment (the image's and the workspace's), the user's, what was asked for.
fn environment(job: &Job<'_>, terminal: bool) -> BTreeMap<String, String> {
    let own = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut env: BTreeMap<String, String> = own.collect();
    let user = job.identity;
    env.entry("PATH".to_owned()).or_insert_with(|| PATH.to_owned());
    env.entry("LANG".to_owned())
        .or_insert_with(|| "C.UTF-8".to_owned());
    for (name, value) in [
        ("HOME", &user.home),
        ("USER", &user.name),
        ("LOGNAME", &user.name),
        ("SHELL", &user.shell),
    ] {
        env.insert(name.to_owned(), value.clone());
    }
    if terminal {
        env.insert("TERM".to_owned(), "xterm-256color".to_owned());
        env.insert("COLORTERM".to_owned(), "truecolor".to_owned());
    }
    env.extend(job.env.iter().map(|(name, value)| (name.clone(), value.clone())));
    // A name with `=` or a zero byte in it cannot be handed over.
    env.retain(|name, value| !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0'));
    env
}

/// What the child does between fork and exec.
struct Child {
    uid: u32,
    gid: u32,
    groups: Vec<u32>,
    cwd: std::ffi::CString,
    terminal: bool,
    bound: bool,
}

// === impl Child ===

impl Child {
    fn prepare(&self) -> io::Result<()> {
        // SAFETY: system calls on numbers and on memory that outlives them. The raw calls change this
        // one process without the C library's bookkeeping of threads, of which a fork has none.
        unsafe {
            check(libc::setsid().into())?;
            hear_signals();
            die_first();
            if self.terminal {
                check(libc::ioctl(0, libc::TIOCSCTTY, 0).into())?;
            }
            if libc::geteuid() == 0 {
                check(libc::syscall(
                    libc::SYS_setgroups,
                    self.groups.len(),
                    self.groups.as_ptr(),
                ))?;
                check(libc::syscall(libc::SYS_setresgid, self.gid, self.gid, self.gid))?;
                check(libc::syscall(libc::SYS_setresuid, self.uid, self.uid, self.uid))?;
            }
            if let Some(limit) = FILES.get() {
                check(libc::setrlimit(libc::RLIMIT_NOFILE, limit).into())?;
            }
            libc::umask(0o022);
            if libc::chdir(self.cwd.as_ptr()) < 0 {
                check(libc::chdir(c"/".as_ptr()).into())?;
            }
            if self.bound {
                check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL).into())?;
            }
        }
        Ok(())
    }
}

/// What is ignored is inherited: a daemon that was started by `nohup` must not make every shell inside
/// deaf to its terminal's end.
///
/// # Safety
/// Made for the time between fork and exec: makes system calls only.
unsafe fn hear_signals() {
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: a call on numbers, which refuses those that cannot be changed.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

/// When memory runs out, programs go before the agent, which would take everything with it, and on the host
/// before the host's own. Where there is no `/proc`, the kernel decides alone.
///
/// # Safety
/// Made for the time between fork and exec: makes system calls only.
unsafe fn die_first() {
    const MORE_LIKELY: &[u8] = b"500";
    // SAFETY: texts that end with zero, and a buffer of the length that is told, all constant.
    unsafe {
        let file = libc::open(
            c"/proc/self/oom_score_adj".as_ptr(),
            libc::O_WRONLY | libc::O_CLOEXEC,
        );
        if file >= 0 {
            libc::write(file, MORE_LIKELY.as_ptr().cast(), MORE_LIKELY.len());
            libc::close(file);
        }
    }
}

fn check(result: i64) -> io::Result<()> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
