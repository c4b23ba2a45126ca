//! What the server knows of one path: MLST, and where there is none, SIZE and MDTM (RFC 3659 sections 3, 4 and 7).

use portolan_wire::Argument;
use portolan_wire::ftp::{
    Command, FactKind, FactLine, Reply, ReplyClass, Representation, TimeVal, TimeValError, Verb, count,
};
use portolan_wire::report::{Outcome, PathKind, Report, Trouble};

use super::Client;
use super::asking::malformed;
use super::job::{Job, Next, not_wanted};
use super::known::is_unknown;
use super::link::Link;

/// One path being looked at.
#[derive(Debug)]
pub(super) struct Inspecting {
    path: Argument,
    step: Step,
}

/// What was said last.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// MLST.
    Facts,
    /// TYPE I, because SIZE counts what would be transferred.
    Typing,
    /// SIZE.
    Size,
    /// MDTM.
    Modified { size: Option<u64> },
}

/// What was told of the path.
#[derive(Default)]
struct Told {
    path_kind: Option<PathKind>,
    size: Option<u64>,
    modified: Option<u64>,
}

impl Client {
    pub(super) fn inspect(&mut self, path: Argument) -> Next {
        if let Err(why) = self.check_logged_in() {
            return Next::refuse(why);
        }
        if self.link.as_ref().is_some_and(|link| link.known.may_tell_facts()) {
            self.say_of(Verb::MLST, path, Step::Facts)
        } else {
            self.measure(path)
        }
    }

    fn say_of(&mut self, verb: Verb, path: Argument, step: Step) -> Next {
        self.say(&Command::with(verb, path.clone()));
        Next::Go(Job::Inspecting(Inspecting { path, step }))
    }

    fn measure(&mut self, path: Argument) -> Next {
        if self.has_type(Representation::Image) {
            return self.say_of(Verb::SIZE, path, Step::Size);
        }
        self.say_type(Representation::Image);
        let step = Step::Typing;
        Next::Go(Job::Inspecting(Inspecting { path, step }))
    }

    /// The answer to one of these.
    pub(super) fn inspected(&mut self, inspecting: Inspecting, reply: &Reply) -> Next {
        let class = reply.code.class();
        let Inspecting { path, step } = inspecting;
        if class == ReplyClass::Preliminary {
            return Next::Go(Job::Inspecting(Inspecting { path, step }));
        }
        let is_done = class == ReplyClass::Completion;
        match step {
            Step::Facts if is_done => match facts_of(reply) {
                Some(told) => self.tell(&path, told),
                None => Next::fail(malformed(reply)),
            },
            Step::Facts if is_unknown(reply.code) => {
                if let Some(link) = &mut self.link {
                    link.known.refused(Verb::MLST);
                }
                self.measure(path)
            }
            Step::Typing if is_done => {
                self.keep_type(Some(Representation::Image));
                self.say_of(Verb::SIZE, path, Step::Size)
            }
            Step::Size if is_done => match count::parse(reply.first_line().trim()) {
                Some(size) => self.say_of(Verb::MDTM, path, Step::Modified { size: Some(size) }),
                None => Next::fail(malformed(reply)),
            },
            Step::Size if is_unknown(reply.code) => self.say_of(Verb::MDTM, path, Step::Modified { size: None }),
            Step::Modified { size } if is_done => match time_of(reply) {
                Ok(modified) => self.tell(
                    &path,
                    Told {
                        size,
                        modified,
                        ..Told::default()
                    },
                ),
                Err(trouble) => Next::fail(trouble),
            },
            // A server without MDTM has told what it can.
            Step::Modified { size: size @ Some(_) } if reply.code.is_negative() => self.tell(
                &path,
                Told {
                    size,
                    ..Told::default()
                },
            ),
            _ => Next::Finish(not_wanted(reply)),
        }
    }

    fn tell(&mut self, path: &Argument, told: Told) -> Next {
        let conn = self.link.as_ref().map(Link::conn);
        let Told {
            path_kind,
            size,
            modified,
        } = told;
        let path = path.as_str().to_owned();
        self.desk.report(
            conn,
            Report::Facts {
                path,
                path_kind,
                size,
                modified,
            },
        );
        Next::Finish(Outcome::Done)
    }
}

/// MLST's line of facts stands between the first line and the last.
fn facts_of(reply: &Reply) -> Option<Told> {
    let (_, lines) = reply.lines.split_last()?;
    let line = lines
        .iter()
        .skip(1)
        .find_map(|line| FactLine::parse_reply_line(line).ok())?;
    let path_kind = line.facts.kind.map(|kind| match kind {
        FactKind::File => PathKind::File,
        FactKind::Directory | FactKind::Current | FactKind::Parent => PathKind::Directory,
        FactKind::Other(_) => PathKind::Other,
    });
    Some(Told {
        path_kind,
        size: line.facts.size,
        modified: line.facts.modified.map(TimeVal::seconds),
    })
}

/// MDTM's time; nothing for one before 1970, which is a time all the same.
fn time_of(reply: &Reply) -> Result<Option<u64>, Trouble> {
    match TimeVal::parse(reply.first_line().trim()) {
        Ok(time) => Ok(Some(time.seconds())),
        Err(TimeValError::TooEarly) => Ok(None),
        Err(TimeValError::Malformed | TimeValError::NoSuchMoment) => Err(malformed(reply)),
    }
}
