//! The daemon's own life under the sweep: its start, its orderly stop, its purge.

use std::time::{Duration, Instant};

use super::{QUIET, Segment, Sweep};

// === impl Sweep ===

impl Sweep {
    /// Sweeps the daemon's own start; `prepare` and `check` are given the daemon that does not
    /// run, and the one that runs afterwards.
    pub fn starts(&mut self, name: &str, prepare: fn(&mut Self), check: fn(&mut Self, &str)) {
        let meets = |sweep: &mut Self| {
            if sweep.toft.try_launch(&sweep.env()) {
                sweep.rests();
            }
            !sweep.toft.lives()
        };
        let recovers = |sweep: &mut Self| sweep.toft.launch(&sweep.env());
        self.passages(name, prepare, meets, recovers, check);
    }

    /// Sweeps an orderly stop of a daemon that was prepared for it.
    pub fn stops(&mut self, name: &str, prepare: fn(&mut Self), check: fn(&mut Self, &str)) {
        let meets = |sweep: &mut Self| {
            let mark = sweep.recorded().len();
            sweep.toft.stop();
            sweep.recorded()[mark..].iter().any(|line| line.starts_with('!'))
        };
        let recovers = |sweep: &mut Self| {
            sweep.toft.launch(&sweep.env());
            sweep.toft.stop();
        };
        self.passages(name, prepare, meets, recovers, check);
    }

    /// Kills at the first, second, third … passage, before and after it, until none is met.
    fn passages(
        &mut self,
        name: &str,
        prepare: fn(&mut Self),
        meets: fn(&mut Self) -> bool,
        recovers: fn(&mut Self),
        check: fn(&mut Self, &str),
    ) {
        let begun = (Instant::now(), self.points);
        for when in ["before", "after"] {
            for number in 1.. {
                prepare(self);
                let mark = self.recorded().len();
                let point = format!("{name} killed {when} passage {number}");
                self.arm(&format!("{when}:#:{number}"));
                let killed = meets(self);
                self.disarm();
                if killed {
                    self.count_kill(mark, &point);
                    recovers(self);
                }
                check(self, &point);
                if !killed {
                    break;
                }
            }
        }
        self.tell(name, begun);
    }

    /// Sweeps the end of it all. Whatever it was killed at, a daemon can be started on what is
    /// left, and it can be given again.
    pub fn purges(&mut self, segment: &Segment<'_>) {
        let begun = (Instant::now(), self.points);
        for number in 1.. {
            for when in ["before", "after"] {
                self.toft.kill();
                let (mark, point) = (
                    self.recorded().len(),
                    format!("purge killed {when} passage {number}"),
                );
                let mut purge = self.toft.command(&["purge", "--yes", "--data-dir"]);
                purge.arg(self.toft.data_dir()).envs(self.env());
                self.arm(&format!("{when}:#:{number}"));
                let ran = self.toft.finish(purge, b"");
                self.disarm();
                if ran.code == 0 {
                    return self.tell("purge", begun);
                }
                self.count_kill(mark, &format!("{point}: {ran:?}"));
                self.toft.launch(&self.env());
                self.settle(segment, &point);
            }
        }
    }

    /// Waits until the daemon does nothing any more, or has ended.
    fn rests(&mut self) {
        let (mut lines, mut since) = (0, Instant::now());
        while self.toft.lives() && since.elapsed() < QUIET {
            let now = self.recorded().len();
            if now != lines {
                (lines, since) = (now, Instant::now());
            }
            std::thread::sleep(Duration::from_millis(3));
        }
    }
}
