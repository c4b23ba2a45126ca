//! The commands (RFC 959 sections 4.1 and 5.3), and the codes they are answered with (section 5.4).
//!
//! What is wrong with a command is said in the order of RFC 959's lists: 500 for no known verb, 501 for its argument,
//! 502 for a verb that this server lacks, 530 before the login, 503 out of order.

use portolan_wire::ftp::{Command, CommandError, Reply, ReplyCode, Representation, RepresentationError, Verb, path};
use portolan_wire::report::{StoreError, TransferKind};

use super::inbox::Said;
use super::session::{Login, Session};
use super::transfer::Transfer;
use super::{Server, Task};
use crate::endpoint::{StoreAnswer, StoreRequest};
use crate::tree::EntryKind;

/// What a verb wants before it is carried out.
#[derive(Clone, Copy, Debug)]
struct Form {
    argument: Wants,
    login: bool,
}

#[derive(Clone, Copy, Debug)]
enum Wants {
    None,
    Maybe,
    Some,
}

/// The verbs this server has.
const FORMS: &[(Verb, Form)] = &[
    (Verb::ABOR, form(Wants::None, false)),
    (Verb::CDUP, form(Wants::None, true)),
    (Verb::CWD, form(Wants::Some, true)),
    (Verb::EPRT, form(Wants::Some, true)),
    (Verb::EPSV, form(Wants::Maybe, true)),
    (Verb::FEAT, form(Wants::None, false)),
    (Verb::HELP, form(Wants::Maybe, false)),
    (Verb::LIST, form(Wants::Maybe, true)),
    (Verb::MODE, form(Wants::Some, true)),
    (Verb::NOOP, form(Wants::None, false)),
    // An empty password is one; on the wire it is no argument at all.
    (Verb::PASS, form(Wants::Maybe, false)),
    (Verb::PASV, form(Wants::None, true)),
    (Verb::PORT, form(Wants::Some, true)),
    (Verb::PWD, form(Wants::None, true)),
    (Verb::QUIT, form(Wants::None, false)),
    (Verb::RETR, form(Wants::Some, true)),
    (Verb::STAT, form(Wants::Maybe, true)),
    (Verb::STOR, form(Wants::Some, true)),
    (Verb::STRU, form(Wants::Some, true)),
    (Verb::SYST, form(Wants::None, false)),
    (Verb::TYPE, form(Wants::Some, true)),
    (Verb::USER, form(Wants::Some, false)),
];

const fn form(argument: Wants, login: bool) -> Form {
    Form { argument, login }
}

impl Server {
    /// Carries out what the client said, or begins to.
    pub(super) fn carry_out(&mut self, said: Said) {
        match said {
            Said::TooLong(error) => self.reply(ReplyCode::SYNTAX_ERROR, error.to_string()),
            Said::Nonsense(error) => {
                let code = match error {
                    CommandError::Argument { .. } => ReplyCode::ARGUMENT_ERROR,
                    _ => ReplyCode::SYNTAX_ERROR,
                };
                self.reply(code, "That is no command.");
            }
            Said::Command(command) => self.check_form(&command),
        }
    }

    fn check_form(&mut self, command: &Command) {
        let verb = command.verb;
        let Some((_, form)) = FORMS.iter().find(|(known, _)| *known == verb) else {
            return match Verb::ALL.contains(&verb) {
                true => self.reply(ReplyCode::NOT_IMPLEMENTED, format!("{verb} is not implemented.")),
                false => self.reply(ReplyCode::SYNTAX_ERROR, format!("{verb} is not understood.")),
            };
        };
        match (form.argument, &command.argument) {
            (Wants::None, Some(_)) => {
                return self.reply(ReplyCode::ARGUMENT_ERROR, format!("{verb} takes no argument."));
            }
            (Wants::Some, None) => {
                return self.reply(ReplyCode::ARGUMENT_ERROR, format!("{verb} wants an argument."));
            }
            _ => {}
        }
        if form.login && !self.session.is_logged_in() {
            return self.reply(ReplyCode::NOT_LOGGED_IN, "Log in with USER and PASS first.");
        }
        self.dispatch(verb, command.argument_str());
    }

    fn dispatch(&mut self, verb: Verb, argument: Option<&str>) {
        let text = argument.unwrap_or_default();
        match verb {
            Verb::USER => self.user(text),
            Verb::PASS => self.pass(text),
            Verb::QUIT => {
                self.reply(ReplyCode::GOODBYE, "Goodbye.");
                self.leave();
            }
            Verb::SYST => self.reply(ReplyCode::SYSTEM_NAME, "UNIX Type: L8"),
            Verb::TYPE => self.representation(text),
            Verb::MODE => self.parameter("MODE", text, "S", &["B", "C"]),
            Verb::STRU => self.parameter("STRU", text, "F", &["R", "P"]),
            Verb::PWD => {
                let quoted = path::quote(self.session.directory.as_str());
                self.reply(ReplyCode::PATH, format!("{quoted} is the working directory."));
            }
            Verb::CWD => self.change_directory(text),
            Verb::CDUP => self.change_directory(".."),
            Verb::PASV => self.pasv(),
            Verb::EPSV => self.epsv(argument),
            Verb::PORT => self.port(text),
            Verb::EPRT => self.eprt(text),
            Verb::LIST => {
                let path = self.session.directory.join(without_options(text));
                self.begin_transfer(TransferKind::Listing, path);
            }
            Verb::RETR => self.begin_transfer(TransferKind::Download, self.session.directory.join(text)),
            Verb::STOR => self.begin_transfer(TransferKind::Upload, self.session.directory.join(text)),
            Verb::ABOR => {
                // No transfer is running, or this would not be ABOR's turn: it would have ended it before.
                self.close_data();
                self.reply(ReplyCode::TRANSFER_COMPLETE, "No transfer is running.");
            }
            Verb::STAT => self.status(argument),
            Verb::HELP => self.help(),
            Verb::FEAT => {
                let lines = ["Extensions supported:", " EPRT", " EPSV", "End"];
                self.say(Reply::with_lines(ReplyCode::SYSTEM_STATUS, lines));
            }
            _ => self.reply(ReplyCode::OKAY, "Fine."),
        }
    }

