//! What may happen to the FTP server, as `portolan_protocol::fuzzing` reads it from bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| portolan_protocol::fuzzing::server(data));
