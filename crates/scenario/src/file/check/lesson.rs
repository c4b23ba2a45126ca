//! Checks of a lesson's form. Whether its answers are true is a matter of the log.

use portolan_session::lesson::{Chapter, Fact, Lesson, Question, When};

use super::super::fault::{At, Fault, Problem};
use super::super::{Layout, Scenario};
use super::{at_most, limits, problem, text, unknown_host};

/// Checks the lesson.
pub(super) fn check(lesson: &Lesson, scenario: &Scenario) -> Result<(), Problem> {
    let at = |key| vec![At::Key("lesson"), At::Key(key)];
    text(&lesson.goal, limits::SENTENCES, &at("goal"))?;
    at_most("chapters", lesson.chapters.len(), limits::CHAPTERS, &at("chapters"))?;
    for (nth, chapter) in lesson.chapters.iter().enumerate() {
        let here = [at("chapters"), vec![At::Index(nth)]].concat();
        check_chapter(chapter, scenario, &here)?;
    }
    Ok(())
}

fn check_chapter(chapter: &Chapter, scenario: &Scenario, at: &[At]) -> Result<(), Problem> {
    let here = |key| [at, &[At::Key(key)]].concat();
    text(&chapter.title, limits::TITLE, &here("title"))?;
    if let Some(say) = &chapter.say {
        caption(say, &here("say"))?;
    }
    if let When::Action(number) = chapter.at {
        let steps = scenario.plan.len();
        if usize::try_from(number).map_or(true, |number| number >= steps) {
            return problem(Fault::NoSuchAction { number, steps }, &here("at"));
        }
    }
    match &chapter.question {
        Some(question) => check_question(question, &scenario.world, &here("question")),
        None => Ok(()),
    }
}

fn check_question(question: &Question, world: &Layout, at: &[At]) -> Result<(), Problem> {
    let here = |key| [at, &[At::Key(key)]].concat();
    caption(&question.ask, &here("ask"))?;
    caption(&question.because, &here("because"))?;
    let count = question.answers.len();
    if !(2..=4).contains(&count) {
        return problem(Fault::Answers { count }, &here("answers"));
    }
    for (nth, answer) in question.answers.iter().enumerate() {
        let here = [here("answers"), vec![At::Index(nth)]].concat();
        caption(&answer.text, &here)?;
        if let Fact::DataCalledBy(name) = &answer.claims
            && !world.hosts.iter().any(|host| host.name == *name)
        {
            return problem(unknown_host(name, world), &here);
        }
        let same =
            |other: &&portolan_session::lesson::Answer| other.text == answer.text || other.claims == answer.claims;
        if question.answers.iter().take(nth).any(|other| same(&other)) {
            return problem(Fault::SameAnswers, &here);
        }
    }
    Ok(())
}

/// A sentence that stands alone on the caption's line.
fn caption(words: &str, at: &[At]) -> Result<(), Problem> {
    text(words, limits::SENTENCES, at)?;
    let count = words.split_whitespace().count();
    if count > limits::CAPTION_WORDS {
        let (most, unit) = (limits::CAPTION_WORDS, "words");
        return problem(Fault::TooLong { count, most, unit }, at);
    }
    Ok(())
}
