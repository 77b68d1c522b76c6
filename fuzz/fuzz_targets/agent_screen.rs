//! Output of programs inside, as the screen of a terminal takes it in.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_agent::fuzzing::agent_screen(bytes));
