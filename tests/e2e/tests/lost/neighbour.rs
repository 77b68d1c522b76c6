//! The workspace next door: it runs over the whole sweep and notices nothing.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use toft_e2e::{Daemon, Instance, Outer, Terminal, eventually};

/// Four processes of which each counts what it did into a file, and ends when it cannot: two that
/// talk over a socket, one that is connected to a server outside, one that looks its own name up.
const WITNESS: &str = r"
import os, socket, struct, sys, time, traceback
def count(name, step):
    try:
        file = os.open(name, os.O_RDWR | os.O_CREAT)
        number = 0
        while True:
            number += 1
            step(number)
            os.pwrite(file, b'%012d\n' % number, 0)
            time.sleep(0.02)
    except BaseException:
        with open(name + '.error', 'w') as out:
            traceback.print_exc(file=out)
        os._exit(1)
def echoes(conn):
    conn.settimeout(10)
    def step(number):
        data = b'%012d' % number
        conn.sendall(data)
        if conn.recv(12, socket.MSG_WAITALL) != data:
            raise ValueError('not what was sent')
    return step
server = socket.create_server(('127.0.0.1', 7000))
if os.fork() == 0:
    conn = server.accept()[0]
    while data := conn.recv(4096):
        conn.sendall(data)
    os._exit(1)
if os.fork() == 0:
    count('inside', echoes(socket.create_connection(('127.0.0.1', 7000))))
if os.fork() == 0:
    count('outside', echoes(socket.create_connection((sys.argv[1], 7777))))
resolver = [line.split()[1] for line in open('/etc/resolv.conf') if line.startswith('nameserver')][0]
question = b''.join(bytes([len(part)]) + part for part in b'next.admin.toft.internal'.split(b'.')) + b'\0\0\1\0\1'
lookup = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
lookup.settimeout(10)
lookup.connect((resolver, 53))
def ask(number):
    lookup.send(struct.pack('>HHHHHH', number & 0xffff, 0x100, 1, 0, 0, 0) + question)
    answer = lookup.recv(512)
    if struct.unpack('>H', answer[:2])[0] != number & 0xffff or answer[3] & 15 or answer[7] != 1:
        raise ValueError(repr(answer))
count('names', ask)
";

/// Counts in a terminal until it is told to end, with that word.
const TERMINAL: &str = "exec python3 -uc 'import os, time\nn = 0\nwhile not os.path.exists(\"end\"):\n  n += 1; print(\"tick\", n); time.sleep(0.05)\nprint(\"last\", n)\ntime.sleep(1000)'\r";

/// The same as a command, with an exit code.
const COMMAND: &str = "import os, sys, time\nn = 0\nwhile not os.path.exists('end'):\n  n += 1; print(n, flush=True); time.sleep(0.05)\nsys.exit(7)";

/// The files into which the witness counts.
const FILES: [&str; 3] = ["inside", "outside", "names"];

/// Everything that goes on in the workspace next door.
pub struct Neighbour {
    _outer: Outer,
    instance: Instance,
    uid: String,
    home: PathBuf,
    terminal: Terminal,
    command: Child,
    reader: Option<JoinHandle<()>>,
    lines: Arc<Mutex<Vec<u64>>>,
    processes: Vec<(u32, String)>,
}

// === impl Neighbour ===

