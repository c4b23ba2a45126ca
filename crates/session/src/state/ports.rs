//! The ports of a host that play a part.

use core::net::SocketAddr;

use portolan_wire::ordered::Map;
use portolan_wire::report::Purpose;

use super::{Facts, MarkSort, State, who};
use crate::event::{Header, HostId, ListenOpened};
use crate::view::{Caption, Who};

/// A host's ports, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) by_number: Map<u16, Port>,
}

/// A port that plays a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Port {
    /// How many listeners there are now: one per address.
    pub(crate) listeners: u32,
    pub(crate) service: Option<String>,
    pub(crate) purpose: Purpose,
    pub(crate) tried: bool,
    pub(crate) used: bool,
}

impl Ports {
    fn port(&mut self, number: u16, purpose: Purpose) -> &mut Port {
        let new = Port {
            listeners: 0,
            service: None,
            purpose,
            tried: false,
            used: false,
        };
        self.by_number.entry(number).or_insert(new)
    }

    /// A connection begins or ends there.
    pub(super) fn used(&mut self, number: u16, purpose: Purpose) {
        let port = self.port(number, purpose);
        port.used = true;
        if port.listeners == 0 {
            port.purpose = purpose;
        }
    }

    /// A call to it failed.
    pub(super) fn tried(&mut self, number: u16) {
        self.port(number, Purpose::Other).tried = true;
    }

    fn listening(&self) -> Vec<(u16, String)> {
        let listening = self.by_number.iter().filter(|(_, port)| port.listeners > 0);
        listening
            .map(|(number, port)| (*number, port.service.clone().unwrap_or_default()))
            .collect()
    }
}

impl State {
    pub(super) fn listen_opened(
        &mut self,
        header: &Header,
        host: HostId,
        open: &ListenOpened,
        leading: bool,
    ) -> Option<(MarkSort, Facts)> {
        let port = self
            .ports
            .entry(host)
            .or_default()
            .port(open.local.port(), open.purpose);
        port.listeners += 1;
        port.purpose = open.purpose;
        port.service = Some(open.service.clone()).filter(|service| !service.is_empty());
        if leading {
            return Some((MarkSort::Listening, Facts::Same(self.listening(header))));
        }
        // A data connection's listener is told by the command or the reply that announces it.
        (open.purpose != Purpose::Data).then(|| {
            let ports = vec![(open.local.port(), open.service.clone())];
            MarkSort::plain(Caption::Listening {
                who: who(header, host),
                ports,
            })
        })
    }

    pub(super) fn listen_closed(
        &mut self,
        header: &Header,
        host: HostId,
        local: SocketAddr,
    ) -> Option<(MarkSort, Facts)> {
        let port = self.ports.get_mut(&host)?.by_number.get_mut(&local.port())?;
        port.listeners = port.listeners.saturating_sub(1);
        (port.purpose != Purpose::Data && port.listeners == 0).then(|| {
            MarkSort::plain(Caption::StoppedListening {
                who: who(header, host),
                port: local.port(),
            })
        })
    }

    /// Who listens at the start: the server, if it does, or else the first host that does.
    fn listening(&self, header: &Header) -> Caption {
        let hosts = self
            .ports
            .iter()
            .map(|(host, ports)| (who(header, *host), ports.listening()));
        let hosts: Vec<_> = hosts.filter(|(_, ports)| !ports.is_empty()).collect();
        let server = hosts.iter().position(|(who, _)| *who == Who::Server);
        match hosts.into_iter().nth(server.unwrap_or(0)) {
            Some((who, ports)) => Caption::Listening { who, ports },
            None => Caption::Nothing,
        }
    }
}
