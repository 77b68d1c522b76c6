//! Archives that people upload, unpacked for real.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_agent::fuzzing::archive(bytes));
