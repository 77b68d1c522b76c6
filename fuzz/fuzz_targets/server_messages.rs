//! What clients say over the WebSockets of terminals and commands.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_server::fuzzing::messages(bytes));
