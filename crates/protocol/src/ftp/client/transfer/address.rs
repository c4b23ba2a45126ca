//! Where the data connection goes: PASV and EPSV, PORT and EPRT (RFC 959 section 4.1.2, RFC 2428), and the way from the
//! extended forms to the plain ones.

use portolan_wire::action::TransferMode;
use portolan_wire::ftp::{Command, ExtendedHostPort, ExtendedPort, HostPort, HostPortError, Reply, ReplyCode, Verb};
use portolan_wire::report::{ListenError, Note, Outcome, Purpose, Report, Trouble};

use core::net::{IpAddr, SocketAddr};

use super::super::Client;
use super::super::asking::malformed;
use super::super::desk::Wait;
use super::super::job::{Job, Next, not_wanted};
use super::super::known::extended_verb;
use super::super::link::Link;
use super::{Data, Step, Transfer};
use crate::endpoint::{ConnId, ListenerId, Output};

impl Client {
    pub(super) fn settle_address(&mut self, mut transfer: Box<Transfer>) -> Next {
        transfer.step = match transfer.mode {
            TransferMode::Passive => self.ask_for_address(Verb::PASV),
            TransferMode::ExtendedPassive => self.ask_for_address(Verb::EPSV),
            TransferMode::Active | TransferMode::ExtendedActive => self.listen(),
        };
        Next::Go(Job::Transfer(transfer))
    }

    fn ask_for_address(&mut self, verb: Verb) -> Step {
        self.say(&Command::new(verb));
        Step::Asking
    }

    fn listen(&mut self) -> Step {
        let listener = self.desk.new_listener();
        if let Some(link) = &self.link {
            self.desk.push(Output::Listen {
                listener,
                purpose: Purpose::Data,
                address: link.local(),
                ports: self.config.active_ports,
            });
        }
        self.desk.stop_waiting();
        Step::Opening { listener }
    }

    /// The answer to PASV or EPSV.
    pub(super) fn told(&mut self, mut transfer: Box<Transfer>, reply: &Reply) -> Next {
        let wanted = match transfer.mode {
            TransferMode::ExtendedPassive => ReplyCode::ENTERING_EXTENDED_PASSIVE_MODE,
            _ => ReplyCode::ENTERING_PASSIVE_MODE,
        };
        if reply.code != wanted {
            if let Some(plain) = self.plain_mode(transfer.mode, reply) {
                self.fall_back(&mut transfer, plain, reply);
                return self.settle_address(transfer);
            }
            return self.give_up(*transfer, not_wanted(reply));
        }
        let Some(link) = &self.link else {
            return self.give_up(*transfer, LINKLESS);
        };
        let (conn, peer) = (link.conn(), link.peer());
        let Ok(told) = told_address(reply, transfer.mode, peer) else {
            let trouble = malformed(reply);
            return self.give_up(*transfer, Outcome::Failed { trouble });
        };
        let announced = Report::Announced {
            sent: false,
            mode: transfer.mode,
            address: told,
        };
        self.desk.report(Some(conn), announced);
        let used = self.config.passive_address.choose(told, peer);
        if used != told {
            let note = Note::PassiveAddressIgnored { told, used };
            self.desk.report(Some(conn), Report::Note { note });
        }
        let to = match &self.link {
            Some(link) if used.ip() == peer => link.peer_at(used.port()),
            _ => used,
        };
        let conn = self.desk.connect(Purpose::Data, to);
        self.desk.wait(Wait::DataConnect);
        transfer.step = Step::Dialling { conn };
        Next::Go(Job::Transfer(transfer))
    }

    /// The listener is open: now its port can be told.
    pub(super) fn listening(&mut self, transfer: Box<Transfer>, listener: ListenerId, local: SocketAddr) -> Next {
        self.announce(transfer, Data::Listening { listener }, local.port())
    }

