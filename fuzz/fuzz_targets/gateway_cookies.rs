//! Cookies on their way through, in both directions.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_gateway::fuzzing::cookies(bytes));
