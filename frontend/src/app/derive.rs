//! What is drawn: worked out from the state once, whenever it has changed, and shared with the components.

use std::rc::Rc;

use portolan_link::{Line, Rung, Shape, Sheet, Stage};
use portolan_session::event::Conn;
use portolan_session::lesson::Verdict;
use portolan_session::view::{Berth, HostCard, QuestionView};
use portolan_wire::report::Purpose;

use crate::chart::Flow;
use crate::first;
use crate::shared::Shared;
use crate::state::{Engine, Given, State, Told};
use crate::words;

/// What the components are given.
#[derive(Default)]
pub struct Drawn {
    /// The caption's heading.
    pub title: String,
    /// The caption's sentence.
    pub sentence: String,
    /// What is announced: a sentence a step.
    pub spoken: String,
    /// The question that is asked now.
    pub question: Option<QuestionView>,
    /// What was given to this moment's question, and the truth.
    pub verdict: Option<(Given, Verdict)>,
    /// The picture.
    pub stage: Option<Shared<Stage>>,
    /// The rows of all views.
    pub sheet: Option<Shared<Sheet>>,
    /// The hosts.
    pub hosts: Rc<Vec<HostCard>>,
    /// What the connections are for, by number.
    pub purposes: Rc<Vec<Purpose>>,
    /// Each connection's first moment.
    pub first_moments: Rc<Vec<(Conn, u64)>>,
    /// What moves.
    pub flow: Option<Flow>,
    /// The moment's connection.
    pub pick: Option<Conn>,
    /// The connection the pointer is over.
    pub hint: Option<Conn>,
    /// What came of the calls so far, where ports are called one by one.
    pub calls: Rc<Vec<Line>>,
}

impl Drawn {
    /// Follows the state.
    pub fn follow(&mut self, state: &State) {
        self.share(state);
        if self.stage.is_none() && state.is_calling() {
            self.stage = Some(Shared::new(first::stage()));
        }
        self.say(state);
        let row = |moment: u64| {
            let rows = self
                .sheet
                .as_ref()
                .map(|sheet| sheet.transcript.as_slice())
                .unwrap_or_default();
            rows.iter().rfind(|row| row.seq == moment)
        };
        let here = state.milestone().and_then(|milestone| row(milestone.seq));
        self.pick = here.and_then(|row| row.conn);
        self.hint = state.look.hint.and_then(|moment| row(moment)?.conn);
        let stage = self.stage.as_ref().filter(|stage| stage.seq == state.moment);
        let rungs = self
            .sheet
            .as_ref()
            .map(|sheet| sheet.ladder.rows.as_slice())
            .unwrap_or_default();
        let sent = rungs.iter().find(|rung| rung.seq == state.moment);
        self.flow = sent.zip(stage).and_then(|(rung, stage)| flow(rung, stage));
        let lines = self.stage.as_ref().filter(|_| state.is_calling());
        let lines = lines.map(|stage| stage.lines.as_slice()).unwrap_or_default();
        if *self.calls != lines {
            self.calls = Rc::new(lines.to_vec());
        }
    }

    /// Takes over what changed; what did not stays the same allocation, so that components see that it did not.
    fn share(&mut self, state: &State) {
        let told = state.told.as_ref();
        let question = told.and_then(|told| question(told, state.open_question()));
        let stage = told.and_then(|told| told.stage.as_ref());
        self.stage = stage.map(|stage| without_answer(stage, question));
        self.sheet = told.and_then(|told| told.sheet.clone());
        let Some(told) = told else { return };
        if *self.hosts != told.overview.hosts {
            self.hosts = Rc::new(told.overview.hosts.clone());
        }
        let rows = told
            .sheet
            .as_ref()
            .map(|sheet| sheet.transcript.as_slice())
            .unwrap_or_default();
        let mut moments: Vec<(Conn, u64)> = Vec::new();
        for row in rows {
            if let Some(conn) = row.conn.filter(|conn| moments.iter().all(|(known, _)| known != conn)) {
                moments.push((conn, row.seq));
            }
        }
        if *self.first_moments != moments {
            self.first_moments = Rc::new(moments);
        }
        let lines = told
            .sheet
            .as_ref()
            .map(|sheet| sheet.purposes.clone())
            .unwrap_or_default();
        if *self.purposes != lines {
            self.purposes = Rc::new(lines);
        }
    }

