//! What the pictures draw: plain data, each a pure function of (log, moment, depth).
//!
//! A view holds numbers, addresses and typed facts, never sentences: the words are in one catalogue of messages
//! ([`crate::words`]) and can be exchanged. Nothing here knows where the log came from.
//!
//! # Moments and horizon
//! A *moment* is a sequence number: the picture after that event. A *horizon* is the last event that may be shown at
//! all (a question's stop, or the log's end); functions that return rows take it and return nothing behind it.
