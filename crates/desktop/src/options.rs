//! How the role is started: `toft desktop --port 6080 [--title T] [--resolution R] [--keyboard K]
//! [--locale L]`.
//!
//! The values are a template's parameters, so people choose them; each is checked before it
//! reaches a program's argument vector.

use std::ffi::OsString;
use std::fmt;

/// The role's options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The port of loopback that the page is on.
    pub port: u16,
    /// The page's title.
    pub title: String,
    /// How large the screen is.
    pub resolution: Resolution,
    /// The keyboard's layout, as `de` or `us(intl)`.
    pub keyboard: String,
    /// The locale, as `de_DE.UTF-8`.
    pub locale: String,
}

/// How large the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// As large as the browser's window.
    Follow,
    /// Always the same; the page scales it.
    Fixed {
        /// Points in a line.
        width: u16,
        /// Lines.
        height: u16,
    },
}

/// An option that makes no sense.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Not an option of the role's.
    #[error("unknown option {0:?}; the desktop takes --port, --title, --resolution, --keyboard and --locale")]
    Unknown(String),
    /// A value is missing or malformed.
    #[error("the option {0} needs {1}")]
    Value(&'static str, &'static str),
}

/// Longest title.
const TITLE: usize = 100;
/// The smallest and largest screen: what programs can be used on, and what a screen's memory stays
/// bounded by (64 MiB).
const SIDES: std::ops::RangeInclusive<u16> = 320..=4096;

// === impl Options ===

impl Options {
    /// Reads the arguments after `toft desktop`.
    ///
    /// # Errors
    /// An unknown option, or a value that is none.
    pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self, OptionsError> {
        let mut port = None;
        let mut options = Self {
            port: 0,
            title: "Desktop".to_owned(),
            resolution: Resolution::Follow,
            keyboard: "us".to_owned(),
            locale: "C.UTF-8".to_owned(),
        };
        let mut args = args.into_iter().map(|arg| arg.to_string_lossy().into_owned());
        while let Some(arg) = args.next() {
            let value = args.next();
            let value = value.as_deref();
            match arg.as_str() {
                "--port" => port = value.and_then(|port| port.parse().ok()).filter(|port| *port > 0),
                "--title" => options.title = title(value)?,
                "--resolution" => options.resolution = resolution(value)?,
                "--keyboard" => options.keyboard = keyboard(value)?,
                "--locale" => options.locale = locale(value)?,
                _ => return Err(OptionsError::Unknown(arg)),
            }
        }
        options.port = port.ok_or(OptionsError::Value("--port", "a port such as 6080"))?;
        Ok(options)
    }
}

fn title(value: Option<&str>) -> Result<String, OptionsError> {
    let title = value.map(str::trim).filter(|title| {
        !title.is_empty() && title.chars().count() <= TITLE && !title.chars().any(char::is_control)
    });
    title.map(str::to_owned).ok_or(OptionsError::Value(
        "--title",
        "a title of at most 100 characters",
    ))
}

fn resolution(value: Option<&str>) -> Result<Resolution, OptionsError> {
    let wrong = OptionsError::Value(
        "--resolution",
        "'follow' or a size such as 1920x1080, of 320 to 4096 points a side",
    );
    let value = value.unwrap_or_default();
    if value == "follow" {
        return Ok(Resolution::Follow);
    }
    let sides = value.split_once('x').and_then(|(width, height)| {
        let side = |text: &str| {
            text.parse()
                .ok()
                .filter(|side| SIDES.contains(side) && !text.starts_with('+'))
        };
        Some((side(width)?, side(height)?))
    });
    sides.map_or(Err(wrong), |(width, height)| {
        Ok(Resolution::Fixed { width, height })
    })
}

/// A layout of XKB with its variant in parentheses, as `setxkbmap` takes it.
fn keyboard(value: Option<&str>) -> Result<String, OptionsError> {
    let wrong = OptionsError::Value("--keyboard", "a keyboard layout such as us, de or us(intl)");
    let value = value.unwrap_or_default();
    let (layout, variant) = match value.split_once('(') {
        Some((layout, rest)) => (layout, rest.strip_suffix(')').unwrap_or_default()),
        None => (value, "none"),
    };
    let word = |text: &str| {
        (1..=24).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            && !text.starts_with('-')
    };
    if word(layout) && word(variant) {
        Ok(value.to_owned())
    } else {
        Err(wrong)
    }
}

/// `C.UTF-8`, or `ll_CC.UTF-8` with an optional `@modifier`: nothing that could be a path.
fn locale(value: Option<&str>) -> Result<String, OptionsError> {
    let value = value.unwrap_or_default();
    let (name, rest) = value.split_once('.').unwrap_or_default();
    let (code, modifier) = rest.split_once('@').unwrap_or((rest, "none"));
    let letters = |text: &str| text.bytes().all(|b| b.is_ascii_alphabetic());
    let region = name.split_once('_').is_some_and(|(language, region)| {
        matches!(language.len(), 2 | 3) && letters(language) && region.len() == 2 && letters(region)
    });
    let modifier = !modifier.is_empty() && modifier.len() < 16 && letters(modifier);
    if (name == "C" || region) && code == "UTF-8" && modifier {
        Ok(value.to_owned())
    } else {
        Err(OptionsError::Value(
            "--locale",
            "a locale in UTF-8 such as de_DE.UTF-8",
        ))
    }
}

// === impl Resolution ===

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Follow => f.write_str("follow"),
            Self::Fixed { width, height } => write!(f, "{width}x{height}"),
        }
    }
}

#[cfg(test)]
mod tests;
