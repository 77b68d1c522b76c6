//! Resources that clients send, as JSON and as YAML, of every kind.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_server::fuzzing::body(bytes));
