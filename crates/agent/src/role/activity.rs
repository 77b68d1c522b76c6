//! Figures about what goes on. What follows from them is decided outside.

use std::cell::Cell;
use std::fs;
use std::time::Instant;

use super::agent::Agent;
use crate::wire::Activity;

/// Ticks of the kernel's clock in a second, as it tells them to programs: a constant of Linux.
const TICKS: u64 = 100;

/// The figures of now.
pub fn measure(agent: &Agent) -> Activity {
    let since = |at: &Cell<Option<Instant>>| at.get().map(|at| at.elapsed().as_secs());
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let terminals = agent.terminals.borrow();
    let alive = || {
        terminals
            .values()
            .filter(|terminal| terminal.ending.code().is_none())
    };
    let (cpu_ms, io_bytes) = processes();
    Activity {
        terminal_input_s: since(&agent.meters.terminal_input),
        terminal_output_s: since(&agent.meters.terminal_output),
        terminals: count(alive().count()),
        terminal_clients: alive().map(|terminal| terminal.clients()).sum(),
        execs: count(
            agent
                .execs
                .borrow()
                .values()
                .filter(|exec| exec.ending.code().is_none())
                .count(),
        ),
        port_connections: agent.meters.port_connections.get(),
        port_bytes: agent.meters.port_bytes.get(),
        cpu_ms,
        io_bytes,
    }
}

/// Processor time and storage traffic of all processes and of those they have waited for.
fn processes() -> (u64, u64) {
    let Ok(entries) = fs::read_dir("/proc") else {
        return (0, 0);
    };
    let pids = entries
        .flatten()
        .filter(|entry| entry.file_name().as_encoded_bytes()[0].is_ascii_digit());
    let (mut ticks, mut bytes) = (0_u64, 0_u64);
    for pid in pids {
        // Processes end while they are looked at.
        let stat = fs::read_to_string(pid.path().join("stat")).unwrap_or_default();
        ticks = ticks.saturating_add(parse_stat(&stat).unwrap_or(0));
        let io = fs::read_to_string(pid.path().join("io")).unwrap_or_default();
        bytes = bytes.saturating_add(parse_io(&io));
    }
    (ticks.saturating_mul(1000 / TICKS), bytes)
}

fn parse_stat(stat: &str) -> Option<u64> {
    // The name before may hold anything, also spaces and parentheses.
    let (_, fields) = stat.rsplit_once(')')?;
    let times: Vec<u64> = fields
        .split_ascii_whitespace()
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse().ok())
        .collect();
    (times.len() == 4).then(|| times.iter().sum())
}

fn parse_io(io: &str) -> u64 {
    let value = |line: &str| {
        let counted = line
            .strip_prefix("read_bytes: ")
            .or_else(|| line.strip_prefix("write_bytes: "));
        counted.and_then(|value| value.trim().parse::<u64>().ok())
    };
    io.lines().filter_map(value).sum()
}

#[cfg(test)]
mod tests;
