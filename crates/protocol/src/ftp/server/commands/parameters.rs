//! How transfers go: TYPE, MODE, STRU (RFC 959 section 4.1.2), OPTS (RFC 2389), REST (RFC 3659 section 5), ALLO.

use portolan_wire::ftp::{FactSelection, ReplyCode, Representation, RepresentationError, count};

use crate::ftp::server::Server;
use crate::ftp::server::session::Pending;

impl Server {
    pub(super) fn representation(&mut self, argument: &str) {
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
    pub(super) fn parameter(&mut self, name: &str, argument: &str, only: &str, others: &[&str]) {
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

    /// RFC 2389 section 4 answers with 200, 451 or 501.
    pub(super) fn options(&mut self, argument: &str) {
        let (command, option) = argument.split_once(' ').unwrap_or((argument, ""));
        match command.to_ascii_uppercase().as_str() {
            "MLST" => {
                self.session.facts = FactSelection::parse(option);
                let text = format!("MLST OPTS {}", self.session.facts);
                self.reply(ReplyCode::OKAY, text.trim_end());
            }
            "UTF8" if option.eq_ignore_ascii_case("ON") => self.reply(ReplyCode::OKAY, "Names are UTF-8."),
            // A server must take UTF-8 (RFC 2640 section 2.2), and there is nothing else that ours could take.
            "UTF8" if option.eq_ignore_ascii_case("OFF") => {
                self.reply(ReplyCode::ARGUMENT_ERROR, "Names are always UTF-8 here.");
            }
            "UTF8" => self.reply(ReplyCode::ARGUMENT_ERROR, "UTF8 is ON or OFF."),
            _ => self.reply(ReplyCode::ARGUMENT_ERROR, "Only MLST and UTF8 have options."),
        }
    }

    /// Whether the offset will do, the transfer that comes next finds out.
    pub(super) fn restart(&mut self, argument: &str) {
        match count::parse(argument) {
            Some(offset) => {
                self.session.pending = Pending::Restart { offset };
                self.reply(
                    ReplyCode::PENDING_FURTHER_INFORMATION,
                    format!("The next transfer begins at byte {offset}, if it comes at once."),
                );
            }
            None => self.reply(ReplyCode::ARGUMENT_ERROR, "REST wants a number of bytes."),
        }
    }

    /// `ALLO 1000` or `ALLO 1000 R 80`: files here grow as they are written.
    pub(super) fn allocate(&mut self, argument: &str) {
        let words: Vec<&str> = argument.split(' ').collect();
        let is_understood = match words[..] {
            [size] => count::parse(size).is_some(),
            [size, r, record] => {
                count::parse(size).is_some() && r.eq_ignore_ascii_case("R") && count::parse(record).is_some()
            }
            _ => false,
        };
        match is_understood {
            true => self.reply(ReplyCode::SUPERFLUOUS, "No room need be reserved here."),
            false => self.reply(ReplyCode::ARGUMENT_ERROR, "ALLO wants a number of bytes."),
        }
    }
}