impl Neighbour {
    /// Creates it, and begins everything.
    pub fn begin(toft: &Daemon) -> Self {
        let outer = Outer::start();
        let template = format!(
            "apiVersion: toft.dev/v1alpha1\nkind: Template\nmetadata: {{name: lab}}\nspec: {{title: Lab, image: debian-shell, \
             user: {{name: toft, uid: 1000, home: /home/toft, shell: /bin/bash}}, network: {{egress: lan, lan: ['{}']}}}}\n",
            outer.network
        );
        toft.feed(&["apply", "-f", "-"], template.as_bytes()).ok();
        let ran = toft.run(&["create", "next", "--template", "lab", "--wait=600"]);
        assert_eq!(ran.code, 0, "{ran:?}\n{}", toft.log());
        let script = "cat > witness.py; nohup python3 witness.py \"$0\" >/dev/null 2>&1 </dev/null &";
        toft.feed(
            &["exec", "next", "--", "sh", "-c", script, &outer.address],
            WITNESS.as_bytes(),
        )
        .ok();
        let terminal = Terminal::open(&toft.data_dir(), "admin", "next", TERMINAL);
        terminal.until("tick 2");
        let (command, lines, reader) = run(toft);
        let uid = toft.uid("next");
        let mut neighbour = Self {
            _outer: outer,
            instance: toft.instance(),
            home: toft.data_dir().join("volumes").join(&uid).join("home"),
            uid,
            terminal,
            command,
            reader: Some(reader),
            lines,
            processes: Vec::new(),
        };
        eventually("the command counts", || {
            (neighbour.lines.lock().unwrap().len() > 2).then_some(())
        });
        neighbour.unharmed("the beginning");
        neighbour.processes = neighbour.inside();
        let names = neighbour
            .processes
            .iter()
            .filter(|(_, line)| line.contains("python3"));
        assert_eq!(names.count(), 6, "{:?}", neighbour.processes);
        neighbour
    }

    /// Its processes, by number and what they are.
    fn inside(&self) -> Vec<(u32, String)> {
        let group = format!("toft-{}/{}", self.instance.id, self.uid);
        let mut inside = self.instance.processes();
        inside.retain(|(number, _)| {
            std::fs::read_to_string(format!("/proc/{number}/cgroup")).is_ok_and(|text| text.contains(&group))
        });
        inside
    }

    /// Asserts that all goes on.
    pub fn unharmed(&self, when: &str) {
        let before: Vec<u64> = FILES.iter().map(|file| self.count(file)).collect();
        for (file, before) in FILES.iter().zip(before) {
            eventually(
                &format!("'{file}' of the next workspace goes on after {when}"),
                || {
                    let error = std::fs::read_to_string(self.home.join(format!("{file}.error")));
                    assert!(error.is_err(), "{when} ended '{file}': {error:?}");
                    (self.count(file) > before).then_some(())
                },
            );
        }
        if !self.processes.is_empty() {
            assert_eq!(self.inside(), self.processes, "after {when}");
        }
        assert_eq!(self.terminal.trouble(), Vec::<String>::new(), "after {when}");
    }

    fn count(&self, file: &str) -> u64 {
        let text = std::fs::read_to_string(self.home.join(file)).unwrap_or_default();
        text.trim().parse().unwrap_or(0)
    }

    /// Asserts that nothing was lost or doubled, and that the exit code is kept.
    pub fn end(mut self) {
        std::fs::write(self.home.join("end"), "").unwrap();
        let code = self.command.wait().unwrap().code();
        self.reader.take().unwrap().join().unwrap();
        let lines = self.lines.lock().unwrap();
        let wanted: Vec<u64> = (1..).take(lines.len()).collect();
        assert_eq!(
            *lines, wanted,
            "nothing of the command's output is lost or doubled"
        );
        assert_eq!(code, Some(7), "its exit code is kept");
        self.terminal.until("\nlast ");
        let text = self.terminal.text();
        let ticks: Vec<u64> = text
            .lines()
            .filter_map(|line| line.trim().rsplit_once("tick ")?.1.parse().ok())
            .collect();
        let wanted: Vec<u64> = (1..).take(ticks.len()).collect();
        assert_eq!(
            ticks, wanted,
            "nothing of the terminal's output is lost or doubled"
        );
        assert!(text.contains(&format!("last {}", ticks.len())), "up to its end");
        println!(
            "next door: {} lines of a command, {} of a terminal that was attached {} times, {} looked up",
            lines.len(),
            ticks.len(),
            self.terminal.attached(),
            self.count("names")
        );
    }
}

/// A command that a client stays with.
fn run(toft: &Daemon) -> (Child, Arc<Mutex<Vec<u64>>>, JoinHandle<()>) {
    let mut command = toft.command(&["exec", "next", "--", "python3", "-c", COMMAND]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let lines: Arc<Mutex<Vec<u64>>> = Arc::default();
    let reader = {
        let lines = lines.clone();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line.parse().unwrap_or(0));
            }
        })
    };
    (child, lines, reader)
}
