//! One line of the table: what was to be held, what Toft and a peer came to, and whether it holds.

use crate::samples::{Reading, Unit};

/// Which side of its bound a number has to stay on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Less is better.
    AtMost,
    /// More is better.
    AtLeast,
}

/// What a number is held against.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// A number of its own unit.
    Fixed(f64),
    /// So many times what a peer came to in the same run.
    Times {
        /// The factor.
        factor: f64,
        /// The peer's name.
        peer: &'static str,
        /// What it came to.
        reading: Reading,
    },
    /// So much more than what a peer came to in the same run.
    Over {
        /// What is allowed on top, in the unit of the row.
        margin: f64,
        /// The peer's name.
        peer: &'static str,
        /// What it came to.
        reading: Reading,
    },
}

/// Whether a goal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Held,
    /// It does not.
    Missed,
    /// Toft or the peer was not measured.
    Unknown,
}

/// A goal and what became of it in this run.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// In which unit.
    pub unit: Unit,
    /// What Toft came to.
    pub toft: Reading,
    /// The side.
    pub side: Side,
    /// The bound.
    pub bound: Bound,
}

// === impl Row ===

impl Row {
    /// A row for a goal that was set in numbers.
    pub fn fixed(what: impl Into<String>, unit: Unit, side: Side, bound: f64, toft: Reading) -> Self {
        Self {
            what: what.into(),
            unit,
            toft,
            side,
            bound: Bound::Fixed(bound),
        }
    }

    /// A row for a goal that was set by what a peer does.
    pub fn times(
        what: impl Into<String>,
        unit: Unit,
        side: Side,
        (factor, peer): (f64, &'static str),
        toft: Reading,
        reading: Reading,
    ) -> Self {
        Self {
            what: what.into(),
            unit,
            toft,
            side,
            bound: Bound::Times {
                factor,
                peer,
                reading,
            },
        }
    }

    /// A row for a goal that was set by how much more than a peer it may be.
    pub fn over(
        what: impl Into<String>,
        unit: Unit,
        (margin, peer): (f64, &'static str),
        toft: Reading,
        reading: Reading,
    ) -> Self {
        Self {
            what: what.into(),
            unit,
            toft,
            side: Side::AtMost,
            bound: Bound::Over {
                margin,
                peer,
                reading,
            },
        }
    }

    /// The peer's name and reading, where there is one.
    pub fn peer(&self) -> Option<(&'static str, &Reading)> {
        match &self.bound {
            Bound::Fixed(_) => None,
            Bound::Times { peer, reading, .. } | Bound::Over { peer, reading, .. } => Some((peer, reading)),
        }
    }

    /// Toft's number as a part of what it is held against: the peer's, or the bound itself.
    pub fn ratio(&self) -> Option<f64> {
        let whole = match &self.bound {
            Bound::Fixed(bound) => *bound,
            Bound::Times { reading, .. } | Bound::Over { reading, .. } => reading.value()?,
        };
        Some(self.toft.value()? / whole).filter(|ratio| ratio.is_finite())
    }

    /// Whether the goal holds.
    pub fn verdict(&self) -> Verdict {
        let (Some(toft), Some(limit)) = (self.toft.value(), self.limit()) else {
            return Verdict::Unknown;
        };
        let held = match self.side {
            Side::AtMost => toft <= limit,
            Side::AtLeast => toft >= limit,
        };
        if held { Verdict::Held } else { Verdict::Missed }
    }

    /// The goal in words.
    pub fn goal(&self) -> String {
        let side = match self.side {
            Side::AtMost => "≤",
            Side::AtLeast => "≥",
        };
        match &self.bound {
            Bound::Fixed(bound) => format!("{side} {}", self.unit.show(*bound)),
            Bound::Times { factor, peer, .. } => format!("{side} {factor:.2} × {peer}"),
            Bound::Over { margin, peer, .. } => format!("{side} {} over {peer}", self.unit.show(*margin)),
        }
    }

    fn limit(&self) -> Option<f64> {
        match &self.bound {
            Bound::Fixed(bound) => Some(*bound),
            Bound::Times { factor, reading, .. } => Some(factor * reading.value()?),
            Bound::Over { margin, reading, .. } => Some(margin + reading.value()?),
        }
    }
}

#[cfg(test)]
mod tests;