    fn announce(&mut self, mut transfer: Box<Transfer>, data: Data, port: u16) -> Next {
        transfer.step = Step::Announcing { data, port };
        let Some(link) = &mut self.link else {
            return self.give_up(*transfer, LINKLESS);
        };
        let ip = self.config.active_address.unwrap_or_else(|| link.local());
        let address = SocketAddr::new(ip, port);
        let Some(command) = announcement(transfer.mode, address) else {
            // A driver that binds port 0 has bound nothing.
            let trouble = Trouble::Listen {
                why: ListenError::Exhausted,
            };
            return self.give_up(*transfer, Outcome::Failed { trouble });
        };
        let announced = Report::Announced {
            sent: true,
            mode: transfer.mode,
            address,
        };
        link.say_and_report(&mut self.desk, &command, Some(announced));
        self.desk.wait(Wait::Reply);
        Next::Go(Job::Transfer(transfer))
    }

    /// The answer to PORT or EPRT.
    pub(super) fn announced(&mut self, mut transfer: Box<Transfer>, (data, port): (Data, u16), reply: &Reply) -> Next {
        if super::steps::is_completion(reply) {
            return self.begin_at(transfer, data);
        }
        if let Some(plain) = self.plain_mode(transfer.mode, reply)
            && matches!(data, Data::Listening { .. })
        {
            self.fall_back(&mut transfer, plain, reply);
            return self.announce(transfer, data, port);
        }
        transfer.step = Step::Announcing { data, port };
        self.give_up(*transfer, not_wanted(reply))
    }

    /// The passive data connection stands.
    pub(super) fn dialled(&mut self, mut transfer: Box<Transfer>, conn: ConnId) -> Next {
        transfer.established(&mut self.desk, conn);
        self.begin_at(transfer, Data::Open { conn })
    }

    /// The plain mode that can take the place of `mode`, which was refused with `reply`. Only IPv4 has one.
    fn plain_mode(&self, mode: TransferMode, reply: &Reply) -> Option<TransferMode> {
        let (_, plain) = extended_verb(mode)?;
        let link = self.link.as_ref()?;
        let announced = self.config.active_address.unwrap_or_else(|| link.local());
        let is_possible = link.peer().is_ipv4() && (plain == TransferMode::Passive || announced.is_ipv4());
        let is_refused = matches!(
            reply.code,
            ReplyCode::SYNTAX_ERROR
                | ReplyCode::ARGUMENT_ERROR
                | ReplyCode::NOT_IMPLEMENTED
                | ReplyCode::ARGUMENT_NOT_IMPLEMENTED
                | ReplyCode::PROTOCOL_NOT_SUPPORTED
        );
        (self.config.fall_back && is_possible && is_refused).then_some(plain)
    }

    /// The plain mode is used from now on, as long as this session lasts.
    fn fall_back(&mut self, transfer: &mut Transfer, to: TransferMode, reply: &Reply) {
        let from = transfer.mode;
        if let (Some(link), Some((verb, _))) = (&mut self.link, extended_verb(from)) {
            link.known.refused(verb);
        }
        let conn = self.link.as_ref().map(Link::conn);
        let code = reply.code.value();
        let note = Note::ModeFallback { from, to, code };
        self.desk.report(conn, Report::Note { note });
        transfer.mode = to;
    }
}

/// For a transfer whose control connection is gone; the transfer goes with it, so this is never seen.
const LINKLESS: Outcome = Outcome::Failed {
    trouble: Trouble::ControlLost,
};

fn told_address(reply: &Reply, mode: TransferMode, peer: IpAddr) -> Result<SocketAddr, HostPortError> {
    let text = reply.lines.join(" ");
    match mode {
        TransferMode::ExtendedPassive => {
            ExtendedPort::parse_reply_text(&text).map(|port| SocketAddr::new(peer, port.port()))
        }
        _ => HostPort::parse_reply_text(&text).map(|told| SocketAddr::V4(told.address())),
    }
}

fn announcement(mode: TransferMode, address: SocketAddr) -> Option<Command> {
    match (mode, address) {
        (TransferMode::Active, SocketAddr::V4(address)) => {
            let argument = HostPort::new(address).ok()?.to_argument();
            Some(Command::with(Verb::PORT, argument))
        }
        (TransferMode::Active, SocketAddr::V6(_)) => None,
        _ => {
            let argument = ExtendedHostPort::new(address).ok()?.to_argument();
            Some(Command::with(Verb::EPRT, argument))
        }
    }
}
