//! Servers with an init of their own: the template `webspace`, and somebody else's root.

use toft_e2e::registry::{Layer, small_machine, template};
use toft_e2e::{Daemon, Registry, eventually};

use crate::{page, root, token};

#[test]
fn a_webspace_is_a_server_like_any_other() {
    let mut toft = Daemon::start();
    toft.run(&["create", "ws", "--template", "webspace", "--wait=1200"])
        .ok();
    is_up(&toft);
    let install = "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nginx-light";
    root(&toft, "ws", install).ok();
    root(
        &toft,
        "ws",
        "systemctl enable --now nginx && echo mine > /var/www/html/index.html",
    )
    .ok();
    let token = token(&toft);
    serves(&toft, &token);
    works_beside_systemd(&toft);

    toft.kill();
    toft.launch(&[]);
    toft.until_phase("ws", "Running");
    serves(&toft, &token);

    // In order: what a service does at its end is done.
    let unit = "printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/true\\nExecStop=/bin/touch /root/ended\\n\
                [Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/last.service && systemctl enable --now last";
    root(&toft, "ws", unit).ok();
    toft.run(&["stop", "ws", "--wait=120"]).ok();
    toft.run(&["start", "ws", "--wait=120"]).ok();
    is_up(&toft);
    serves(&toft, &token);
    assert_eq!(root(&toft, "ws", "ls /root").ok(), "ended\n");

    // From inside, too: it is wanted running, so it comes back.
    let boot = root(&toft, "ws", "cat /proc/1/stat").ok();
    root(&toft, "ws", "systemctl reboot");
    eventually("it was started anew", || {
        let now = root(&toft, "ws", "cat /proc/1/stat");
        (now.code == 0 && started(&now.out) != started(&boot)).then_some(())
    });
    serves(&toft, &token);
}

/// When a process began, in ticks of the host's.
fn started(stat: &str) -> Option<String> {
    let fields = stat.rsplit_once(')')?.1;
    fields.split_whitespace().nth(19).map(str::to_owned)
}

/// Everything that it starts has started, and nothing failed.
fn is_up(toft: &Daemon) {
    let state = eventually("systemd is up", || {
        let ran = root(toft, "ws", "systemctl is-system-running --wait");
        ["running\n", "degraded\n"]
            .contains(&ran.out.as_str())
            .then_some(ran.out)
    });
    let failed = root(toft, "ws", "systemctl --failed --no-legend").out;
    assert_eq!(state, "running\n", "{failed}");
}

fn serves(toft: &Daemon, token: &str) {
    eventually("the website answers", || {
        let (status, body) = page(toft, token, "web", "ws");
        (status == "200").then(|| assert_eq!(body, "mine\n"))
    });
}

/// The agent is no service of it, and reaches everything.
fn works_beside_systemd(toft: &Daemon) {
    assert_eq!(toft.sh("ws", "whoami; sudo id -u").ok(), "toft\n0\n");
    assert_eq!(
        root(toft, "ws", "readlink /proc/1/exe").ok(),
        "/usr/lib/systemd/systemd\n"
    );
    assert_eq!(root(toft, "ws", "systemctl is-active cron").ok(), "active\n");
    let journal = root(toft, "ws", "journalctl --no-pager -u nginx").ok();
    assert!(journal.contains("Started nginx"), "{journal}");
    // Its services have walls of their own.
    let private = "systemd-run --quiet --wait --pipe -p PrivateTmp=yes -p ProtectSystem=strict sh -c \
                   'touch /tmp/seen; ! touch /etc/refused 2>/dev/null; echo apart'; ls /tmp/seen 2>/dev/null; true";
    assert_eq!(root(toft, "ws", private).ok(), "apart\n");
    assert_eq!(
        toft.feed(&["exec", "ws", "--", "cat"], b"through").ok(),
        "through"
    );
}

/// Another distribution's: no systemd, no Debian, nothing but busybox and a table.
#[test]
fn any_root_with_an_init_is_a_server_and_keeps_its_machine_when_the_image_moves_on() {
    let (toft, registry) = (Daemon::start(), Registry::start());
    let push = |word: &str| {
        let table = "::sysinit:/bin/sh /etc/begin\n::respawn:/bin/busybox httpd -f -p 80 -h /www\n::shutdown:/bin/sh /etc/end\n";
        let mut layers = small_machine();
        layers.push(Layer::of(&[
            ("etc/inittab", table),
            ("etc/begin", "echo again >> /etc/begun\n"),
            ("etc/end", "echo in order > /etc/ended\n"),
            ("www/index.html", word),
            ("etc/version", word),
        ]));
        layers.push(Layer::linked("sbin/init", "../bin/busybox"));
        registry.push("lab/server:1", &layers)
    };
    let first = push("first\n");
    let yaml = template("server", &registry.reference("lab/server:1")).replace(
        "title: Small,",
        "title: Small, init: system, apps: [{name: web, title: Web, port: 80}],",
    );
    toft.feed(&["apply", "-f", "-"], yaml.as_bytes()).ok();
    toft.run(&["create", "old", "--template", "server", "--wait=120"])
        .ok();
    let token = token(&toft);
    let serves = |name: &str, word: &str| {
        eventually("its page is there", || {
            let (status, body) = page(&toft, &token, "web", name);
            (status == "200" && body == word).then_some(())
        });
    };
    serves("old", "first\n");
    root(&toft, "old", "echo mine > /www/index.html").ok();
    serves("old", "mine\n");

    let second = push("second\n");
    assert_ne!(first, second);
    toft.run(&["image", "pull", "server"]).ok();
    toft.run(&["restart", "old", "--wait=120"]).ok();
    serves("old", "mine\n");
    assert_eq!(
        root(&toft, "old", "cat /etc/begun /etc/ended").ok(),
        "again\nagain\nin order\n",
        "it began twice, and ended in order between"
    );
    toft.run(&["create", "new", "--template", "server", "--wait=120"])
        .ok();
    serves("new", "second\n");
    assert_eq!(toft.get("ws", "old")["status"]["imageDigest"], first.as_str());
    assert_eq!(toft.get("ws", "new")["status"]["imageDigest"], second.as_str());
}
