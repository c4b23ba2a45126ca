//! The commands (RFC 959 sections 4.1 and 5.3), and the codes they are answered with (section 5.4).
//!
//! What is wrong with a command is said in the order of RFC 959's lists: 500 for no known verb, 502 for a verb that this
//! server lacks, 501 for its argument, 530 before the login, 503 out of order, 504 for what is not implemented. What the
//! store refuses has its codes in [`super::refusals`]. RFC 1123 section 4.1.2.11 lets a server use a code that is not
//! in a command's list where it says better what is meant; each such place says so.
//!
//! * `access`: USER, PASS, ACCT, REIN, QUIT.
//! * `security`: AUTH, PBSZ, PROT, CCC, where the server knows them.
//! * `parameters`: TYPE, MODE, STRU, OPTS, REST, ALLO, CLNT.
//! * `transfers`: LIST, NLST, MLSD, RETR, STOR, APPE, STOU, ABOR.
//! * `files`: directories, deleting, renaming, sizes, times and facts: one or two questions to the store.
//! * `information`: FEAT, HELP, SITE, STAT, SYST.
//!
//! PORT, PASV, EPRT and EPSV stand in [`super::addresses`].

mod access;
mod files;
mod information;
mod parameters;
mod security;
mod transfers;

use core::mem;

use portolan_wire::ftp::{Command, CommandError, ReplyCode, Verb};
use portolan_wire::report::{LooksLike, Note, Report};

use super::Server;
use super::config::Security;
use super::inbox::Said;
use super::session::Pending;

pub(super) use files::Asked;

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
    // Like PASS: an empty one is no argument at all.
    (Verb::ACCT, form(Wants::Maybe, false)),
    (Verb::ALLO, form(Wants::Some, true)),
    (Verb::APPE, form(Wants::Some, true)),
    (Verb::CDUP, form(Wants::None, true)),
    (Verb::CLNT, form(Wants::Some, false)),
    (Verb::CWD, form(Wants::Some, true)),
    (Verb::DELE, form(Wants::Some, true)),
    (Verb::EPRT, form(Wants::Some, true)),
    (Verb::EPSV, form(Wants::Maybe, true)),
    (Verb::FEAT, form(Wants::None, false)),
    (Verb::HELP, form(Wants::Maybe, false)),
    (Verb::LIST, form(Wants::Maybe, true)),
    (Verb::MDTM, form(Wants::Some, true)),
    (Verb::MKD, form(Wants::Some, true)),
    (Verb::MLSD, form(Wants::Maybe, true)),
    (Verb::MLST, form(Wants::Maybe, true)),
    (Verb::MODE, form(Wants::Some, true)),
    (Verb::NLST, form(Wants::Maybe, true)),
    (Verb::NOOP, form(Wants::None, false)),
    (Verb::OPTS, form(Wants::Some, false)),
    // An empty password is one; on the wire it is no argument at all.
    (Verb::PASS, form(Wants::Maybe, false)),
    (Verb::PASV, form(Wants::None, true)),
    (Verb::PORT, form(Wants::Some, true)),
    (Verb::PWD, form(Wants::None, true)),
    (Verb::QUIT, form(Wants::None, false)),
    (Verb::REIN, form(Wants::None, false)),
    (Verb::REST, form(Wants::Some, true)),
    (Verb::RETR, form(Wants::Some, true)),
    (Verb::RMD, form(Wants::Some, true)),
    (Verb::RNFR, form(Wants::Some, true)),
    (Verb::RNTO, form(Wants::Some, true)),
    (Verb::SITE, form(Wants::Some, false)),
    (Verb::SIZE, form(Wants::Some, true)),
    (Verb::STAT, form(Wants::Maybe, true)),
    (Verb::STOR, form(Wants::Some, true)),
    // RFC 959 gives it no argument; clients propose a name all the same.
    (Verb::STOU, form(Wants::Maybe, true)),
    (Verb::STRU, form(Wants::Some, true)),
    (Verb::SYST, form(Wants::None, false)),
    (Verb::TYPE, form(Wants::Some, true)),
    (Verb::USER, form(Wants::Some, false)),
];

/// The verbs that it has besides, where it knows of security at all.
const SECURITY_FORMS: &[(Verb, Form)] = &[
    (Verb::AUTH, form(Wants::Some, false)),
    (Verb::CCC, form(Wants::None, false)),
    (Verb::PBSZ, form(Wants::Some, false)),
    (Verb::PROT, form(Wants::Some, false)),
];

const fn form(argument: Wants, login: bool) -> Form {
    Form { argument, login }
}

