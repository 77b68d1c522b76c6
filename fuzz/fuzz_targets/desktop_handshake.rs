//! What a browser sends to begin a WebSocket with a desktop, and the options of a person's choice.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_desktop::fuzzing::handshake(bytes));
