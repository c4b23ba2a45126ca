//! The keys of connections, for captures.

use core::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::KeyLog;

/// Where a side puts the keys of its connections, for whoever may have them: a capture with them can be read like one without
/// TLS. Only who made the side has them, and only if that asked for them; nothing else in here keeps a key.
///
/// Its clones are one.
#[derive(Clone, Default)]
pub struct Keys(Arc<Mutex<String>>);

impl Keys {
    /// Takes what came since the last time: lines of NSS's key log (draft-ietf-tls-keylogfile), each with its end.
    #[must_use]
    pub fn take(&self) -> String {
        core::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// They are secret.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

impl KeyLog for Keys {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a string cannot fail.
        let _always = writeln!(log, "{label} {} {}", Hex(client_random), Hex(secret));
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