    fn user(&mut self, user: &str) {
        // Whoever was logged in is not any more, and nobody learns which names exist.
        let user = user.to_owned();
        self.session.login = Login::Named { user };
        self.reply(ReplyCode::NEED_PASSWORD, "And the password?");
    }

    fn pass(&mut self, password: &str) {
        let Login::Named { user } = &self.session.login else {
            return self.reply(ReplyCode::BAD_SEQUENCE, "Say USER first.");
        };
        let mut accounts = self.config.accounts.iter();
        if accounts.any(|account| account.user == *user && account.password.accepts(password)) {
            let login = Login::In { user: user.clone() };
            let fresh = Session::new(&self.config);
            self.session = Session { login, ..fresh };
            self.reply(ReplyCode::LOGGED_IN, "You are logged in.");
        } else {
            self.session.login = Login::Nobody;
            self.reply(ReplyCode::NOT_LOGGED_IN, "Wrong name or password.");
        }
    }

    fn representation(&mut self, argument: &str) {
        match Representation::parse(argument) {
            Ok(representation) => {
                self.session.representation = representation;
                self.reply(ReplyCode::OKAY, format!("Type is {representation}."));
            }
            Err(RepresentationError::Unsupported) => {
                self.reply(
                    ReplyCode::ARGUMENT_NOT_IMPLEMENTED,
                    "Only A, I and L 8 are implemented.",
                );
            }
            Err(error) => self.reply(ReplyCode::ARGUMENT_ERROR, error.to_string()),
        }
    }

    /// MODE and STRU: of what RFC 959 knows, one value is implemented.
    fn parameter(&mut self, name: &str, argument: &str, only: &str, others: &[&str]) {
        if argument.eq_ignore_ascii_case(only) {
            self.reply(ReplyCode::OKAY, format!("{name} is {only}."));
        } else if others.iter().any(|other| argument.eq_ignore_ascii_case(other)) {
            self.reply(
                ReplyCode::ARGUMENT_NOT_IMPLEMENTED,
                format!("Only {name} {only} is implemented."),
            );
        } else {
            self.reply(ReplyCode::ARGUMENT_ERROR, format!("{name} has no such value."));
        }
    }

    fn change_directory(&mut self, to: &str) {
        let path = self.session.directory.join(to);
        let request = StoreRequest::Stat { path: path.clone() };
        let op = self.out.store(request);
        self.task = Task::ChangingDirectory { op, path };
    }

    pub(super) fn directory_looked_up(&mut self, result: &Result<StoreAnswer, StoreError>) {
        let Task::ChangingDirectory { path, .. } = self.take_task() else {
            return;
        };
        match result {
            Ok(StoreAnswer::Entry(entry)) if entry.kind == EntryKind::Directory => {
                let quoted = path::quote(path.as_str());
                self.session.directory = path;
                // CDUP too: RFC 959 section 4.1.1 gives it the codes of CWD, although section 5.4 lists a 200.
                self.reply(
                    ReplyCode::FILE_ACTION_OKAY,
                    format!("{quoted} is the working directory now."),
                );
            }
            Ok(_) => self.reply(ReplyCode::FILE_UNAVAILABLE, "That is no directory."),
            Err(StoreError::Denied) => self.reply(ReplyCode::FILE_UNAVAILABLE, "You may not go there."),
            Err(_) => self.reply(ReplyCode::FILE_UNAVAILABLE, "There is no such directory."),
        }
    }

    /// STAT without an argument, idle or in the middle of a transfer.
    fn status(&mut self, argument: Option<&str>) {
        if argument.is_some() {
            return self.reply(
                ReplyCode::NOT_IMPLEMENTED,
                "STAT of a path is not implemented; use LIST.",
            );
        }
        let user = match &self.session.login {
            Login::In { user } => format!(" Logged in as {user}"),
            Login::Nobody | Login::Named { .. } => " Nobody is logged in".to_owned(),
        };
        let transfer = match &self.task {
            Task::Transferring(Transfer { path, .. }) => format!(" Transferring {path}"),
            _ => " No transfer is running".to_owned(),
        };
        let lines = [
            "Status of this session:".to_owned(),
            format!(" Connected from {}", self.peer),
            user,
            format!(" TYPE {}, STRU F, MODE S", self.session.representation),
            transfer,
            "End".to_owned(),
        ];
        self.say(Reply::with_lines(ReplyCode::SYSTEM_STATUS, lines));
    }

    fn help(&mut self) {
        let verbs: Vec<&str> = FORMS.iter().map(|(verb, _)| verb.as_str()).collect();
        let mut lines = vec!["These commands are implemented:".to_owned()];
        lines.extend(verbs.chunks(8).map(|row| format!(" {}", row.join(" "))));
        lines.push("End".to_owned());
        self.say(Reply::with_lines(ReplyCode::HELP, lines));
    }
}

/// The path in LIST's argument: clients send `ls`'s options before it, though no RFC knows any.
fn without_options(argument: &str) -> &str {
    let mut rest = argument;
    while rest.starts_with('-') {
        rest = rest
            .split_once(' ')
            .map_or("", |(_, rest)| rest.trim_start_matches(' '));
    }
    rest
}
