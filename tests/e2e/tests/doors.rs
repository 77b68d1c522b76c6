//! Ways in and out: ports of apps, revocation, and a daemon that hands over to the next.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;
use toft_e2e::daemon::binary;
use toft_e2e::https::Https;
use toft_e2e::{Daemon, eventually};

/// A machine with one web app that answers with a word; at `/slow` it says the second one when it
/// is allowed to end.
const TEMPLATE: &str = r#"
apiVersion: toft.dev/v1alpha1
kind: Template
metadata: {name: word}
spec:
  title: Word
  image: debian-shell
  apps:
    - name: word
      title: Word
      kind: web
      port: 8080
      command:
        - perl
        - -MIO::Socket::INET
        - -e
        - |
          $SIG{CHLD} = "IGNORE";
          my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1:8080", Listen => 9, ReuseAddr => 1) or die;
          while (1) {
            my $c = $l->accept or next;
            next if fork;
            my $ask = <$c>;
            while (<$c>) { last if /^\r?$/ }
            select $c; $| = 1;
            my $slow = $ask =~ m{/slow};
            print "HTTP/1.1 200 OK\r\nContent-Length: ", $slow ? 10 : 5, "\r\nConnection: close\r\n\r\nword\n";
            if ($slow) { select undef, undef, undef, 0.1 until -e "/tmp/end"; print "word\n" }
            exit;
          }
"#;

/// A workspace of that template.
fn create(toft: &Daemon, name: &str) {
    let spec = json!({ "apiVersion": "toft.dev/v1alpha1", "kind": "Workspace",
        "metadata": { "name": name, "namespace": "admin" }, "spec": { "template": "word" } });
    toft.feed(&["apply", "-f", "-"], TEMPLATE.as_bytes()).ok();
    toft.feed(&["apply", "-f", "-"], spec.to_string().as_bytes()).ok();
    toft.until_phase(name, "Running");
}

/// Where the app is for whoever comes by address: the port of the link's target.
fn port(toft: &Daemon, name: &str) -> u16 {
    eventually("it has a port", || {
        let path = format!("/apis/toft.dev/v1alpha1/namespaces/admin/workspaces/{name}/open");
        let link = toft.ask_by_address(&path, Some(&json!({ "app": "word" })));
        let target = link["target"].as_str()?;
        target.rsplit_once(':')?.1.trim_end_matches('/').parse().ok()
    })
}

