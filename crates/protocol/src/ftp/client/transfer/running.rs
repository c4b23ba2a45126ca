//! A transfer at work: data, replies and the store, in whatever order they come.

use portolan_wire::ftp::{Command, Reply, ReplyClass, Verb};
use portolan_wire::report::{ConnectError, ListenError, Note, Outcome, Report, Trouble};
use portolan_wire::security::TlsFault;

use core::net::SocketAddr;

use super::super::Client;
use super::super::desk::Wait;
use super::super::files::FileEvent;
use super::super::job::{Job, Next, Settling, not_wanted, unexpected};
use super::super::known::is_unknown;
use super::super::link::Link;
use super::named::stored_name;
use super::{Answer, Content, Data, Guard, Step, Transfer};
use crate::endpoint::{ConnId, ListenerId, Output};

/// What can happen to a transfer, beside replies.
#[derive(Debug)]
pub(in super::super) enum Happening {
    Listening {
        listener: ListenerId,
        local: SocketAddr,
    },
    ListenFailed {
        listener: ListenerId,
        why: ListenError,
    },
    Accepted {
        listener: ListenerId,
        conn: ConnId,
        peer: SocketAddr,
    },
    Connected {
        conn: ConnId,
    },
    ConnectFailed {
        conn: ConnId,
        why: ConnectError,
    },
    Received {
        conn: ConnId,
        bytes: Vec<u8>,
    },
    Writable {
        conn: ConnId,
        bytes: usize,
    },
    Eof {
        conn: ConnId,
    },
    Reset {
        conn: ConnId,
    },
    Secured {
        conn: ConnId,
    },
    Broken {
        conn: ConnId,
        why: TlsFault,
    },
}

impl Client {
    /// A reply came, and it is the answer to the transfer's last command.
    pub(in super::super) fn transfer_reply(&mut self, mut transfer: Box<Transfer>, reply: &Reply) -> Next {
        let class = reply.code.class();
        if let Step::Running { data, answer } = &mut transfer.step {
            if class == ReplyClass::Preliminary {
                // A second 1yz is no progress: a server could keep us for ever with them.
                if *answer == Answer::Awaited {
                    *answer = Answer::Begun;
                    self.tell_name(&mut transfer, reply);
                    return self.go_on(transfer);
                }
                return Next::Go(Job::Transfer(transfer));
            }
            if class != ReplyClass::Completion {
                // What has not begun ends in order; what breaks in the middle is thrown away.
                if *answer == Answer::Awaited && reply.code.is_negative() {
                    data.hang_up(&mut self.desk, &mut self.leftovers);
                    if transfer.command.verb == Verb::MLSD && is_unknown(reply.code) {
                        return self.list_otherwise(*transfer, reply);
                    }
                }
                let outcome = match transfer.knows_better() {
                    true => failed(transfer.loss()),
                    false => not_wanted(reply),
                };
                return self.give_up(*transfer, outcome);
            }
            self.tell_name(&mut transfer, reply);
            return self.completed(transfer, reply);
        }
        if class == ReplyClass::Preliminary {
            return Next::Go(Job::Transfer(transfer));
        }
        match transfer.step {
            Step::Typing => self.typed(transfer, reply),
            Step::Sizing => self.sized(transfer, reply),
            Step::Asking => self.told(transfer, reply),
            Step::Announcing { data, port } => self.announced(transfer, (data, port), reply),
            Step::Restarting { data } => self.restarted(transfer, data, reply),
            // Nothing was said that could be answered.
            _ => Next::Go(Job::Transfer(transfer)),
        }
    }

    /// MLSD was told of and is not known. LIST is, everywhere; it gets a data connection of its own.
    fn list_otherwise(&mut self, transfer: Transfer, reply: &Reply) -> Next {
        let code = reply.code.value();
        if let Some(link) = &mut self.link {
            link.known.refused(Verb::MLSD);
            let note = Note::ListingFallback { code };
            self.desk.report(Some(link.conn()), Report::Note { note });
        }
        let path = transfer.command.argument.clone();
        transfer.discard(&mut self.desk, &mut self.leftovers);
        self.list(path)
    }

