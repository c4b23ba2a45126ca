//! What is drawn: worked out from the state once, whenever it has changed, and shared with the components.

use std::rc::Rc;

use portolan_link::Sheet;
use portolan_session::event::{Conn, HostId, Role};
use portolan_session::lesson::Verdict;
use portolan_session::view::{Caption, HostCard, LineState, QuestionView, Row, Said, Speaker, Stage, Who};
use portolan_wire::report::Purpose;

use crate::chart::Flow;
use crate::first;
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
    pub stage: Option<Rc<Stage>>,
    /// The rows of all views.
    pub sheet: Option<Rc<Sheet>>,
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
    /// Whether a call has failed in the picture.
    pub called_in_vain: Option<Conn>,
}

impl Drawn {
    /// Follows the state.
    pub fn follow(&mut self, state: &State) {
        self.share(state.told.as_ref());
        if self.stage.is_none() && state.is_calling() {
            self.stage = Some(Rc::new(first::stage()));
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
        self.hint = state.hint.and_then(|moment| row(moment)?.conn);
        let stage = self.stage.as_deref().filter(|stage| stage.seq == state.moment);
        self.flow = here.zip(stage).and_then(|(row, stage)| flow(row, stage));
        self.called_in_vain = self.stage.as_ref().and_then(|stage| {
            let failed = |state| matches!(state, LineState::Refused | LineState::Silent | LineState::Unreachable);
            stage.lines.iter().find(|line| failed(line.state)).map(|line| line.conn)
        });
    }

    /// Takes over what changed; what did not stays the same allocation, so that components see that it did not.
    fn share(&mut self, told: Option<&Told>) {
        keep(&mut self.stage, told.and_then(|told| told.stage.as_ref()));
        keep(&mut self.sheet, told.and_then(|told| told.sheet.as_ref()));
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
        self.question = told
            .zip(state.asked())
            .and_then(|(told, chapter)| told.overview.chapters.get(usize::from(chapter))?.question.clone());
        self.verdict = told
            .zip(state.just_answered())
            .and_then(|(told, chapter)| Some((*state.answers.get(&chapter)?, told.verdicts.get(&chapter)?.clone())));
        self.title = title(state).unwrap_or_else(|| words::TITLE.to_owned());
        self.sentence = match (&state.complaint, state.sentence()) {
            (Some(why), _) if !state.is_calling() => format!("{} {why}", words::REFUSED),
            (_, Some(sentence)) => sentence,
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

fn keep<T: Clone + PartialEq>(kept: &mut Option<Rc<T>>, new: Option<&T>) {
    match (kept.as_deref(), new) {
        (Some(old), Some(new)) if old == new => {}
        (_, new) => *kept = new.map(|new| Rc::new(new.clone())),
    }
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

/// What moves at a row's moment: a command, a reply, bytes, a call.
fn flow(row: &Row, stage: &Stage) -> Option<Flow> {
    let conn = row.conn?;
    let line = stage.lines.iter().find(|line| line.conn == conn)?;
    let name = |host: Option<HostId>| {
        let view = stage.hosts.iter().find(|view| Some(view.id) == host);
        view.map(|view| view.role)
    };
    let caller_is = |role| name(line.caller.host) == Some(role);
    let (from_caller, label) = match (&row.said, row.from) {
        (Said::Command { verb, .. }, _) => (caller_is(Role::Client), verb.clone()),
        (Said::Reply { code, .. }, _) => (caller_is(Role::Server), code.to_string()),
        (Said::Greeting { .. }, Speaker::Server) => (caller_is(Role::Server), "hello".to_owned()),
        (Said::Calls(_), _) => (true, "SYN".to_owned()),
        (Said::Bulk { .. }, _) => (line.bytes_from_caller > 0, "data".to_owned()),
        (Said::NoMoreBytes { .. }, _) => {
            let Caption::NoMoreBytes { sender, .. } = &row.explains else {
                return None;
            };
            let by_client = *sender == Who::Client;
            (
                caller_is(if by_client { Role::Client } else { Role::Server }),
                "FIN".to_owned(),
            )
        }
        _ => return None,
    };
    if matches!(row.said, Said::Calls(_)) && line.state != LineState::Attempted {
        return None;
    }
    Some(Flow {
        seq: row.seq,
        conn,
        from_caller,
        label,
    })
}
