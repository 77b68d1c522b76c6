//! Locales other than the C library's own, made when they are first asked for.
//!
//! An image with every locale would be 200 MB larger, and to make one for the whole system takes
//! root. The C library also looks where `LOCPATH` says, so one that a person chose is made once
//! and kept in the home's cache.

use std::ffi::{OsStr, OsString};
use std::fs;

use crate::place::Place;
use crate::programs;

/// What the environment must say for a locale; nothing for the one that is always there.
pub async fn environment(place: &Place, locale: &str) -> Vec<(&'static str, OsString)> {
    if locale == "C.UTF-8" {
        return Vec::new();
    }
    let (dir, made) = (place.locales(), place.locales().join(locale));
    if !made.join("LC_CTYPE").exists()
        && let Err(error) = make(place, locale).await
    {
        eprintln!("toft desktop: failed to make the locale {locale}: {error}; going on in C.UTF-8");
        return Vec::new();
    }
    vec![("LOCPATH", dir.into()), ("LANG", locale.into())]
}

async fn make(place: &Place, locale: &str) -> std::io::Result<()> {
    let (name, rest) = locale.split_once('.').unwrap_or((locale, "UTF-8"));
    let source = match rest.split_once('@') {
        Some((_, modifier)) => format!("{name}@{modifier}"),
        None => name.to_owned(),
    };
    fs::create_dir_all(place.locales())?;
    // Renamed when it is whole: one that was cut off is no locale.
    let half = place.locales().join(format!("{locale}.new"));
    let args: [&OsStr; 6] = ["--no-archive", "-i", &source, "-f", "UTF-8", "--force"].map(OsStr::new);
    let mut args = args.to_vec();
    args.push(half.as_os_str());
    let _ = fs::remove_dir_all(&half);
    programs::run("localedef", &args).await?;
    fs::rename(&half, place.locales().join(locale))
}