    /// What an upload is called that the server was to find a name for.
    fn tell_name(&mut self, transfer: &mut Transfer, reply: &Reply) {
        if transfer.command.verb != Verb::STOU || transfer.is_named {
            return;
        }
        if let Some(name) = self.veiled(reply).lines.iter().find_map(|line| stored_name(line)) {
            let (conn, name) = (self.link.as_ref().map(Link::conn), name.to_owned());
            self.desk.report(conn, Report::StoredAs { name });
            transfer.is_named = true;
        }
    }

    /// 2yz to the transfer command.
    fn completed(&mut self, mut transfer: Box<Transfer>, reply: &Reply) -> Next {
        if let Step::Running { data, answer } = &mut transfer.step {
            let is_upload = matches!(transfer.content, Content::Upload(_));
            if matches!(data, Data::Lost) {
                let loss = transfer.loss();
                return self.give_up(*transfer, failed(loss));
            }
            if is_upload && !matches!(data, Data::Over) {
                // The server cannot have read to the end of what we have not ended.
                return self.give_up(*transfer, failed(unexpected(reply)));
            }
            *answer = Answer::Done;
        }
        self.go_on(transfer)
    }

    /// Something happened on a data connection or a listener.
    pub(in super::super) fn transfer_happening(&mut self, transfer: Box<Transfer>, happening: Happening) -> Next {
        match happening {
            Happening::Listening { listener, local } => match transfer.step {
                Step::Opening { listener: own } if own == listener => self.listening(transfer, listener, local),
                _ => Next::Go(Job::Transfer(transfer)),
            },
            Happening::ListenFailed { listener, why } => match transfer.step {
                Step::Opening { listener: own } if own == listener => {
                    self.give_up_unopened(*transfer, Trouble::Listen { why })
                }
                _ => Next::Go(Job::Transfer(transfer)),
            },
            Happening::Accepted { listener, conn, peer } => self.accepted(transfer, listener, (conn, peer)),
            Happening::Connected { conn } if transfer.uses(conn) => self.dialled(transfer, conn),
            Happening::ConnectFailed { conn, why } if transfer.uses(conn) => {
                self.give_up_unopened(*transfer, Trouble::DataConnect { why })
            }
            Happening::Received { conn, bytes } if transfer.uses(conn) => self.data_received(transfer, conn, &bytes),
            Happening::Writable { conn, bytes } if transfer.uses(conn) => self.data_writable(transfer, bytes),
            Happening::Eof { conn } if transfer.uses(conn) => self.data_ended(transfer, Data::ended),
            Happening::Reset { conn } if transfer.uses(conn) => self.data_lost(transfer),
            Happening::Secured { conn } if transfer.uses(conn) => self.data_secured(transfer),
            Happening::Broken { conn, why } if transfer.uses(conn) => {
                let mut transfer = transfer;
                transfer.guard = Guard::Broken(why);
                self.data_lost(transfer)
            }
            _ => Next::Go(Job::Transfer(transfer)),
        }
    }

    /// There is no data connection to clean up, for it never came to be.
    fn give_up_unopened(&mut self, transfer: Transfer, trouble: Trouble) -> Next {
        let transfer = Transfer {
            step: Step::Preparing,
            ..transfer
        };
        self.give_up(transfer, failed(trouble))
    }

    fn accepted(&mut self, mut transfer: Box<Transfer>, listener: ListenerId, caller: (ConnId, SocketAddr)) -> Next {
        let server = self.link.as_ref().map(Link::peer);
        let accepted = match (transfer.step.data_mut(), server) {
            (Some(data), Some(server)) => data.accepted(&mut self.desk, server, listener, caller),
            _ => {
                let (conn, _) = caller;
                self.desk.push(Output::Abort { conn });
                None
            }
        };
        match accepted {
            None => Next::Go(Job::Transfer(transfer)),
            Some(conn) => {
                transfer.established(&mut self.desk, conn);
                self.go_on(transfer)
            }
        }
    }

