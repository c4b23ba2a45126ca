//! A transfer's way to its data connection: TYPE, the address, the transfer command.

use portolan_wire::Argument;
use portolan_wire::action::TransferMode;
use portolan_wire::ftp::{
    Command, ExtendedHostPort, ExtendedPort, HostPort, HostPortError, Reply, ReplyCode, Representation, Verb,
};
use portolan_wire::report::{ListenError, Misuse, Note, Outcome, Purpose, Report, StoreError, TransferKind, Trouble};

use core::net::{IpAddr, SocketAddr};

use super::super::Client;
use super::super::desk::Wait;
use super::super::job::{Job, Next, not_wanted};
use super::super::link::{Link, Standing};
use super::{Answer, Content, Data, Step, Transfer};
use crate::endpoint::{ConnId, ListenerId, Output};
use crate::ftp::client::Config;
use crate::shown::shown;
use crate::tree::TreePath;

impl Client {
    pub(in super::super) fn list(&mut self, path: Option<Argument>) -> Next {
        let command = Command {
            verb: Verb::LIST,
            argument: path,
        };
        self.begin_transfer(TransferKind::Listing, command, TreePath::root())
    }

    pub(in super::super) fn get(&mut self, remote: Argument, local: Option<&Argument>) -> Next {
        let name = local.map_or_else(|| last_part(&remote), Argument::as_str).to_owned();
        match self.local_path(&name) {
            Ok(path) => self.begin_transfer(TransferKind::Download, Command::with(Verb::RETR, remote), path),
            Err(why) => Next::fail(Trouble::Store { why }),
        }
    }

    pub(in super::super) fn put(&mut self, local: &Argument, remote: Option<Argument>) -> Next {
        let remote = remote.map_or_else(|| Argument::new(last_part(local)), Ok);
        match (self.local_path(local.as_str()), remote) {
            (Ok(path), Ok(remote)) => {
                self.begin_transfer(TransferKind::Upload, Command::with(Verb::STOR, remote), path)
            }
            (Err(why), _) => Next::fail(Trouble::Store { why }),
            // A part of an argument is one.
            (_, Err(_)) => Next::refuse(Misuse::Unsupported),
        }
    }

    /// The file on this side that is called `name`. It has to have a name: the directory itself is none.
    fn local_path(&self, name: &str) -> Result<TreePath, StoreError> {
        let path = self.config.local.join(name);
        if path == self.config.local || matches!(name, "" | "." | "..") {
            return Err(StoreError::WrongKind);
        }
        Ok(path)
    }

    fn begin_transfer(&mut self, kind: TransferKind, command: Command, path: TreePath) -> Next {
        let mode = self.config.mode;
        if let Err(why) = check(self.link.as_ref(), &self.config) {
            return Next::refuse(why);
        }
        let mut transfer = Box::new(Transfer {
            command,
            mode,
            content: Content::new(kind, path),
            step: Step::Preparing,
        });
        if kind == TransferKind::Upload
            && let Some(file) = transfer.content.file_mut()
        {
            file.open(&mut self.desk);
            self.desk.stop_waiting();
            return Next::Go(Job::Transfer(transfer));
        }
        self.choose_type(transfer)
    }

    pub(super) fn choose_type(&mut self, mut transfer: Box<Transfer>) -> Next {
        let wanted = transfer.content.representation();
        let known = self.link.as_mut().and_then(|link| link.representation.take());
        if known == Some(wanted) {
            self.keep_type(known);
            return self.settle_address(transfer);
        }
        // Until the server has agreed nobody knows which it is: an abort can come in between.
        self.say(&Command::with(Verb::TYPE, wanted.to_argument()));
        transfer.step = Step::Typing;
        Next::Go(Job::Transfer(transfer))
    }

    pub(super) fn typed(&mut self, transfer: Box<Transfer>, reply: &Reply) -> Next {
        if !is_completion(reply) {
            return self.give_up(*transfer, not_wanted(reply));
        }
        self.keep_type(Some(transfer.content.representation()));
        self.settle_address(transfer)
    }

    const fn keep_type(&mut self, representation: Option<Representation>) {
        if let Some(link) = &mut self.link {
            link.representation = representation;
        }
    }

    fn settle_address(&mut self, mut transfer: Box<Transfer>) -> Next {
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
            return self.give_up(*transfer, not_wanted(reply));
        }
        let Some(link) = &self.link else {
            return self.give_up(*transfer, LINKLESS);
        };
        let (conn, peer) = (link.conn(), link.peer());
        let Ok(told) = told_address(reply, transfer.mode, peer) else {
            let what = shown(format!("{} {}", reply.code, reply.lines.join(" ")).as_bytes());
            let trouble = Trouble::Malformed { what };
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
    pub(super) fn listening(&mut self, mut transfer: Box<Transfer>, listener: ListenerId, local: SocketAddr) -> Next {
        let Some(link) = &mut self.link else {
            return self.give_up(*transfer, LINKLESS);
        };
        let ip = self.config.active_address.unwrap_or_else(|| link.local());
        let address = SocketAddr::new(ip, local.port());
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
        let data = Data::Listening { listener };
        transfer.step = Step::Announcing { data };
        Next::Go(Job::Transfer(transfer))
    }

    /// The answer to PORT or EPRT.
    pub(super) fn announced(&mut self, transfer: Box<Transfer>, data: Data, reply: &Reply) -> Next {
        if is_completion(reply) {
            self.command_transfer(transfer, data)
        } else {
            self.give_up(*transfer, not_wanted(reply))
        }
    }

    /// The passive data connection stands.
    pub(super) fn dialled(&mut self, transfer: Box<Transfer>, conn: ConnId) -> Next {
        transfer.established(&mut self.desk, conn);
        self.command_transfer(transfer, Data::Open { conn })
    }

    fn command_transfer(&mut self, mut transfer: Box<Transfer>, data: Data) -> Next {
        self.say(&transfer.command);
        transfer.step = Step::Running {
            data,
            answer: Answer::Awaited,
        };
        self.go_on(transfer)
    }
}

/// For a transfer whose control connection is gone; the transfer goes with it, so this is never seen.
const LINKLESS: Outcome = Outcome::Failed {
    trouble: Trouble::ControlLost,
};

impl Transfer {
    /// The data connection stands.
    pub(super) fn established(&self, desk: &mut super::Desk, conn: ConnId) {
        let path = self.command.argument_str().unwrap_or_default();
        self.content.established(desk, conn, path);
    }
}

/// Whether a transfer makes sense now.
fn check(link: Option<&Link>, config: &Config) -> Result<(), Misuse> {
    let link = link.ok_or(Misuse::NotConnected)?;
    if link.standing != Standing::LoggedIn {
        return Err(Misuse::NotLoggedIn);
    }
    let announced = config.active_address.unwrap_or_else(|| link.local());
    let fits = match config.mode {
        TransferMode::Passive => link.peer().is_ipv4(),
        TransferMode::Active => link.peer().is_ipv4() && announced.is_ipv4(),
        TransferMode::ExtendedActive | TransferMode::ExtendedPassive => true,
    };
    if fits { Ok(()) } else { Err(Misuse::WrongAddressFamily) }
}

fn is_completion(reply: &Reply) -> bool {
    reply.code.class() == portolan_wire::ftp::ReplyClass::Completion
}

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

/// A path's last part. Servers' paths have slashes too, save a few that nobody meets.
fn last_part(path: &Argument) -> &str {
    path.as_str().rsplit('/').next().unwrap_or_default()
}
