//! TLS as a layer of one connection (RFC 8446, RFC 5246; over FTP: RFC 4217), for clients and servers, control and data.
//!
//! A [`Layer`] stands between an endpoint's words and the bytes of [`Output::Send`] and [`Input::Received`]. It opens no
//! connection, reads no clock and owns no randomness: mathematics, certificates and whom to trust come with a [`Client`] or
//! [`Server`], and every call says what time it is. The work on records and handshakes is `rustls`'s; this module adds what
//! FTP wants of it:
//!
//! * A connection begins in the clear, is secured in its middle (AUTH), and is cleared again (CCC). Records are handed on
//!   one at a time, so that what stands behind a `close_notify` is not lost: it may be the next plaintext line, in the
//!   same segment.
//! * A [`Client`] is one control connection's: its data connections resume the sessions whose tickets came on it, and
//!   each ticket of TLS 1.3 is used once (RFC 8446 appendix C.4). A [`Server`] is one control connection's as well. It
//!   remembers the sessions of that connection and no others, so that a data connection that resumes *any* session belongs
//!   to the client (RFC 4217 section 10.2).
//! * An end without `close_notify` is told apart from one with it: what came may be cut short (RFC 8446 section 6.1).
//!
//! # Rules
//! * Who secures a connection has dealt with every plaintext byte that came before, and forgets what stands behind
//!   the line that asked for it: whoever sits in the net may have put it there, to be taken for the client's own words.
//! * A layer takes at most one record's plaintext at a time, and only when what it made before is nearly sent; it holds at
//!   most one unfinished record of the peer's. So a connection's memory stays bounded by its credits and two records, as
//!   long as the caller takes out what came after every call.
//! * Bytes are counted on the wire: the credits of the endpoint's contract are spent with [`Layer::take_wire`].
//! * The layer is read also while only the other direction is of interest: tickets come in it.
//!
//! [`Output::Send`]: crate::endpoint::Output::Send
//! [`Input::Received`]: crate::endpoint::Input::Received

mod fault;
mod keys;
mod layer;
mod memory;
mod queue;
mod record;
mod setup;
pub mod shell;
mod trust;

#[cfg(test)]
mod tests;

pub use keys::Keys;
pub use layer::{Cleared, Event, Layer};
pub use setup::{Client, ClientConfig, Server, ServerConfig, Versions};
pub use trust::Trust;
