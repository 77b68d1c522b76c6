//! What an agent costs: there are as many as there are workspaces.

use crate::support::{Agent, bash, read_until, until};

/// Memory that a process has to itself, in KiB. Pages of the program's file are not counted:
/// they are the page cache's, the same for all agents, and, just after a build, still dirty
/// there, which `Private_Dirty` would hold against the agent.
fn anonymous_kib(pid: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let lines = rollup.lines().filter(|line| line.starts_with("Anonymous:"));
    lines
        .map(|line| {
            line.split_ascii_whitespace()
                .nth(1)
                .unwrap()
                .parse::<u64>()
                .unwrap()
        })
        .sum()
}

#[tokio::test]
async fn an_agent_and_a_terminal_with_full_scrollback_stay_small() {
    let agent = Agent::start();
    agent.client.info().await.unwrap();
    let idle = anonymous_kib(agent.child.id());
    assert!(idle <= 4 << 10, "{idle} KiB without a terminal");
    let mut terminal = agent.client.terminal(bash()).await.unwrap();
    // 6000 coloured lines of the whole width: worse than what people's programs print.
    let script = "for i in $(seq 6000); do printf '\\e[3%dm%039d\\e[1;4%dm%039d\\e[m\\n' $((i%8)) $i $((i%7)) $i; done; echo e''nd\n";
    terminal.writer.input(script).await.unwrap();
    read_until(&mut terminal, "\nend").await;
    drop(terminal);
    let full = until(|| async {
        let now = anonymous_kib(agent.child.id());
        (now <= idle + (3 << 10)).then_some(now)
    })
    .await;
    assert!(full > idle, "{full} KiB with, {idle} KiB without");
    println!("{idle} KiB without a terminal, {full} KiB with one and 5000 lines");
}
