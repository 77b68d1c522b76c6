//! What was measured: numbers of one unit, and what is read off them.

/// What a number means, and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Millis,
    /// So many a second.
    PerSecond,
    /// Megabytes, of 1,000,000 octets.
    Megabytes,
    /// Megabytes a second.
    MegabytesPerSecond,
    /// Hundredths of one core.
    PercentOfCore,
    /// Things counted.
    Count,
}

/// Numbers of one subject, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples(Vec<f64>);

/// What one subject came to, or why there is nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A number, and how many samples it stands for.
    Value {
        /// The number.
        value: f64,
        /// How many samples it was read off.
        samples: usize,
    },
    /// Nothing was measured, for this reason.
    Absent(String),
}

// === impl Unit ===

impl Unit {
    /// A number of this unit, for people: three digits that mean something.
    pub fn show(self, value: f64) -> String {
        let digits = match value.abs() {
            size if size >= 100.0 => 0,
            size if size >= 10.0 => 1,
            size if size >= 1.0 => 2,
            _ => 3,
        };
        let number = format!("{value:.digits$}");
        match self {
            Self::Millis => format!("{number} ms"),
            Self::PerSecond => format!("{number} /s"),
            Self::Megabytes => format!("{number} MB"),
            Self::MegabytesPerSecond => format!("{number} MB/s"),
            Self::PercentOfCore => format!("{number} %"),
            Self::Count => format!("{value:.0}"),
        }
    }
}

// === impl Samples ===

impl Samples {
    /// Adds one.
    pub fn push(&mut self, sample: f64) {
        self.0.push(sample);
    }

    /// The middle one; between the two middle ones of an even number.
    pub fn median(&self) -> Reading {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        match (sorted.len(), sorted.get(middle)) {
            (count, Some(upper)) if count % 2 == 0 => self.reading(f64::midpoint(sorted[middle - 1], *upper)),
            (_, Some(value)) => self.reading(*value),
            (_, None) => Reading::nothing(),
        }
    }

    /// The smallest one that so many hundredths of all do not exceed.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index into far fewer than 2^52 samples"
    )]
    pub fn percentile(&self, hundredths: f64) -> Reading {
        let sorted = self.sorted();
        let rank = (hundredths / 100.0 * sorted.len() as f64).ceil() as usize;
        match sorted.get(rank.max(1) - 1) {
            Some(value) => self.reading(*value),
            None => Reading::nothing(),
        }
    }

    fn reading(&self, value: f64) -> Reading {
        Reading::Value {
            value,
            samples: self.0.len(),
        }
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(samples: I) -> Self {
        Self(samples.into_iter().collect())
    }
}

impl Extend<f64> for Samples {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, samples: I) {
        self.0.extend(samples);
    }
}

// === impl Reading ===

impl Reading {
    /// A number that was taken once.
    pub fn once(value: f64) -> Self {
        Self::Value { value, samples: 1 }
    }

    /// The number, if there is one.
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Value { value, .. } => Some(*value),
            Self::Absent(_) => None,
        }
    }

    fn nothing() -> Self {
        Self::Absent("no sample was taken".to_owned())
    }
}

#[cfg(test)]
mod tests;