    fn data_received(&mut self, mut transfer: Box<Transfer>, conn: ConnId, bytes: &[u8]) -> Next {
        let is_asked_for = matches!(transfer.step, Step::Running { .. });
        match transfer.content.received(&mut self.desk, conn, bytes, is_asked_for) {
            Ok(()) => {
                // Before an end is seen that came with these bytes: whoever watches knows how far it got.
                let bytes = transfer.content.bytes();
                self.desk.report(Some(conn), Report::Progress { bytes });
                self.go_on(transfer)
            }
            Err(trouble) => self.break_off(*transfer, failed(trouble), Vec::new()),
        }
    }

    fn data_writable(&mut self, mut transfer: Box<Transfer>, bytes: usize) -> Next {
        transfer.content.writable(bytes);
        self.go_on(transfer)
    }

    fn data_lost(&mut self, transfer: Box<Transfer>) -> Next {
        let is_upload = matches!(transfer.content, Content::Upload(_));
        self.data_ended(transfer, |data| data.reset(is_upload))
    }

    fn data_secured(&mut self, mut transfer: Box<Transfer>) -> Next {
        transfer.guard = Guard::Secured;
        self.go_on(transfer)
    }

    fn data_ended(&mut self, mut transfer: Box<Transfer>, how: impl FnOnce(&mut Data)) -> Next {
        if let Some(data) = transfer.step.data_mut() {
            how(data);
        }
        if let Step::Running {
            data: Data::Lost,
            answer: Answer::Done,
        } = transfer.step
        {
            let loss = transfer.loss();
            return self.give_up(*transfer, failed(loss));
        }
        self.go_on(transfer)
    }

    /// The store answered.
    pub(in super::super) fn transfer_stored(&mut self, mut transfer: Box<Transfer>, event: FileEvent) -> Next {
        let stored = match (&transfer.step, event) {
            (Step::Closing, FileEvent::Failed(why)) => Err(why),
            (Step::Closing, _) => return Next::Finish(Outcome::Done),
            (Step::Running { data, .. }, event) => transfer.content.stored(&mut self.desk, data, event),
            // Before the transfer command a file is only looked at, or opened to be sent.
            (_, event) => transfer.content.stored(&mut self.desk, &Data::Over, event),
        };
        match stored {
            Err(why) => self.break_off(*transfer, failed(Trouble::Store { why }), Vec::new()),
            Ok(()) if matches!(transfer.step, Step::Preparing) => self.prepared(transfer),
            Ok(()) => self.go_on(transfer),
        }
    }

    /// Moves what can be moved, sees whether that was all, and says what is waited for now.
    pub(super) fn go_on(&mut self, mut transfer: Box<Transfer>) -> Next {
        let Step::Running { data, answer } = &mut transfer.step else {
            return Next::Go(Job::Transfer(transfer));
        };
        let content = &mut transfer.content;
        let may_begin = *answer != Answer::Awaited;
        if may_begin && let Some(file) = content.file_mut() {
            file.open(&mut self.desk);
        }
        // Not before the server has begun: of one that refuses there is nothing to be secured, and curl waits as well.
        if may_begin
            && transfer.guard == Guard::Wanted
            && let Some(conn) = data.conn()
        {
            transfer.guard = Guard::Shaking;
            self.desk.secure(conn);
        }
        let may_move = may_begin && !matches!(transfer.guard, Guard::Wanted | Guard::Shaking);
        if may_move && content.is_moved(&mut self.desk, data) {
            let bytes = content.bytes();
            self.desk.report(data.conn(), Report::TransferDone { bytes });
            data.hang_up(&mut self.desk, &mut self.leftovers);
        }
        if *answer == Answer::Done && matches!(data, Data::Over) {
            if content.is_short() {
                return self.give_up(*transfer, failed(Trouble::DataLost));
            }
            return self.close(transfer);
        }
        match wait_of(*data, *answer, content) {
            Some(wait) => self.desk.wait(wait),
            None => self.desk.stop_waiting(),
        }
        Next::Go(Job::Transfer(transfer))
    }

