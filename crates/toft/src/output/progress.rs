//! One line on standard error that tells the current step and is replaced by the result.
//! Silent where nobody sees it.

use std::io::Write;
use std::time::{Duration, Instant};

const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// A spinner with the current step.
#[derive(Debug)]
pub struct Progress {
    what: String,
    step: String,
    started: Instant,
    frame: usize,
    visible: bool,
}

// === impl Progress ===

impl Progress {
    /// How often the line is drawn anew.
    pub const TICK: Duration = Duration::from_millis(100);

    /// `what` stands before the step: the workspace's name.
    pub fn new(what: &str) -> Self {
        Self {
            what: what.to_owned(),
            step: String::new(),
            started: Instant::now(),
            frame: 0,
            visible: super::talks_to_a_person(),
        }
    }

    /// One that is never drawn.
    pub fn silent() -> Self {
        let mut progress = Self::new("");
        progress.visible = false;
        progress
    }

    /// Tells another step.
    pub fn step(&mut self, step: &str) {
        step.clone_into(&mut self.step);
        self.draw();
    }

    /// Turns the spinner on.
    pub fn tick(&mut self) {
        self.frame += 1;
        self.draw();
    }

    /// Replaces the line by its result and the time that it took.
    pub fn finish(mut self, result: &str) {
        if self.visible {
            self.clear();
            let seconds = self.started.elapsed().as_secs_f64();
            super::say(&format!(
                "\x1b[32m✓\x1b[0m {} {result} in {seconds:.2} s",
                self.what
            ));
        }
        self.visible = false;
    }

    /// Takes the line away, for an error to stand in its place.
    pub fn abandon(mut self) {
        self.clear();
        self.visible = false;
    }

    fn draw(&self) {
        if self.visible {
            let mark = FRAMES[self.frame % FRAMES.len()];
            let mut line: String = format!("{mark} {}  {}", self.what, self.step);
            if line.chars().count() > 78 {
                line = line.chars().take(77).chain(['…']).collect();
            }
            let _ = write!(anstream::stderr(), "\r\x1b[2K{line}");
        }
    }

    fn clear(&self) {
        if self.visible {
            let _ = write!(anstream::stderr(), "\r\x1b[2K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