    fn say(&mut self, state: &State) {
        let told = state.told.as_ref();
        self.question = told.and_then(|told| question(told, state.asked()).cloned());
        self.verdict = told
            .zip(state.just_answered())
            .and_then(|(told, chapter)| Some((*state.answers.get(&chapter)?, told.verdicts.get(&chapter)?.clone())));
        self.title = title(state).unwrap_or_else(|| words::TITLE.to_owned());
        if let Some(panel) = &state.live {
            // What the user must know stands at the end of the log, where they are when it happens.
            let notice = panel.notice.clone().filter(|_| !state.can_go_on());
            self.title.clone_from(&panel.title);
            self.sentence = (state.complaint.clone().or(notice))
                .or_else(|| state.sentence().map(str::to_owned))
                .unwrap_or_else(|| panel.sentence.clone());
            self.spoken.clone_from(&self.sentence);
            return;
        }
        self.sentence = match (&state.complaint, state.sentence()) {
            (Some(why), _) if !state.is_calling() => format!("{} {why}", words::REFUSED),
            (_, Some(sentence)) => sentence.to_owned(),
            (_, None) if state.is_calling() => words::OPENING.to_owned(),
            (_, None) => told.map(|told| told.overview.goal.clone()).unwrap_or_default(),
        };
        self.spoken = match &self.question {
            Some(question) => format!("{} {}", self.sentence, question.ask),
            None if state.is_first_screen() => String::new(),
            None => self.sentence.clone(),
        };
    }
}

/// What a chapter asks.
fn question(told: &Told, chapter: Option<u16>) -> Option<&QuestionView> {
    told.overview.chapters.get(usize::from(chapter?))?.question.as_ref()
}

/// The picture while a question is open: a program may listen already on the very port that is asked for. Its berth
/// stays hidden until the answer is given, or the port is called.
fn without_answer(stage: &Shared<Stage>, question: Option<&QuestionView>) -> Shared<Stage> {
    let Some(question) = question else {
        return stage.clone();
    };
    let named = |port: u16| question.answers.iter().any(|answer| names(answer, port));
    let hidden = |berth: &Berth| {
        berth.listening && berth.purpose == Purpose::Data && berth.connected == 0 && !berth.used && named(berth.port)
    };
    let mut hosts = stage.hosts.clone();
    for host in &mut hosts {
        host.berths.retain(|berth| !hidden(berth));
    }
    Shared::new(Stage {
        hosts,
        lines: stage.lines.clone(),
        seq: stage.seq,
    })
}

/// Whether a text has this number in it, as a number of its own.
fn names(text: &str, port: u16) -> bool {
    text.split(|letter: char| !letter.is_ascii_digit())
        .any(|number| number.parse() == Ok(port))
}

/// The chapter's title; without chapters, the session's.
fn title(state: &State) -> Option<String> {
    if state.is_first_screen() {
        return None;
    }
    let told = state.told.as_ref()?;
    let here = state.here()?;
    let chapter = state
        .milestones()
        .get(..=here)?
        .iter()
        .rev()
        .find_map(|milestone| milestone.chapter);
    let chapter = chapter.and_then(|number| told.overview.chapters.get(usize::from(number)));
    let title = chapter.map_or(&told.overview.title, |chapter| &chapter.title);
    Some(match state.engine {
        Engine::Recorded => format!("{title}. {}", words::RECORDED),
        _ => title.clone(),
    })
}

/// What moves at a moment: what the ladder shows there.
fn flow(row: &Rung, stage: &Stage) -> Option<Flow> {
    let conn = row.conn?;
    let line = stage.lines.iter().find(|line| line.conn == conn)?;
    let by_caller = line.caller.host == Some(row.from);
    // A refusal is the answer to a call: what is to be seen is the RST on its way back.
    let back = row.shape == Shape::Refused;
    Some(Flow {
        seq: stage.seq,
        conn,
        from_caller: by_caller != back,
        label: row.label.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_text_is_not_found_inside_a_longer_one() {
        assert!(names("60523, which is 236 x 256 + 107", 60_523));
        assert!(names("From 20.", 20));
        for text in ["6052", "160523", "none", ""] {
            assert!(!names(text, 60_523), "{text}");
        }
    }

    #[test]
    fn a_port_that_is_asked_for_is_hidden_until_it_is_called() {
        let mut stage = first::stage();
        let server = stage.hosts.last_mut().expect("a server");
        let mut berth = server.berths[0].clone();
        (berth.port, berth.purpose) = (60_523, Purpose::Data);
        server.berths.push(berth.clone());
        let question = QuestionView {
            ask: "Which port?".into(),
            answers: vec!["343".into(), "60523, which is 236 x 256 + 107".into(), "21".into()],
        };
        let ports = |stage: &Stage, question: Option<&QuestionView>| -> Vec<u16> {
            let seen = without_answer(&Shared::new(stage.clone()), question);
            seen.hosts
                .iter()
                .flat_map(|host| &host.berths)
                .map(|berth| berth.port)
                .collect()
        };
        assert_eq!(ports(&stage, Some(&question)), [21, 22]);
        assert_eq!(ports(&stage, None), [21, 22, 60_523]);
        let other = QuestionView {
            answers: vec!["20".into()],
            ..question.clone()
        };
        assert_eq!(ports(&stage, Some(&other)), [21, 22, 60_523]);
        let server = stage.hosts.last_mut().expect("a server");
        server.berths.last_mut().expect("a berth").used = true;
        assert_eq!(ports(&stage, Some(&question)), [21, 22, 60_523]);
    }
}
