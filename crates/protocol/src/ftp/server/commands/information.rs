//! What the server tells of itself: FEAT (RFC 2389), HELP, SITE HELP, STAT (RFC 959 section 4.1.3).

use portolan_wire::ftp::{Feature, Features, Reply, ReplyCode, Verb};

use super::Wants;
use crate::ftp::server::config::{Security, Terms};
use crate::ftp::server::session::Login;
use crate::ftp::server::{Server, Task};

impl Server {
    pub(super) fn features(&mut self) {
        let facts = self.session.facts.to_feature();
        // What is refused to everybody is no feature (RFC 4217 section 6 has the form).
        let (auth, ccc) = match self.config.security {
            Security::Offered(Terms { may_clear, .. }) => (true, may_clear),
            _ => (false, false),
        };
        let told = [
            (auth, "AUTH", Some("TLS")),
            (ccc, "CCC", None),
            (auth, "PBSZ", None),
            (auth, "PROT", None),
        ];
        let security = told.into_iter().filter(|(is_told, ..)| *is_told);
        let features: Features = [
            ("CLNT", None),
            ("EPRT", None),
            ("EPSV", None),
            ("MDTM", None),
            ("MLST", Some(facts.as_str())),
            ("REST", Some("STREAM")),
            ("SIZE", None),
            ("TVFS", None),
            ("UTF8", None),
        ]
        .into_iter()
        .chain(security.map(|(_, name, parameters)| (name, parameters)))
        .map(|(name, parameters)| Feature::new(name, parameters))
        .collect();
        self.say(features.to_reply());
    }

    /// STAT without an argument, idle or in the middle of a transfer; or of a path.
    pub(super) fn status(&mut self, argument: Option<&str>) {
        if let Some(argument) = argument {
            return self.status_of(argument);
        }
        let user = match &self.session.login {
            Login::In { user } => format!(" Logged in as {user}"),
            Login::Nobody | Login::Named { .. } | Login::Unaccounted { .. } => " Nobody is logged in".to_owned(),
        };
        let transfer = match &self.task {
            Task::Transferring(transfer) => {
                format!(" Transferring {}, {} bytes so far", transfer.path, transfer.moved())
            }
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

    pub(super) fn help(&mut self, argument: Option<&str>) {
        let Some(argument) = argument else {
            return self.help_on_all();
        };
        let verb = Verb::new(argument);
        match verb.map(|verb| (verb, self.form_of(verb.adopted()))) {
            Some((verb, Some(form))) => {
                let form = match form.argument {
                    Wants::None => "without an argument",
                    Wants::Maybe => "with an argument or without",
                    Wants::Some => "with an argument",
                };
                self.reply(ReplyCode::HELP, format!("{verb}, {form}."));
            }
            Some((verb, None)) if Verb::ALL.contains(&verb) => {
                self.reply(ReplyCode::NOT_IMPLEMENTED, format!("{verb} is not implemented."));
            }
            _ => self.reply(ReplyCode::ARGUMENT_ERROR, "There is no such command."),
        }
    }

    pub(super) fn site(&mut self, argument: &str) {
        if argument.eq_ignore_ascii_case("HELP") {
            let lines = ["These commands are SITE's:", " HELP", "End"];
            return self.say(Reply::with_lines(ReplyCode::HELP, lines));
        }
        // RFC 959's list for SITE has no 502 or 504.
        self.reply(ReplyCode::ARGUMENT_ERROR, "SITE has HELP and nothing else.");
    }

    fn help_on_all(&mut self) {
        let mut verbs: Vec<&str> = self.forms().map(|(verb, _)| verb.as_str()).collect();
        verbs.sort_unstable();
        let mut lines = vec!["These commands are implemented:".to_owned()];
        lines.extend(verbs.chunks(8).map(|row| format!(" {}", row.join(" "))));
        lines.push("End".to_owned());
        self.say(Reply::with_lines(ReplyCode::HELP, lines));
    }
}
