//! Where each input goes.

use portolan_wire::ftp::{Received, Reply, ReplyCode, ReplyError};
use portolan_wire::report::{Outcome, Purpose, Report, StoreError, Trouble};
use portolan_wire::security::TlsFault;

use super::Client;
use super::job::{Job, Next, Quitting, not_wanted, unexpected};
use super::link::{Counted, Guard, Link};
use super::transfer::Happening;
use crate::endpoint::{ConnId, Input, OpId, Output, StoreAnswer};

impl Client {
    pub(super) fn take(&mut self, input: Input) {
        match input {
            Input::Begin | Input::Tick => {}
            Input::Act { action, what } => self.act(action, what),
            Input::Listening { listener, local } => self.happen(Happening::Listening { listener, local }),
            Input::ListenFailed { listener, why } => self.happen(Happening::ListenFailed { listener, why }),
            Input::Accepted {
                listener, conn, peer, ..
            } => {
                if matches!(&self.running, Some(running) if matches!(running.job, Job::Transfer(_))) {
                    self.happen(Happening::Accepted { listener, conn, peer });
                } else {
                    self.desk.push(Output::Abort { conn });
                }
            }
            Input::Connected { conn, local, peer } => self.with_job(|client, job| match job {
                Job::Connecting { conn: own } if own == conn => client.connected(conn, local, peer),
                job => client.job_happening(job, Happening::Connected { conn }),
            }),
            Input::ConnectFailed { conn, why } => self.with_job(|client, job| match job {
                Job::Connecting { conn: own } if own == conn => Next::fail(Trouble::ControlConnect { why }),
                job => client.job_happening(job, Happening::ConnectFailed { conn, why }),
            }),
            Input::Received { conn, bytes } => {
                if self.is_link(conn) {
                    self.read_replies(conn, &bytes);
                } else {
                    self.happen(Happening::Received { conn, bytes });
                }
            }
            Input::Writable { conn, bytes } => match &mut self.link {
                Some(link) if link.conn() == conn => link.writable(&mut self.desk, bytes),
                _ => self.happen(Happening::Writable { conn, bytes }),
            },
            Input::Eof { conn } => {
                if self.is_link(conn) {
                    self.link_ended();
                } else if !self.farewell(conn) {
                    self.leftovers.ended(&mut self.desk, conn);
                    self.happen(Happening::Eof { conn });
                }
            }
            Input::Reset { conn } => {
                if self.is_link(conn) {
                    self.link = None;
                    self.lose(Trouble::ControlLost);
                } else if !self.farewell(conn) {
                    self.leftovers.ended(&mut self.desk, conn);
                    self.happen(Happening::Reset { conn });
                }
            }
            Input::Stored { op, result } => self.stored(op, result),
        }
    }

    pub(super) fn tick(&mut self) {
        if self.desk.linger_is_over() {
            self.leftovers.throw_away(&mut self.desk);
        }
        if self.desk.job_is_late() {
            self.with_job(Self::job_late);
        }
    }

    pub(super) fn is_link(&self, conn: ConnId) -> bool {
        self.link.as_ref().map(Link::conn) == Some(conn)
    }

    pub(super) fn happen(&mut self, happening: Happening) {
        self.with_job(|client, job| client.job_happening(job, happening));
    }

    fn job_happening(&mut self, job: Job, happening: Happening) -> Next {
        match job {
            Job::Transfer(transfer) => self.transfer_happening(transfer, happening),
            // A connection that was thrown away may have said something before it was.
            job => Next::Go(job),
        }
    }

    fn read_replies(&mut self, conn: ConnId, bytes: &[u8]) {
        let credit = bytes.len();
        let mut rest = bytes;
        if let Some(looks_like) = self.link.as_mut().and_then(|link| link.hear(&mut self.desk, bytes)) {
            self.throw_link_away();
            return self.lose(Trouble::WrongProtocol { looks_like });
        }
        while let Some(link) = self.link.as_mut().filter(|link| link.conn() == conn) {
            match link.read(&mut rest) {
                Ok(None) => {
                    self.desk.push(Output::Read { conn, credit });
                    return;
                }
                Ok(Some(Received { reply, .. })) => {
                    self.reply(&reply);
                    if self.link.as_ref().is_some_and(|link| link.guard == Guard::Shaking) {
                        // What came in the clear behind the 234 is nobody's (RFC 4217 section 15).
                        self.desk.push(Output::Read { conn, credit });
                        return;
                    }
                    // What is said next is said before the next reply is read, however the net cut the stream.
                    self.start_next();
                }
                Err(error) => {
                    self.throw_link_away();
                    self.lose(trouble_of(error));
                }
            }
        }
    }

