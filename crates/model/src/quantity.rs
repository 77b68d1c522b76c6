//! Quantities as Kubernetes writes them: `500m`, `2`, `1.5`, `2Gi`, `100M`, `1e3`.
//!
//! Source: the Kubernetes API's `resource.Quantity`. The text that a user wrote is kept as it
//! is, so that what `get` prints is what `apply` read.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount of something. Non-negative, at most 2^63 - 1 whole units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "String")]
#[schemars(with = "IntOrString")]
pub struct Quantity {
    text: String,
    milli: i128,
}

/// How a quantity may stand in YAML: `2` is as good as `"2"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(serde_json::Number),
    Text(String),
}

/// The schema that Kubernetes gives quantities.
struct IntOrString;

/// A text that is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{text}' is not a quantity: write a number with an optional suffix, for example '500m' (half a core), '2' or '2Gi'"
)]
pub struct QuantityError {
    text: String,
}

// === impl Quantity ===

impl Quantity {
    /// In thousandths, rounded up: `500m` is 500, `2` is 2000.
    pub fn milli(&self) -> u64 {
        u64::try_from(self.milli).unwrap_or(u64::MAX)
    }

    /// In whole units, rounded up: bytes of `2Gi`.
    pub fn units(&self) -> u64 {
        u64::try_from((self.milli + 999) / 1000).unwrap_or(u64::MAX)
    }

    /// As a quantity of bytes, in the largest binary unit that holds it exactly.
    pub fn bytes(count: u64) -> Self {
        const UNITS: [(&str, u32); 4] = [("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
        let unit = UNITS
            .iter()
            .find(|(_, shift)| count != 0 && count.trailing_zeros() >= *shift);
        let text = unit.map_or_else(
            || count.to_string(),
            |(suffix, shift)| format!("{}{suffix}", count >> shift),
        );
        Self {
            text,
            milli: i128::from(count) * 1000,
        }
    }

    /// As a quantity of cores, from thousandths.
    pub fn cores(milli: u64) -> Self {
        let text = if milli.is_multiple_of(1000) {
            (milli / 1000).to_string()
        } else {
            format!("{milli}m")
        };
        Self {
            text,
            milli: i128::from(milli),
        }
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let milli = parse(text).ok_or_else(|| QuantityError {
            text: text.chars().take(64).collect(),
        })?;
        Ok(Self {
            text: text.to_owned(),
            milli,
        })
    }
}

impl TryFrom<Written> for Quantity {
    type Error = QuantityError;

    fn try_from(written: Written) -> Result<Self, QuantityError> {
        match written {
            Written::Number(number) => number.to_string().parse(),
            Written::Text(text) => text.parse(),
        }
    }
}

impl From<Quantity> for String {
    fn from(quantity: Quantity) -> Self {
        quantity.text
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

// === impl IntOrString ===

impl JsonSchema for IntOrString {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [{ "type": "integer" }, { "type": "string" }],
            "x-kubernetes-int-or-string": true,
        })
    }
}

/// Thousandths of a unit, rounded up; nothing where the text is no quantity or too large.
fn parse(text: &str) -> Option<i128> {
    if text.len() > 32 {
        return None;
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let below = 10i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let (above, divisor) = scale(suffix)?;
    let scaled = digits.checked_mul(above)?.checked_mul(1000)?;
    let milli =
        scaled.div_euclid(below.checked_mul(divisor)?) + i128::from(scaled.rem_euclid(below * divisor) != 0);
    (milli <= i128::from(i64::MAX) * 1000).then_some(milli)
}

/// What a suffix multiplies and divides by.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    let binary = |power: u32| Some((1i128 << (10 * power), 1));
    let decimal = |power: u32| Some((10i128.pow(power), 1));
    match suffix {
        "" => Some((1, 1)),
        "n" => Some((1, 1_000_000_000)),
        "u" => Some((1, 1_000_000)),
        "m" => Some((1, 1000)),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => exponent(suffix),
    }
}

fn exponent(suffix: &str) -> Option<(i128, i128)> {
    let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let factor = 10i128
        .checked_pow(power.unsigned_abs())
        .filter(|_| power.unsigned_abs() <= 18)?;
    Some(if power < 0 { (1, factor) } else { (factor, 1) })
}

#[cfg(test)]
mod tests;
