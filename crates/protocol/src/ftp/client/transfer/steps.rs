//! A transfer's first steps: what is to be transferred, the file on this side, TYPE; and its last: the transfer command.

use portolan_wire::Argument;
use portolan_wire::action::{PutHow, TransferMode};
use portolan_wire::ftp::{Command, Reply, ReplyClass, Representation, Verb};
use portolan_wire::report::{ListingForm, Misuse, StoreError, Trouble};
use portolan_wire::security::Protection;

use super::super::Client;
use super::super::asking::representation_of;
use super::super::job::{Job, Next, not_wanted};
use super::super::link::Link;
use super::download::Download;
use super::listing::Listing;
use super::upload::Upload;
use super::{Answer, Content, Data, Guard, Start, Step, Transfer};
use crate::tree::TreePath;

impl Client {
    pub(in super::super) fn list(&mut self, path: Option<Argument>) -> Next {
        let is_told = self.link.as_ref().is_some_and(|link| link.known.lists_for_machines());
        if self.config.machine_listings && is_told {
            self.listing(Verb::MLSD, path, ListingForm::Facts)
        } else {
            self.listing(Verb::LIST, path, ListingForm::Lines)
        }
    }

    pub(in super::super) fn names(&mut self, path: Option<Argument>) -> Next {
        self.listing(Verb::NLST, path, ListingForm::Names)
    }

    /// A listing is text whatever files are, as curl and the BSD client have it.
    fn listing(&mut self, verb: Verb, argument: Option<Argument>, form: ListingForm) -> Next {
        let command = Command { verb, argument };
        let content = Content::Listing(Listing::new(form, self.config.listing_limit));
        let path = command.argument_str().unwrap_or_default().to_owned();
        self.begin_transfer(Plan {
            command,
            content,
            path,
            representation: Representation::Ascii,
            start: Start::Beginning,
        })
    }

    pub(in super::super) fn get(&mut self, remote: Argument, local: Option<&Argument>, resume: bool) -> Next {
        let name = local.map_or_else(|| last_part(&remote), Argument::as_str).to_owned();
        let file = match self.local_path(&name) {
            Ok(path) => path,
            Err(why) => return Next::fail(Trouble::Store { why }),
        };
        let file_type = self.config.file_type;
        let path = remote.as_str().to_owned();
        self.begin_transfer(Plan {
            command: Command::with(Verb::RETR, remote),
            content: Content::Download(Download::new(file, file_type)),
            path,
            representation: representation_of(file_type),
            start: if resume { Start::Sought } else { Start::Beginning },
        })
    }

    pub(in super::super) fn put(&mut self, local: &Argument, remote: Option<Argument>, how: PutHow) -> Next {
        let file = match self.local_path(local.as_str()) {
            Ok(path) => path,
            Err(why) => return Next::fail(Trouble::Store { why }),
        };
        let name = last_part(local).to_owned();
        let path = remote
            .as_ref()
            .map_or_else(|| name.clone(), |remote| remote.as_str().to_owned());
        let verb = match how {
            PutHow::Replace | PutHow::Resume => Verb::STOR,
            PutHow::Append => Verb::APPE,
            PutHow::Unique => Verb::STOU,
        };
        let argument = match (how, remote) {
            // RFC 959 gives STOU no argument; a name that was asked for is handed on all the same.
            (PutHow::Unique, remote) => remote,
            (_, remote @ Some(_)) => remote,
            // A part of an argument is one.
            (_, None) => Argument::new(name).ok(),
        };
        let file_type = self.config.file_type;
        let is_resumed = how == PutHow::Resume;
        self.begin_transfer(Plan {
            command: Command { verb, argument },
            content: Content::Upload(Upload::new(file, file_type)),
            path,
            representation: representation_of(file_type),
            start: if is_resumed { Start::Sought } else { Start::Beginning },
        })
    }

    /// The file on this side that is called `name`. It has to have a name: the directory itself is none.
    fn local_path(&self, name: &str) -> Result<TreePath, StoreError> {
        let path = self.config.local.join(name);
        if path == self.config.local || matches!(name, "" | "." | "..") {
            return Err(StoreError::WrongKind);
        }
        Ok(path)
    }

