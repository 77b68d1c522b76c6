//! Heads of requests and answers on their way through: what must not pass, does not.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_gateway::fuzzing::headers(bytes));
