//! Endpoints that speak in the clear, and say which of their connections are to be secured.
//!
//! A [`Speaker`] is an endpoint but for two words more in each direction: it says which connection is to be secured or cleared,
//! and hears when that is done or has failed. Everything else it says and hears is plaintext, with the credits and rules of
//! [`crate::endpoint`]. The shell around it that does what it says is `tls::shell`, with the feature `tls`. Without one every
//! speaker is an [`Endpoint`] all the same, for sessions in the clear: a connection that it wants secured then stays as it is,
//! and it never hears that it was. So none may take silence for security.
//!
//! # What the speaker may rely on
//! * A connection that it never has secured goes through untouched, byte for byte and credit for credit.
//! * After [`Said::Secure`] it may go on sending; its words wait for the handshake's end. It hears [`Heard::Secured`] before
//!   the first plaintext, or [`Heard::Broken`] and then nothing more of that connection.
//! * `Eof` is the peer's goodbye. An end without one is [`Heard::Broken`] with [`TlsFault::CutShort`], never an `Eof`: what a
//!   speaker has received up to an `Eof` is whole.
//! * After [`Said::Clear`], which follows all that was sent under TLS, it says nothing on that connection until
//!   [`Heard::Cleared`] (CCC, RFC 4217 section 12.3). From then on it hears and is heard in the clear, until it has
//!   the connection secured once more (REIN and AUTH, RFC 4217 section 11).
//! * The peer's goodbye is an `Eof` only if the speaker does not clear the connection on account of what came before it: a
//!   server says both in one segment.
//! * `Shutdown` says goodbye behind all that was sent, and then ends the direction.

use portolan_wire::Instant;
use portolan_wire::security::{Secured, TlsFault};

use crate::endpoint::{ConnId, Endpoint, Input, Output};

/// An endpoint that speaks in the clear and says what is to be secured.
pub trait Speaker {
    /// Takes one thing it hears at the time `now`.
    fn handle(&mut self, now: Instant, heard: Heard);

    /// The next thing it says. It is asked until that is [`Output::Timeout`], after everything it hears.
    fn poll(&mut self) -> Said;
}

/// What a speaker hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// What every endpoint does, in plaintext.
    Plain(Input),
    /// A connection is secured.
    Secured {
        /// Which.
        conn: ConnId,
        /// What the handshake came to.
        secured: Secured,
    },
    /// A connection is in the clear again. What was said under TLS may still be delivered behind this.
    Cleared {
        /// Which.
        conn: ConnId,
    },
    /// Tickets came.
    Tickets {
        /// Over which connection.
        conn: ConnId,
        /// How many are left now.
        left: u32,
    },
    /// A connection can't go on, and is over for the speaker.
    Broken {
        /// Which.
        conn: ConnId,
        /// Why.
        fault: TlsFault,
    },
}

/// What a speaker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// What every endpoint does, in plaintext.
    Plain(Output),
    /// This connection is to be secured, behind all that was sent over it.
    Secure {
        /// Which.
        conn: ConnId,
    },
    /// This secured connection is to be cleared, behind all that was sent over it.
    Clear {
        /// Which.
        conn: ConnId,
    },
}

impl<S: Speaker> Endpoint for S {
    fn handle_input(&mut self, now: Instant, input: Input) {
        self.handle(now, Heard::Plain(input));
    }

    fn poll_output(&mut self) -> Output {
        loop {
            if let Said::Plain(output) = self.poll() {
                return output;
            }
        }
    }
}
