//! Where in the file a transfer begins: SIZE, REST and APPE (RFC 3659 sections 4 and 5). Nothing is ever begun anew
//! that was to be gone on with: a server that cannot do so denies the action.

use portolan_wire::Argument;
use portolan_wire::ftp::{Command, Reply, ReplyClass, ReplyCode, Verb, count};
use portolan_wire::report::{Note, Outcome, Report, Trouble};

use super::super::Client;
use super::super::asking::malformed;
use super::super::job::{Job, Next, not_wanted};
use super::super::link::Link;
use super::{Content, Data, Start, Step, Transfer};

impl Client {
    /// The type is settled: if that is wanted, the server is asked how much it has.
    pub(super) fn settle_start(&mut self, mut transfer: Box<Transfer>) -> Next {
        let argument = transfer.command.argument.clone();
        match (transfer.start, argument) {
            (Start::Sought, Some(path)) => {
                self.say(&Command::with(Verb::SIZE, path));
                transfer.step = Step::Sizing;
                Next::Go(Job::Transfer(transfer))
            }
            _ => self.settle_address(transfer),
        }
    }

    /// The answer to SIZE.
    pub(super) fn sized(&mut self, mut transfer: Box<Transfer>, reply: &Reply) -> Next {
        let there = match reply.code.class() {
            ReplyClass::Completion => match count::parse(reply.first_line().trim()) {
                Some(there) => Some(there),
                None => {
                    let trouble = malformed(reply);
                    return self.give_up(*transfer, Outcome::Failed { trouble });
                }
            },
            _ if reply.code.is_negative() => None,
            _ => return self.give_up(*transfer, not_wanted(reply)),
        };
        let here = transfer.content.here();
        transfer.start = match (&mut transfer.content, there) {
            (Content::Listing(_), _) => Start::Beginning,
            (_, Some(there)) if there == here => return self.nothing_to_resume(*transfer, here),
            (Content::Download(_), Some(there)) if there < here => return self.no_beginning(*transfer, here, there),
            (Content::Upload(_), Some(there)) if there > here => return self.no_beginning(*transfer, here, there),
            (Content::Download(download), Some(there)) => {
                download.expect(there);
                Start::At(here)
            }
            // Whether there is such a file, RETR will say.
            (Content::Download(_), None) => Start::At(here),
            (Content::Upload(_), Some(0)) => Start::Beginning,
            (Content::Upload(upload), Some(there)) => {
                upload.start_at(there);
                Start::At(there)
            }
            (Content::Upload(_), None) if reply.code == ReplyCode::FILE_UNAVAILABLE => Start::Beginning,
            // What the server has of it, nobody knows: STOR would replace it, and APPE could double it.
            (Content::Upload(_), None) => return self.give_up(*transfer, not_wanted(reply)),
        };
        self.settle_address(transfer)
    }

    fn nothing_to_resume(&mut self, transfer: Transfer, size: u64) -> Next {
        let conn = self.link.as_ref().map(Link::conn);
        let note = Note::NothingToResume { size };
        self.desk.report(conn, Report::Note { note });
        self.give_up(transfer, Outcome::Done)
    }

    fn no_beginning(&mut self, transfer: Transfer, here: u64, there: u64) -> Next {
        let trouble = Trouble::ResumeMismatch { here, there };
        self.give_up(transfer, Outcome::Failed { trouble })
    }

    /// The data connection is on its way: REST goes right before the transfer command, as RFC 3659 section 5.3 has it.
    pub(super) fn begin_at(&mut self, mut transfer: Box<Transfer>, data: Data) -> Next {
        let offset = match transfer.start {
            Start::At(offset) => Some(offset),
            // Many servers keep a REST until a file is transferred, whatever was said in between.
            Start::Beginning | Start::Sought => self.is_restarting(&transfer).then_some(0),
        };
        let argument = offset.and_then(|offset| Argument::new(offset.to_string()).ok());
        let (Some(argument), Some(link)) = (argument, &mut self.link) else {
            return self.command_transfer(transfer, data);
        };
        link.is_restarting = true;
        self.say(&Command::with(Verb::REST, argument));
        transfer.step = Step::Restarting { data };
        Next::Go(Job::Transfer(transfer))
    }

    fn is_restarting(&self, transfer: &Transfer) -> bool {
        let is_file = !matches!(transfer.content, Content::Listing(_));
        is_file && self.link.as_ref().is_some_and(|link| link.is_restarting)
    }

    /// The answer to REST.
    pub(super) fn restarted(&mut self, mut transfer: Box<Transfer>, mut data: Data, reply: &Reply) -> Next {
        let is_unknown = matches!(
            reply.code,
            ReplyCode::SYNTAX_ERROR
                | ReplyCode::ARGUMENT_ERROR
                | ReplyCode::NOT_IMPLEMENTED
                | ReplyCode::ARGUMENT_NOT_IMPLEMENTED
        );
        if reply.code == ReplyCode::PENDING_FURTHER_INFORMATION {
            return self.command_transfer(transfer, data);
        }
        if let Some(link) = &mut self.link {
            link.is_restarting = false;
        }
        let is_resumed = matches!((&transfer.content, transfer.start), (Content::Upload(_), Start::At(_)));
        if is_unknown && is_resumed {
            // What is missing belongs at the end of what is there, and there APPE puts it.
            transfer.command.verb = Verb::APPE;
            return self.command_transfer(transfer, data);
        }
        data.hang_up(&mut self.desk, &mut self.leftovers);
        transfer.step = Step::Restarting { data };
        self.give_up(*transfer, not_wanted(reply))
    }
}
