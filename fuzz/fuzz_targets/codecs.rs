//! Every parser and dissector of `portolan-wire`, each on the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for (_, body) in portolan_wire::fuzzing::ALL {
        body(data);
    }
});