    fn begin_transfer(&mut self, plan: Plan) -> Next {
        let mode = match self.check_transfer(&plan) {
            Ok(mode) => mode,
            Err(why) => return Next::refuse(why),
        };
        let mut transfer = Box::new(Transfer {
            mode,
            command: plan.command,
            path: plan.path,
            representation: plan.representation,
            start: plan.start,
            content: plan.content,
            is_named: false,
            guard: self.guard_of_data(),
            step: Step::Preparing,
        });
        match &mut transfer.content {
            Content::Upload(upload) => upload.file.open(&mut self.desk),
            Content::Download(download) if transfer.start == Start::Sought => download.file.look(&mut self.desk),
            Content::Download(_) | Content::Listing(_) => return self.choose_type(transfer),
        }
        self.desk.stop_waiting();
        Next::Go(Job::Transfer(transfer))
    }

    /// What the next data connection is to be protected by.
    fn guard_of_data(&self) -> Guard {
        let is_private = |link: &Link| link.was_secured() && link.protection == Some(Protection::Private);
        match self.link.as_ref().is_some_and(is_private) {
            true => Guard::Wanted,
            false => Guard::Clear,
        }
    }

    /// Whether a transfer makes sense now, and in which mode.
    fn check_transfer(&self, plan: &Plan) -> Result<TransferMode, Misuse> {
        self.check_logged_in()?;
        let Some(link) = &self.link else {
            return Err(Misuse::NotConnected);
        };
        if plan.start == Start::Sought && !plan.representation.is_binary() {
            return Err(Misuse::ResumedText);
        }
        let mode = link.known.mode(self.config.mode);
        let announced = self.config.active_address.unwrap_or_else(|| link.local());
        let fits = match mode {
            TransferMode::Passive => link.peer().is_ipv4(),
            TransferMode::Active => link.peer().is_ipv4() && announced.is_ipv4(),
            TransferMode::ExtendedActive | TransferMode::ExtendedPassive => true,
        };
        if fits {
            Ok(mode)
        } else {
            Err(Misuse::WrongAddressFamily)
        }
    }

    /// The file on this side was looked at, or opened.
    pub(super) fn prepared(&mut self, mut transfer: Box<Transfer>) -> Next {
        if matches!(transfer.content, Content::Download(_)) && transfer.content.here() == 0 {
            transfer.start = Start::Beginning;
        }
        self.choose_type(transfer)
    }

    fn choose_type(&mut self, mut transfer: Box<Transfer>) -> Next {
        if self.has_type(transfer.representation) {
            return self.settle_start(transfer);
        }
        self.say_type(transfer.representation);
        transfer.step = Step::Typing;
        Next::Go(Job::Transfer(transfer))
    }

    pub(super) fn typed(&mut self, transfer: Box<Transfer>, reply: &Reply) -> Next {
        if !is_completion(reply) {
            return self.give_up(*transfer, not_wanted(reply));
        }
        self.keep_type(Some(transfer.representation));
        self.settle_start(transfer)
    }

    pub(super) fn command_transfer(&mut self, mut transfer: Box<Transfer>, data: Data) -> Next {
        self.say(&transfer.command);
        if let Some(link) = &mut self.link
            && !matches!(transfer.content, Content::Listing(_))
        {
            link.is_restarting = false;
        }
        transfer.step = Step::Running {
            data,
            answer: Answer::Awaited,
        };
        self.go_on(transfer)
    }
}

/// What a transfer is to be.
struct Plan {
    command: Command,
    content: Content,
    path: String,
    representation: Representation,
    start: Start,
}

pub(super) fn is_completion(reply: &Reply) -> bool {
    reply.code.class() == ReplyClass::Completion
}

/// A path's last part. Servers' paths have slashes too, save a few that nobody meets.
fn last_part(path: &Argument) -> &str {
    path.as_str().rsplit('/').next().unwrap_or_default()
}
