//! What may happen to the FTP client, as `portolan_protocol::fuzzing` reads it from bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portolan_protocol::fuzzing::client(data));
