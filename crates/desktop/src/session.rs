//! The screen and the session on it, from their start to their end, and again when somebody asks.
//!
//! ```text
//! starting ──screen there──► running ──one of them ended──► ended ──asked──► starting
//! ```
//!
//! Neither is started again by itself: a session that ended has taken its windows along, and
//! whoever comes back should read that rather than wonder about an empty desktop.

use std::pin::{Pin, pin};

use serde::Serialize;
use tokio::sync::{Notify, watch};

use crate::Options;
use crate::locale;
use crate::place::Place;
use crate::programs::{self, Running};

/// Where the session stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum State {
    /// The screen is being made.
    Starting,
    /// The screen takes visitors.
    Running,
    /// Screen and session are gone.
    Ended {
        /// How, for people.
        why: String,
    },
}

/// The one session of this workspace.
#[derive(Debug)]
pub struct Session {
    options: Options,
    place: Place,
    state: watch::Sender<State>,
    asked: Notify,
}

// === impl Session ===

impl Session {
    pub fn new(options: Options, place: Place) -> Self {
        Self {
            options,
            place,
            state: watch::Sender::new(State::Starting),
            asked: Notify::new(),
        }
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Where it stands now, and what comes.
    pub fn watch(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Has it started again, if it has ended.
    pub fn start(&self) {
        let ended = self.state.send_if_modified(|state| match state {
            State::Ended { .. } => {
                *state = State::Starting;
                true
            }
            State::Starting | State::Running => false,
        });
        if ended {
            self.asked.notify_one();
        }
    }

    /// Lives through one session after the other, until it is told to stop.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        while let Some(why) = self.live(stop.as_mut()).await {
            eprintln!("toft desktop: {why}");
            self.state.send_replace(State::Ended { why });
            tokio::select! {
                () = self.asked.notified() => {}
                () = stop.as_mut() => return,
            }
        }
    }

    /// One session; returns how it ended, or nothing where it was told to.
    async fn live(&self, stop: Pin<&mut impl Future<Output = ()>>) -> Option<String> {
        let (mut screen, mut session) = match self.begin().await {
            Ok(both) => both,
            Err(why) => return Some(why),
        };
        self.state.send_replace(State::Running);
        let why = tokio::select! {
            how = screen.ended() => Some(format!("The screen ended ({how}).")),
            how = session.ended() => Some(match how.as_str() {
                "exit status: 0" => "You logged out.".to_owned(),
                how => format!("The session ended ({how})."),
            }),
            () = stop => None,
        };
        session.end().await;
        screen.end().await;
        why
    }

    async fn begin(&self) -> Result<(Running, Running), String> {
        let screen = programs::screen(&self.options, &self.place)
            .await
            .map_err(|error| format!("The screen (Xvnc) could not be started: {error}."))?;
        let locale = locale::environment(&self.place, &self.options.locale).await;
        match programs::session(&self.place, &locale) {
            Ok(session) => {
                if self.options.keyboard != "us"
                    && let Err(error) = programs::keyboard(&self.options.keyboard).await
                {
                    eprintln!("toft desktop: failed to set the keyboard's layout: {error}");
                }
                Ok((screen, session))
            }
            Err(error) => {
                screen.end().await;
                Err(format!("The session (XFCE) could not be started: {error}."))
            }
        }
    }
}
