//! Says where the desktop's page lies that goes into the binary; an empty folder where it was not
//! built, so that the program compiles without it and says so in the browser.

use std::path::PathBuf;

fn main() {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let dist = here.join("../../web/dist-desktop");
    println!("cargo::rerun-if-changed={}", dist.display());
    let folder = if dist.is_dir() {
        dist
    } else {
        let empty = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("no-desktop-page");
        if let Err(error) = std::fs::create_dir_all(&empty) {
            println!("cargo::error=failed to make {}: {error}", empty.display());
        }
        empty
    };
    println!("cargo::rustc-env=TOFT_DESKTOP_DIST={}", folder.display());
}
