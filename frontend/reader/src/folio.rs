//! A log that comes in pieces, and answers questions all the while.

use portolan_link::{Answer, Question, Shape, Sheet};
use portolan_session::Log;
use portolan_session::event::{Event, Role, Source};
use portolan_session::jsonl::{Limits, ReadError, Reader};
use portolan_session::view::{self, Depth, Index, Overview};

/// A log that comes in pieces.
pub struct Folio {
    reader: Reader,
    index: Index,
}

impl Folio {
    /// Nothing has come yet.
    pub fn new() -> Self {
        Self {
            reader: Reader::new(Limits::default()),
            index: Index::new(),
        }
    }

    /// Takes the next bytes of its written form, cut anywhere.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        let fed = self.reader.feed(bytes);
        // What came before a line that cannot be read stands.
        if let Some(log) = self.reader.log() {
            self.index.catch_up(log);
        }
        fed
    }

    /// The log so far; nothing before its header.
    pub const fn log(&self) -> Option<&Log> {
        self.reader.log()
    }

    /// Its events.
    pub fn events(&self) -> &[Event] {
        self.log().map(Log::events).unwrap_or_default()
    }

    /// How many events have come.
    pub fn count(&self) -> u64 {
        self.events().len() as u64
    }

    /// Whether it tells of real sockets.
    pub fn is_live(&self) -> bool {
        self.log()
            .is_some_and(|log| matches!(log.header().source, Source::Live { .. }))
    }

    /// What is known before anything happens.
    pub fn overview(&self) -> Option<Overview> {
        let mut overview = view::overview(self.log()?.header());
        if self.is_live() {
            for host in &mut overview.hosts {
                by_role(&mut host.name, host.role);
            }
        }
        Some(overview)
    }

    /// Answers; nothing before the header.
    pub fn answer(&self, question: &Question) -> Option<Answer> {
        let mut answer = portolan_link::answer(self.log()?, &self.index, question);
        if self.is_live() {
            match &mut answer {
                Answer::Rows(sheet) => as_from_sockets(sheet),
                Answer::Stage(stage) => {
                    for host in &mut stage.hosts {
                        by_role(&mut host.name, host.role);
                    }
                }
                Answer::Verdict { .. } => {}
            }
        }
        Some(answer)
    }
}

/// Hosts of a live session are told apart by what they do: on loopback both have one address, and often one name.
fn by_role(name: &mut String, role: Role) {
    match role {
        Role::Client => "client".clone_into(name),
        Role::Server => "server".clone_into(name),
        Role::Router | Role::Other => {}
    }
}

/// Whoever sees sockets knows when one side sent or the other received, and never both. What was not measured is drawn
/// level; a slope would claim a latency.
fn as_from_sockets(sheet: &mut Sheet) {
    if sheet.lens.depth == Depth::Packets {
        return;
    }
    for row in &mut sheet.ladder.rows {
        if row.shape != Shape::Lost {
            row.arrived_at.get_or_insert(row.sent_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use portolan_wire::ordered::Set;

    use super::*;

    /// A header and one call that is refused, as a relay would write it.
    const LOG: &str = concat!(
        r#"{"format":"portolan-log","version":1,"source":{"source":"live","began":5},"title":"x","hosts":["#,
        r#"{"id":0,"name":"client","role":"client","addresses":["127.0.0.1"]},"#,
        r#"{"id":1,"name":"localhost","role":"server","addresses":["127.0.0.1"]}]}"#,
        "\n",
        r#"{"seq":0,"at":10,"host":0,"conn":0,"kind":"attempted","from":"127.0.0.1:50123","to":"127.0.0.1:21","purpose":"control"}"#,
        "\n",
        r#"{"seq":1,"at":30,"host":0,"conn":0,"kind":"established","local":"127.0.0.1:50123","peer":"127.0.0.1:21","caller":true,"purpose":"control"}"#,
        "\n",
        r#"{"seq":2,"at":40,"host":0,"conn":0,"kind":"endpoint","report":"command","sent":true,"verb":"NOOP","argument":null}"#,
        "\n",
    );

    fn rows() -> Question {
        Question::Rows {
            lens: Depth::Story.into(),
            answered: Set::new(),
            around: 0,
        }
    }

    #[test]
    fn a_log_answers_alike_however_it_was_cut() {
        let mut whole = Folio::new();
        whole.feed(LOG.as_bytes()).unwrap();
        let answer = whole.answer(&rows()).unwrap();
        for cut in 1..LOG.len() {
            let mut folio = Folio::new();
            folio.feed(&LOG.as_bytes()[..cut]).unwrap();
            // Asking in the middle changes nothing.
            let _half = folio.answer(&rows());
            folio.feed(&LOG.as_bytes()[cut..]).unwrap();
            assert_eq!(folio.answer(&rows()), Some(answer.clone()), "cut at {cut}");
        }
        assert_eq!(whole.count(), 3);
    }

    #[test]
    fn what_was_not_measured_is_level_and_hosts_go_by_their_part() {
        let mut folio = Folio::new();
        folio.feed(LOG.as_bytes()).unwrap();
        let Some(Answer::Rows(sheet)) = folio.answer(&rows()) else {
            panic!("rows");
        };
        let said = sheet.ladder.rows.last().unwrap();
        assert_eq!(said.arrived_at, Some(said.sent_at));
        let names: Vec<_> = folio
            .overview()
            .unwrap()
            .hosts
            .into_iter()
            .map(|host| host.name)
            .collect();
        assert_eq!(names, ["client", "server"]);
    }

    #[test]
    fn what_came_before_a_bad_line_stands() {
        let mut folio = Folio::new();
        let error = folio.feed(format!("{LOG}nonsense\n").as_bytes()).unwrap_err();
        assert_eq!(error.line, 5);
        assert_eq!(folio.count(), 3);
        assert!(folio.answer(&rows()).is_some());
    }
}
