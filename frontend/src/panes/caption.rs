//! The caption: what happens now, in one sentence; or a question, or its answer.

use portolan_session::lesson::Verdict;
use portolan_session::view::QuestionView;
use yew::prelude::*;

use crate::state::{Given, Msg};
use crate::words;

/// What the caption shows.
pub struct CaptionPane {
    /// The heading: the page's title on the first screen, a chapter's elsewhere.
    pub title: String,
    /// Whether this is the first screen.
    pub first: bool,
    /// The sentence of the moment.
    pub sentence: String,
    /// The question that is asked now.
    pub question: Option<QuestionView>,
    /// What was given to the question of this moment, and the truth about it.
    pub verdict: Option<(Given, Verdict)>,
    /// Deeds that belong to this place.
    pub deeds: Html,
    /// What the user does.
    pub on: Callback<Msg>,
}

impl CaptionPane {
    /// Draws it.
    pub fn html(&self) -> Html {
        html! {
            <section class={classes!("caption", self.question.is_some().then_some("asks"))} id="caption" tabindex="-1" aria-label={words::NOW}>
                <div class="caption-words">
                    <h1 class={(!self.first).then_some("eyebrow")}>{ &self.title }</h1>
                    if self.verdict.is_none() {
                        <p class={classes!("sentence", self.question.is_some().then_some("before"))} data-testid="caption">{ &self.sentence }</p>
                    }
                    if let Some(question) = &self.question {
                        <p class="sentence ask" id="ask" data-testid="question">{ &question.ask }</p>
                    }
                    { self.verdict.as_ref().map(|(given, verdict)| told(*given, verdict)) }
                </div>
                { self.question.as_ref().map(|question| asked(question, &self.on)) }
                <div class="caption-deeds">{ self.deeds.clone() }</div>
            </section>
        }
    }
}

fn asked(question: &QuestionView, on: &Callback<Msg>) -> Html {
    let answers = question.answers.iter().enumerate().map(|(number, text)| {
        let click = on.reform(move |_: MouseEvent| Msg::Answer(number));
        html! { <button class="button answer" type="button" onclick={click}>{ text }</button> }
    });
    html! {
        <div class="question" role="group" aria-labelledby="ask">
            <div class="answers">
                { for answers }
                <button class="button plain" type="button" onclick={on.reform(|_: MouseEvent| Msg::Reveal)}>{ words::REVEAL }</button>
            </div>
        </div>
    }
}

fn told(given: Given, verdict: &Verdict) -> Html {
    let (glyph, word) = match given {
        Given::Chosen(choice) if verdict.right.get(choice).copied().unwrap_or(false) => {
            ("M4 10l4 5 8-11", words::RIGHT)
        }
        Given::Chosen(_) => ("M5 5l10 10m0-10l-10 10", words::WRONG),
        Given::Revealed => ("M4 10h12m-5-5l5 5-5 5", words::ANSWER),
    };
    html! {
        <p class="sentence" data-testid="verdict">
            <span class="verdict">
                <svg viewBox="0 0 20 20" class="glyph" aria-hidden="true"><path d={glyph} /></svg>
                { word }
            </span>
            { " " }{ &verdict.because }
        </p>
    }
}