fn is_open(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn apps_keep_their_ports_and_give_them_back() {
    let mut toft = Daemon::start();
    create(&toft, "one");
    create(&toft, "two");
    let (one, two) = (port(&toft, "one"), port(&toft, "two"));
    assert_ne!(one, two);
    assert!(is_open(one) && is_open(two));

    toft.kill();
    toft.launch(&[]);
    eventually("its port is open again", || {
        (is_open(one) && is_open(two)).then_some(())
    });
    assert_eq!(
        (port(&toft, "one"), port(&toft, "two")),
        (one, two),
        "the same after a restart"
    );

    toft.run(&["stop", "one", "--wait=60"]).ok();
    eventually("the port of a stopped one is closed", || {
        (!is_open(one)).then_some(())
    });
    create(&toft, "three");
    assert_ne!(port(&toft, "three"), one, "it is kept");
    toft.run(&["start", "one", "--wait=60"]).ok();
    eventually("the same is open", || is_open(one).then_some(()));

    toft.run(&["delete", "one", "--yes", "--wait=60"]).ok();
    eventually("the port of a deleted one is closed", || {
        (!is_open(one)).then_some(())
    });
    create(&toft, "four");
    assert_eq!(port(&toft, "four"), one, "and free again");
}

/// Sends requests until it is told to stop, each of which has to succeed; answers how many.
fn keep_asking(
    toft: &Daemon,
    token: &str,
    port: u16,
    path: &'static str,
    anew: bool,
    (go_on, asked): (&Arc<AtomicBool>, &Arc<AtomicUsize>),
) -> std::thread::JoinHandle<()> {
    let mut client = Https::new(&toft.data_dir(), port, token);
    let (go_on, asked) = (go_on.clone(), asked.clone());
    std::thread::spawn(move || {
        while go_on.load(Ordering::SeqCst) {
            if anew {
                client.get_anew(path);
            } else {
                client.get(path);
            }
            asked.fetch_add(1, Ordering::SeqCst);
        }
    })
}

#[test]
fn a_successor_takes_over_and_nobody_notices() {
    let mut toft = Daemon::service();
    create(&toft, "dev");
    let app = port(&toft, "dev");
    let token = toft.run(&["token", "create", "loop"]).ok().trim().to_owned();

    // A long download, a command that counts, and clients that ask all the time.
    let (data, for_slow) = (toft.data_dir(), token.clone());
    let slow = std::thread::spawn(move || Https::new(&data, app, &for_slow).get("/slow"));
    let script =
        "i=0; while [ ! -e /tmp/end ] || [ $i -lt 80 ]; do echo $i; i=$((i+1)); sleep 0.1; done; exit 5";
    let mut command = toft.command(&["exec", "dev", "--", "sh", "-c", script]);
    let mut counting = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut counted = BufReader::new(counting.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    assert_eq!(counted.next().as_deref(), Some("0"));
    let go_on = Arc::new(AtomicBool::new(true));
    let counts: Vec<Arc<AtomicUsize>> = (0..4).map(|_| Arc::default()).collect();
    let me = "/api/toft/v1/me";
    let asking: Vec<_> = [
        (toft.port(), me, false),
        (toft.port(), me, true),
        (app, "/", false),
        (app, "/", true),
    ]
    .into_iter()
    .zip(&counts)
    .map(|((port, path, anew), count)| keep_asking(&toft, &token, port, path, anew, (&go_on, count)))
    .collect();
    let all_asked = |least: usize| counts.iter().all(|count| count.load(Ordering::SeqCst) >= least);
    eventually("they ask", || all_asked(2).then_some(()));

    let first = toft.serving_pid();
    toft.reload();
    eventually("another process has the directory", || {
        // The local socket is handed over too: no command is refused meanwhile.
        toft.run(&["ls"]).ok();
        (toft.serving_pid() != first).then_some(())
    });
    let before: Vec<usize> = counts.iter().map(|count| count.load(Ordering::SeqCst)).collect();
    eventually("they go on asking", || {
        let now = counts.iter().map(|count| count.load(Ordering::SeqCst));
        now.zip(&before)
            .all(|(now, before)| now > before + 2)
            .then_some(())
    });
    go_on.store(false, Ordering::SeqCst);
    for one in asking {
        one.join().unwrap();
    }
    assert!(!slow.is_finished(), "nothing ended it");
    toft.sh("dev", "touch /tmp/end").ok();

    assert_eq!(
        slow.join().unwrap(),
        b"word\nword\n",
        "the download went on to its end"
    );
    let rest: Vec<usize> = counted.map(|line| line.parse().unwrap()).collect();
    let all: Vec<usize> = (1..=rest.len()).collect();
    assert_eq!(rest, all, "nothing lost, nothing doubled");
    assert!(rest.len() >= 79, "it counted to {}", rest.len());
    assert_eq!(counting.wait().unwrap().code(), Some(5));
    assert_eq!(toft.first_ends(), 0, "the first one ends by itself, in order");
    assert_eq!(port(&toft, "dev"), app, "the app has its port");
    assert!(is_open(app));
}

#[test]
fn a_successor_that_fails_leaves_the_old_one_serving() {
    let toft = Daemon::service();
    toft.run(&["ls"]).ok();
    let (first, script) = (toft.serving_pid(), toft.beside("other"));
    let fails = |program: &str, says: &str| {
        std::fs::write(&script, program).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        toft.install(&script);
        let before = toft.log().matches(says).count();
        toft.reload();
        eventually(says, || (toft.log().matches(says).count() > before).then_some(()));
        toft.run(&["ls"]).ok();
        toft.ask_by_address("/api/toft/v1/me", None);
        assert_eq!(toft.serving_pid(), first);
    };
    fails("#!/bin/sh\nexit 3\n", "this daemon goes on");
    fails("no program at all", "this daemon goes on");
    // One that starts, is given the place, and then does not take it.
    fails(
        "#!/bin/sh\nprintf r >&3; head -c 1 <&3 >/dev/null; exit 4\n",
        "takes its place again",
    );

    toft.install(&binary());
    toft.reload();
    eventually("the right one takes over", || {
        (toft.serving_pid() != first).then_some(())
    });
    toft.run(&["ls"]).ok();
}

#[test]
fn a_service_manager_is_told_who_serves() {
    let dir = tempfile::tempdir().unwrap();
    let told = std::os::unix::net::UnixDatagram::bind(dir.path().join("notify")).unwrap();
    let toft = Daemon::service_told(&dir.path().join("notify"));
    let hear = || {
        let mut text = [0; 256];
        let length = told.recv(&mut text).unwrap();
        String::from_utf8_lossy(&text[..length]).into_owned()
    };
    told.set_read_timeout(Some(toft_e2e::wait::PATIENCE)).unwrap();
    let first = toft.serving_pid();
    assert_eq!(hear(), format!("MAINPID={first}\nREADY=1"));
    toft.reload();
    assert_eq!(hear(), "RELOADING=1");
    let second = hear();
    assert_eq!(second, format!("MAINPID={}\nREADY=1", toft.serving_pid()));
    assert_ne!(toft.serving_pid(), first);
}
