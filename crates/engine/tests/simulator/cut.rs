//! Where a daemon dies: at a numbered call of a port, before or after it has happened.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// On which side of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

/// The calls of one daemon's life, and the one that it does not survive.
#[derive(Debug)]
pub struct Cut {
    at: Option<(usize, Side)>,
    calls: Mutex<Vec<&'static str>>,
    dead: watch::Sender<bool>,
}

// === impl Cut ===

impl Cut {
    /// A life that ends at this call.
    pub fn at(call: usize, side: Side) -> Self {
        Self {
            at: Some((call, side)),
            ..Self::never()
        }
    }

    /// A life that goes on.
    pub fn never() -> Self {
        Self {
            at: None,
            calls: Mutex::default(),
            dead: watch::Sender::new(false),
        }
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<&'static str> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the end.
    pub async fn death(&self) {
        let _ = self.dead.subscribe().wait_for(|dead| *dead).await;
    }

    /// Makes a call, unless the daemon is dead or dies of it: then it never returns.
    pub async fn pass<T>(&self, name: &'static str, act: impl Future<Output = T>) -> T {
        if *self.dead.borrow() {
            std::future::pending::<()>().await;
        }
        let number = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            calls.push(name);
            calls.len() - 1
        };
        self.die_at(number, Side::Before).await;
        let result = act.await;
        self.die_at(number, Side::After).await;
        result
    }

    async fn die_at(&self, number: usize, side: Side) {
        if self.at == Some((number, side)) {
            self.dead.send_replace(true);
            std::future::pending::<()>().await;
        }
    }
}
