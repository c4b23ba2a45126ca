//! Limits that end a session with a 421: too many sessions, too many tries, too long without a command. Each names its
//! number and is reported. (The passive ports' limit ends none; it stands in [`super::addresses`].)

use portolan_wire::Duration;
use portolan_wire::ftp::ReplyCode;
use portolan_wire::report::{Limit, Note, Report};

use super::config::TurnAway;
use super::timers::Timer;
use super::{Server, Task};

impl Server {
    /// This is one session too many: the 421 stands where the greeting would.
    pub(super) fn turn_away(&mut self, why: TurnAway) {
        let (limit, text) = match why {
            TurnAway::Sessions(most) => (
                Limit::Sessions,
                format!("This server has {most} sessions at once at most; try again later."),
            ),
            TurnAway::SessionsOfAddress(most) => (
                Limit::SessionsOfAddress,
                format!("Your address may have {most} sessions at once at most; end one first."),
            ),
        };
        self.limit_reached(limit, text);
    }

    /// A login failed. One that works does not start the count anew: whoever may log in as `anonymous` could go on for
    /// ever. The answer comes late, and nothing but a timer waits for its moment.
    pub(super) fn failed_login(&mut self, text: &'static str) {
        self.failed_logins = self.failed_logins.saturating_add(1);
        let delay = self.config.login_delay.of(self.failed_logins);
        if delay == Duration::ZERO {
            return self.refuse_login(text);
        }
        self.task = Task::Refusing { text };
        self.timers.set(Timer::Refusal, self.now + delay);
    }

    /// The moment has come to say that a login failed.
    pub(super) fn refuse_late(&mut self) {
        if let Task::Refusing { text } = self.task {
            self.task = Task::Idle;
            self.refuse_login(text);
        }
    }

    fn refuse_login(&mut self, text: &str) {
        let most = self.config.tries.max(1);
        if self.failed_logins < most {
            return self.reply(ReplyCode::NOT_LOGGED_IN, text);
        }
        let text = format!("{text} That was failed login {most} of {most}; goodbye.");
        self.limit_reached(Limit::Tries, text);
    }

    /// Nothing happened for too long.
    pub(super) fn was_idle(&mut self) {
        self.drop_transfer();
        self.data.abort(&mut self.out);
        let span = spelled(self.config.patience.idle);
        self.limit_reached(Limit::Idle, format!("Nothing happened for {span}; goodbye."));
    }

    fn limit_reached(&mut self, limit: Limit, text: String) {
        let note = Note::LimitReached { limit };
        self.out.report(self.conn, Report::Note { note });
        self.reply(ReplyCode::SERVICE_NOT_AVAILABLE, text);
        self.leave();
    }
}

/// A span of time in words.
fn spelled(span: Duration) -> String {
    match (span.as_micros() / 1_000_000, span.as_micros() % 1_000_000) {
        (1, 0) => "1 second".to_owned(),
        (seconds, 0) => format!("{seconds} seconds"),
        _ => format!("{span} seconds"),
    }
}
