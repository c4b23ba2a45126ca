//! What TLS hides: which part of what an endpoint said the network's eye sees too.

use portolan_wire::report::Purpose;

use super::{Facts, MarkSort, State, Track};
use crate::event::{Event, Header, HostId, Role};
use crate::view::{Caption, Carries, Content, Glimpse, Line, Who};

impl State {
    /// What both eyes make of something that an endpoint said, or of a connection's end.
    pub(super) fn veil(&self, event: &Event, caption: Caption) -> Facts {
        let track = event.conn.and_then(|conn| self.lines.get(&conn));
        match caption {
            // What a user wanted, and what an endpoint thinks, never was on the wire.
            Caption::Asked(_) | Caption::Failed { .. } | Caption::Noted { .. } => Facts::meant(caption),
            Caption::Secured { .. } | Caption::Cleared => match track {
                // Its records have told it already.
                Some(track) if track.line.packets > 0 => Facts::meant(caption),
                _ => Facts::Same(caption),
            },
            Caption::Command { ref who, .. } | Caption::Reply { ref who, .. } | Caption::Greeting { ref who, .. } => {
                match track {
                    Some(track) if track.line.is_secured() => {
                        let seen = unmeasured(track, who.clone());
                        Facts::Apart {
                            meant: Some(caption),
                            seen,
                        }
                    }
                    _ => Facts::Same(caption),
                }
            }
            Caption::NoMoreBytes { sender, kind, bytes } => match track {
                Some(track) if track.is_private() => {
                    let seen = Caption::NoMoreBytes {
                        sender: sender.clone(),
                        kind: None,
                        bytes: if track.tap.is_tls() { track.passed } else { bytes },
                    };
                    let bytes = track.content(if track.tap.is_tls() { track.passed } else { bytes });
                    Facts::Apart {
                        meant: Some(Caption::NoMoreBytes { sender, kind, bytes }),
                        seen: Some(seen),
                    }
                }
                _ => Facts::Same(Caption::NoMoreBytes { sender, kind, bytes }),
            },
            caption => Facts::Same(caption),
        }
    }

    /// The same for bytes that an endpoint counted. Where packets are seen, the network counts for itself.
    pub(super) fn veil_bulk(&self, event: &Event, caption: Caption) -> (MarkSort, Facts) {
        let track = event.conn.and_then(|conn| self.lines.get(&conn));
        let facts = match (track, &caption) {
            (Some(track), _) if track.line.packets > 0 => Facts::meant(caption),
            (Some(track), Caption::Bulk { sender, .. }) if track.line.is_secured() => {
                let seen = unmeasured(track, sender.clone());
                Facts::Apart {
                    meant: Some(caption),
                    seen,
                }
            }
            (Some(track), _) if track.is_private() => nameless(caption),
            _ => Facts::Same(caption),
        };
        (MarkSort::Bulk, facts)
    }

    /// Whether what is said on the control connection cannot be read now.
    pub(crate) fn is_talk_hidden(&self) -> bool {
        let mut control = self
            .lines
            .values()
            .filter(|track| track.line.purpose == Purpose::Control);
        control.any(|track| track.line.is_secured() && !track.line.state.is_over())
    }
}

impl Track {
    /// Whether the network's eye cannot know what goes over it.
    pub(crate) const fn is_private(&self) -> bool {
        self.private || self.tap.is_tls() || self.line.is_secured()
    }

    /// How many of so many bytes behind a handshake are content: TLS adds some of its own, so there are never more than were
    /// sent.
    pub(crate) fn content(&self, bytes: u64) -> u64 {
        if self.tap.is_tls() {
            bytes.min(self.content_sent)
        } else {
            bytes
        }
    }

    /// The line, as the network's eye sees it.
    pub(crate) fn seen(&self) -> Line {
        let mut line = self.line.clone();
        if self.is_private() {
            line.content = None;
        }
        if let Some(security) = &mut line.security {
            security.trusted = None;
            security.tickets = None;
        }
        line
    }

    /// Takes what goes over it; `private`: that was said under TLS.
    pub(super) fn carries(&mut self, content: Content, private: bool) {
        self.line.content = Some(content);
        self.private = private;
    }
}

/// Bytes whose meaning was told under TLS.
pub(super) fn nameless(caption: Caption) -> Facts {
    let seen = match caption.clone() {
        Caption::Bulk {
            sender,
            receiver,
            bytes,
            packets,
            kind: _,
        } => Caption::Bulk {
            sender,
            receiver,
            kind: None,
            bytes,
            packets,
        },
        other => other,
    };
    Facts::Apart {
        meant: Some(caption),
        seen: Some(seen),
    }
}

/// Something passed by under TLS. Where packets are seen, its records are; where none are, no more than this is known.
fn unmeasured(track: &Track, sender: Who) -> Option<Caption> {
    (track.line.packets == 0).then(|| Caption::Records {
        sender,
        purpose: track.line.purpose,
        seen: vec![Glimpse::Opaque {
            carries: Carries::Data,
            bytes: None,
        }],
    })
}

/// Whether that host is the client, where all is told.
pub(crate) fn is_client(header: &Header, host: HostId) -> bool {
    let mut hosts = header.hosts.iter();
    hosts.any(|candidate| candidate.id == host && candidate.role == Role::Client)
}
