//! Has cargo look for what was built or changed since in the folders that go into the binary.

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
    println!("cargo::rerun-if-changed=../../templates");
}