    fn reply(&mut self, reply: &Reply) {
        let Some(link) = &mut self.link else { return };
        let conn = link.conn();
        let counted = link.count(reply.code);
        let lines = reply.lines.clone();
        let code = reply.code.value();
        self.desk.report(
            Some(conn),
            Report::Reply {
                sent: false,
                code,
                lines,
            },
        );
        let is_quitting = matches!(&self.running, Some(running) if matches!(running.job, Job::Quitting(_)));
        if reply.code == ReplyCode::SERVICE_NOT_AVAILABLE && !is_quitting {
            self.hang_up();
            self.end_with(not_wanted(reply));
        } else if counted == Counted::Flood {
            self.throw_link_away();
            self.lose(unexpected(reply));
        } else if counted == Counted::Owed {
            self.with_job(|client, job| client.job_reply(job, reply));
            if reply.code == ReplyCode::GOODBYE {
                // The server leaves, whatever made it do so.
                self.hang_up();
            }
        }
    }

    /// The server ended its direction of the control connection.
    fn link_ended(&mut self) {
        if let Some(link) = self.link.take() {
            self.desk.push(Output::Shutdown { conn: link.conn() });
        }
        if matches!(&self.running, Some(running) if matches!(running.job, Job::Quitting(_))) {
            // It was to go, and went without a word.
            self.end_with(Outcome::Done);
        } else {
            self.lose(Trouble::ControlLost);
        }
    }

    /// TLS has failed on a connection, which is over.
    pub(super) fn broken(&mut self, conn: ConnId, why: TlsFault) {
        if self.is_link(conn) {
            self.link = None;
            if matches!(&self.running, Some(running) if matches!(running.job, Job::Quitting(_))) {
                return self.end_with(Outcome::Done);
            }
            let purpose = Purpose::Control;
            self.lose(Trouble::Tls { purpose, why });
        } else if !self.farewell(conn) {
            self.leftovers.ended(&mut self.desk, conn);
            self.happen(Happening::Broken { conn, why });
        }
    }

    /// Whether `conn` is the control connection that a goodbye waits to see closed.
    fn farewell(&mut self, conn: ConnId) -> bool {
        let is_awaited = matches!(
            &self.running,
            Some(running) if matches!(running.job, Job::Quitting(Quitting::HungUp { conn: own }) if own == conn)
        );
        if is_awaited {
            self.end_with(Outcome::Done);
        }
        is_awaited
    }

    /// The control connection is gone for this reason, and whatever runs goes with it.
    fn lose(&mut self, trouble: Trouble) {
        match &self.running {
            Some(running) if !running.job.is_closing() => self.end_with(Outcome::Failed { trouble }),
            _ => self.desk.report(None, Report::Trouble { trouble }),
        }
    }

    /// Ends what runs, now, with this outcome, unless its outcome is settled already.
    fn end_with(&mut self, outcome: Outcome) {
        self.with_job(|client, job| match job {
            Job::Settling(settling) => Next::from(settling),
            Job::Transfer(transfer) if transfer.is_closing() => Next::Go(Job::Transfer(transfer)),
            Job::Transfer(transfer) => {
                transfer.discard(&mut client.desk, &mut client.leftovers);
                Next::Finish(outcome)
            }
            Job::Connecting { .. }
            | Job::Greeting(_)
            | Job::Securing(_)
            | Job::LogIn(_)
            | Job::Asking(_)
            | Job::Inspecting(_)
            | Job::Quitting(_) => Next::Finish(outcome),
        });
    }

    fn stored(&mut self, op: OpId, result: Result<StoreAnswer, StoreError>) {
        let mut unclaimed = Some(result);
        self.with_job(|client, job| match job {
            Job::Transfer(mut transfer) => {
                let result = unclaimed.take().unwrap_or(Err(StoreError::Failed));
                match transfer.answered(op, result) {
                    Ok(event) => client.transfer_stored(transfer, event),
                    Err(result) => {
                        unclaimed = Some(result);
                        Next::Go(Job::Transfer(transfer))
                    }
                }
            }
            job => Next::Go(job),
        });
        if let Some(result) = unclaimed {
            self.leftovers.answered(&mut self.desk, op, result);
        }
    }
}

fn trouble_of(error: ReplyError) -> Trouble {
    match error {
        ReplyError::Malformed { what } => Trouble::Malformed { what },
        ReplyError::TooLong { limit } => Trouble::ReplyTooLong { limit },
        ReplyError::Line(line) => Trouble::LineTooLong { limit: line.limit },
    }
}