impl Server {
    /// The verbs that this server has, and what each wants.
    fn forms(&self) -> impl Iterator<Item = &'static (Verb, Form)> {
        let more = match self.config.security {
            Security::Unknown => &[],
            _ => SECURITY_FORMS,
        };
        FORMS.iter().chain(more)
    }

    fn form_of(&self, verb: Verb) -> Option<Form> {
        self.forms().find(|(known, _)| *known == verb).map(|(_, form)| *form)
    }

    /// Carries out what the client said, or begins to.
    pub(super) fn carry_out(&mut self, said: Said) {
        let pending = mem::take(&mut self.session.pending);
        match said {
            Said::TooLong(error) => self.reply(ReplyCode::SYNTAX_ERROR, error.to_string()),
            Said::Nonsense(error) => {
                let code = match error {
                    CommandError::Argument { .. } => ReplyCode::ARGUMENT_ERROR,
                    _ => ReplyCode::SYNTAX_ERROR,
                };
                self.reply(code, "That is no command.");
            }
            Said::Other(looks_like) => self.hang_up_on(looks_like),
            Said::Command(command) => self.check_form(&command, pending),
        }
    }

    fn check_form(&mut self, command: &Command, pending: Pending) {
        let verb = command.verb.adopted();
        let Some(form) = self.form_of(verb) else {
            return self.unknown(command);
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
        self.dispatch(verb, command.argument_str(), pending);
    }

    fn dispatch(&mut self, verb: Verb, argument: Option<&str>, pending: Pending) {
        let text = argument.unwrap_or_default();
        match verb {
            Verb::USER => self.user(text),
            Verb::PASS => self.pass(text),
            Verb::ACCT => self.acct(text),
            Verb::REIN => self.reinitialize(),
            Verb::QUIT => self.quit(),

            Verb::AUTH => self.auth(text),
            Verb::PBSZ => self.protection_size(text),
            Verb::PROT => self.protect(text),
            Verb::CCC => self.clear_control(),

            Verb::TYPE => self.representation(text),
            Verb::MODE => self.parameter("MODE", text, "S", &["B", "C"]),
            Verb::STRU => self.parameter("STRU", text, "F", &["R", "P"]),
            Verb::OPTS => self.options(text),
            Verb::REST => self.restart(text),
            Verb::ALLO => self.allocate(text),
            Verb::CLNT => self.reply(ReplyCode::OKAY, "Pleased to meet you."),

            Verb::PASV => self.pasv(),
            Verb::EPSV => self.epsv(argument),
            Verb::PORT => self.port(text),
            Verb::EPRT => self.eprt(text),

            Verb::LIST => self.list(text),
            Verb::NLST => self.names(text),
            Verb::MLSD => self.facts_of_all(text),
            Verb::RETR => self.retrieve(text, &pending),
            Verb::STOR => self.store(text, &pending),
            Verb::APPE => self.append(text, &pending),
            Verb::STOU => self.store_unique(argument, &pending),
            Verb::ABOR => self.abort(),

            Verb::PWD => self.print_directory(),
            Verb::CWD => self.change_directory(Verb::CWD, text),
            Verb::CDUP => self.change_directory(Verb::CDUP, ".."),
            Verb::MKD => self.make_directory(text),
            Verb::RMD => self.remove_directory(text),
            Verb::DELE => self.delete(text),
            Verb::RNFR => self.rename_from(text),
            Verb::RNTO => self.rename_to(text, pending),
            Verb::SIZE => self.size(text),
            Verb::MDTM => self.modification_time(text),
            Verb::MLST => self.facts_of_one(text),

            Verb::FEAT => self.features(),
            Verb::HELP => self.help(argument),
            Verb::SITE => self.site(text),
            Verb::STAT => self.status(argument),
            Verb::SYST => self.reply(ReplyCode::SYSTEM_NAME, "UNIX Type: L8"),
            // NOOP is all that is left of the table.
            _ => self.reply(ReplyCode::OKAY, "Fine."),
        }
    }

    fn unknown(&mut self, command: &Command) {
        let verb = command.verb;
        const HTTP: &[u8] = b" HTTP/";
        let argument = command.argument_str().unwrap_or_default().as_bytes();
        let is_http = argument.windows(HTTP.len()).any(|window| window == HTTP);
        if is_http && self.config.hang_up_on_other_protocols {
            return self.hang_up_on(LooksLike::Http);
        }
        match Verb::ALL.contains(&verb) {
            true => self.reply(ReplyCode::NOT_IMPLEMENTED, format!("{verb} is not implemented.")),
            false => self.reply(ReplyCode::SYNTAX_ERROR, format!("{verb} is not understood.")),
        }
    }

    /// The client speaks another protocol. Some show their user what came instead, so it says what to try.
    fn hang_up_on(&mut self, looks_like: LooksLike) {
        let note = Note::OtherProtocol { looks_like };
        self.out.report(self.conn, Report::Note { note });
        let text = match looks_like {
            LooksLike::Http => "This port speaks FTP, not HTTP; goodbye.",
            LooksLike::Ssh => "This port speaks FTP, not SSH; SFTP's port is usually 22. Goodbye.",
            LooksLike::Tls => "This port does not begin with TLS; implicit FTPS's port is usually 990. Goodbye.",
            LooksLike::Mail => "This port speaks FTP, no mail protocol; goodbye.",
        };
        self.reply(ReplyCode::SERVICE_NOT_AVAILABLE, text);
        self.leave();
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

/// Every verb that this server has.
#[cfg(test)]
pub(super) fn verbs() -> impl Iterator<Item = Verb> {
    FORMS.iter().map(|(verb, _)| *verb)
}
