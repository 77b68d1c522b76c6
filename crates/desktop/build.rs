//! Has cargo look for a page that was built since: it goes into the binary.

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist-desktop");
}
