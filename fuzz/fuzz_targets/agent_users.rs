//! `/etc/passwd` and `/etc/group` of a root that a stranger made.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_agent::fuzzing::users(bytes));
