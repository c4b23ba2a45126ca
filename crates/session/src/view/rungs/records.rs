//! Rungs under TLS: records, and what is hidden from one eye or of no interest to the other.

use portolan_wire::report::Purpose;

use super::super::ladder::{Rung, What};
use super::super::{Carries, Eye, Glimpse};
use super::{Here, Story, Way};
use crate::event::HostId;
use crate::state::{is_client, receives};

impl Story {
    /// What that eye sees, in the order of sending.
    pub(in crate::view) fn rungs(&self, eye: Eye) -> impl Iterator<Item = &Rung> {
        let is_seen = move |sent: &u64| self.only.get(sent).is_none_or(|only| *only == eye);
        self.rungs
            .iter()
            .filter(move |(sent, _)| is_seen(sent))
            .map(|(_, rung)| rung)
    }

    /// The rung as that eye sees it.
    pub(in crate::view) fn told(&self, rung: &Rung, eye: Eye) -> Rung {
        let mut rung = rung.clone();
        if let (Eye::Endpoint, Some(content), What::Bulk { bytes, .. }) =
            (eye, self.content.get(&rung.sent), &mut rung.what)
        {
            *bytes = *content;
        }
        if eye == Eye::Network && self.veiled.contains(&rung.sent) {
            let seen = vec![Glimpse::Opaque {
                carries: Carries::Data,
                bytes: None,
            }];
            rung.what = What::Records { seen };
        }
        rung
    }

    /// Records that leave `host`; nothing where they only add up to bytes of content.
    pub(super) fn records(&mut self, here: Here<'_>, host: HostId) -> bool {
        let track = here.state.lines.get(&here.conn);
        let Some(sight) = track.and_then(|track| track.tap.sight(here.event.seq)) else {
            // On a data connection records that go on from packet to packet are content.
            return false;
        };
        if sight.flight.is_none() && here.purpose() == Some(Purpose::Data) {
            return false;
        }
        let way = Way::Records(host);
        let known = sight
            .flight
            .and_then(|number| self.flights.get(&(here.conn, number)).copied());
        if let Some(rung) = known.and_then(|known| self.rungs.get_mut(&known)) {
            if let What::Records { seen } = &mut rung.what {
                seen.extend(sight.glimpses.iter().cloned());
            }
            let place = rung.sent;
            if is_client(here.log.header(), host) {
                rung.seq = here.event.seq;
            }
            self.open.entry((here.conn, way)).or_default().push_back(place);
            return true;
        }
        let seen = sight.glimpses.clone();
        self.sends(here, way, Some(What::Records { seen }));
        match sight.flight {
            Some(number) => {
                self.flights.insert((here.conn, number), here.event.seq);
            }
            None => {
                self.only.insert(here.event.seq, Eye::Network);
            }
        }
        true
    }

    /// A packet with records arrives.
    pub(super) fn records_arrive(&mut self, here: Here<'_>, host: HostId) -> bool {
        let is_client = is_client(here.log.header(), host);
        let Some(rung) = self.take(here.conn, Way::Records(host)) else {
            return false;
        };
        if rung.arrived_at.is_some() {
            rung.until = Some(here.event.at);
        }
        rung.arrived_at.get_or_insert(here.event.at);
        if !is_client {
            rung.seq = here.event.seq;
        }
        true
    }

    /// What was just sent is under TLS: the network's eye sees its records instead, where it sees packets.
    pub(super) fn veil(&mut self, here: Here<'_>) {
        let seq = here.event.seq;
        let line = here.state.lines.get(&here.conn).map(|track| &track.line);
        match line.filter(|line| line.is_secured() && self.rungs.contains_key(&seq)) {
            Some(line) if line.packets > 0 => {
                self.only.insert(seq, Eye::Endpoint);
            }
            Some(_) => {
                self.veiled.insert(seq);
            }
            None => {}
        }
    }

    /// Bytes under TLS that are not what the connection is for: tickets, goodbyes.
    pub(super) fn only_seen(&mut self, here: Here<'_>, sender: HostId) {
        let Some(track) = here.state.lines.get(&here.conn).filter(|track| track.tap.is_tls()) else {
            return;
        };
        let kind = track.line.content.as_ref().map(|content| content.kind);
        if kind.is_some() && receives(here.log.header(), sender, kind) {
            self.only.insert(here.event.seq, Eye::Network);
        }
    }
}
