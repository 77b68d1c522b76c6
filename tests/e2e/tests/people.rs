//! Signing in from a command line, tokens, and what the program tells of itself.

#![allow(clippy::unwrap_used, reason = "tests")]

use toft_e2e::Daemon;

#[test]
fn a_command_line_signs_in_by_link_or_token_and_only_after_the_fingerprint_is_known() {
    let toft = Daemon::start();
    let print = toft.run(&["trust", "--show"]).ok();
    // Somebody else's account: no data directory, only what `login` keeps.
    let elsewhere = |args: &[&str], input: &str| {
        let mut command = toft.command(args);
        command.env_remove("TOFT_DATA_DIR");
        toft.finish(command, input.as_bytes())
    };
    let link = toft.links[0].clone();
    let said = elsewhere(&["login", &link], "").failed();
    assert!(
        said.contains(print.trim()) && said.contains("--fingerprint"),
        "{said}"
    );
    let wrong = print.trim().replace(char::is_alphanumeric, "0");
    assert!(
        elsewhere(&["login", &link, "--fingerprint", &wrong], "")
            .failed()
            .contains("another certificate")
    );
    elsewhere(&["login", &link, "--fingerprint", print.trim()], "").ok();
    elsewhere(&["ls"], "").ok();
    assert!(
        elsewhere(&["login", &link, "--fingerprint", print.trim()], "")
            .failed()
            .contains("toft user link"),
        "a link works once"
    );

    assert!(toft.run(&["user", "add", "ada"]).ok().contains("/login?code="));
    assert!(toft.run(&["user", "ls", "-o", "name"]).ok().contains("ada\n"));
    let token = toft.run(&["token", "create", "laptop", "--user", "ada"]).ok();
    elsewhere(&["login", &toft.url(), "--fingerprint", print.trim()], &token).ok();
    let listed = elsewhere(&["token", "ls"], "").ok();
    let id = listed
        .lines()
        .find(|line| line.contains("laptop"))
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    toft.run(&["token", "rm", id]).ok();
    assert_eq!(elsewhere(&["ls"], "").code, 1, "a removed token opens nothing");
}

#[test]
fn the_program_tells_of_itself() {
    let toft = Daemon::start();
    assert!(toft.run(&["version"]).ok().contains("daemon"));
    assert!(toft.run(&["completion", "bash"]).ok().contains("_toft"));
    let pages = tempfile::tempdir().unwrap();
    toft.run(&["man", pages.path().to_str().unwrap()]).ok();
    assert!(pages.path().join("toft-create.1").exists());
    assert!(
        toft.run(&["service", "install", "--print"])
            .ok()
            .contains("KillMode=process")
    );
    assert!(toft.run(&["top", "-o", "json"]).ok().contains("items"));
    assert!(toft.run(&["template", "show", "shell"]).ok().contains("terminal"));
}
