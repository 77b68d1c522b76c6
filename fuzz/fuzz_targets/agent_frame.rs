//! What a hostile agent may send, as the host reads it; and what a client may ask, as the agent does.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_agent::fuzzing::agent_frame(bytes));