    fn close(&mut self, mut transfer: Box<Transfer>) -> Next {
        let Some(file) = transfer.content.file_mut() else {
            return Next::Finish(Outcome::Done);
        };
        file.close(&mut self.desk);
        self.desk.stop_waiting();
        transfer.step = Step::Closing;
        Next::Go(Job::Transfer(transfer))
    }

    /// What was waited for did not come.
    pub(in super::super) fn transfer_late(&mut self, transfer: Transfer) -> Next {
        let outcome = match transfer.step {
            Step::Dialling { .. } => failed(Trouble::DataConnect {
                why: ConnectError::TimedOut,
            }),
            Step::Running {
                data: Data::Listening { .. },
                answer: Answer::Begun | Answer::Done,
            } => failed(Trouble::DataNotCalled),
            Step::Running {
                data: Data::Open { .. } | Data::Ended { .. },
                answer: Answer::Begun | Answer::Done,
            } => failed(Trouble::Timeout),
            Step::Running { data: Data::Lost, .. } => {
                let loss = transfer.loss();
                return self.silent(transfer, loss);
            }
            _ => return self.silent(transfer, Trouble::Timeout),
        };
        self.break_off(transfer, outcome, Vec::new())
    }

    /// The server does not answer any more: there is nothing to be said to it either.
    fn silent(&mut self, transfer: Transfer, trouble: Trouble) -> Next {
        self.throw_link_away();
        self.give_up(transfer, failed(trouble))
    }

    /// Ends a transfer that cannot go on, with ABOR if the server is still at it. The action ends when everything that
    /// the server owes has come.
    ///
    /// The Telnet Interrupt and Synch that RFC 959 section 4.1.3 wants before an ABOR are left out: they are urgent TCP
    /// data, which neither our simulated hosts nor most of today's paths carry faithfully (RFC 6093), and servers find
    /// the ABOR without them, at the latest when their data connection breaks.
    pub(in super::super) fn break_off(&mut self, transfer: Transfer, outcome: Outcome, aborts: Vec<u32>) -> Next {
        if transfer.is_at_work() {
            self.say(&Command::new(Verb::ABOR));
        }
        transfer.discard(&mut self.desk, &mut self.leftovers);
        self.settle(Settling::new(outcome, aborts))
    }

    /// Lets go of all that the transfer holds, and waits for what the server still owes.
    pub(super) fn give_up(&mut self, transfer: Transfer, outcome: Outcome) -> Next {
        transfer.discard(&mut self.desk, &mut self.leftovers);
        self.settle(Settling::new(outcome, Vec::new()))
    }
}

const fn failed(trouble: Trouble) -> Outcome {
    Outcome::Failed { trouble }
}

/// What a transfer at work waits for; nothing if it is the store alone.
fn wait_of(data: Data, answer: Answer, content: &Content) -> Option<Wait> {
    Some(match (answer, data) {
        (Answer::Awaited, Data::Listening { .. }) => Wait::ActiveReply,
        (Answer::Awaited, _) | (_, Data::Over | Data::Lost) => Wait::Reply,
        (Answer::Begun | Answer::Done, Data::Listening { .. }) => Wait::DataCall,
        (Answer::Begun, Data::Open { .. }) => Wait::Stall,
        (Answer::Done, Data::Open { .. }) => Wait::Reply,
        (_, Data::Ended { .. }) if matches!(content, Content::Upload(_)) => Wait::Stall,
        (_, Data::Ended { .. }) => return None,
    })
}
