//! What becomes of a connection's security.

use portolan_wire::report::Report;

use super::State;
use crate::event::{Event, Header, Role};
use crate::view::{Caption, Security};

impl State {
    /// Told at the client, as everything in the conversation is: a server's report of the same handshake tells nothing new.
    pub(super) fn security(&mut self, header: &Header, event: &Event, report: &Report) -> Option<Caption> {
        let here = header.hosts.iter().find(|host| host.id == event.host);
        if here.is_some_and(|host| host.role == Role::Server) {
            return None;
        }
        let line = &mut self.lines.get_mut(&event.conn?)?.line;
        match report {
            Report::Secured(secured) => {
                line.security = Some(Security {
                    seq: event.seq,
                    version: secured.version,
                    suite: secured.suite,
                    resumed: secured.resumed,
                    trusted: secured.trusted,
                    tickets: secured.tickets,
                    cleared: false,
                });
                Some(Caption::Secured {
                    purpose: line.purpose,
                    version: secured.version,
                    resumed: secured.resumed,
                })
            }
            Report::Tickets { left } => {
                line.security.as_mut()?.tickets = Some(*left);
                None
            }
            Report::Cleared => {
                line.security.as_mut()?.cleared = true;
                Some(Caption::Cleared)
            }
            _ => None,
        }
    }
}
