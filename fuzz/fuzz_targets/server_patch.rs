//! Merge patches and JSON patches, applied to a workspace.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_server::fuzzing::patch(bytes));
