//! The timeline: Back, Play, Next, and a track of milestones.

use portolan_link::Sheet;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::clock;
use crate::geometry::put;
use crate::shapes::{circle, line, path};
use crate::shared::Shared;
use crate::state::Msg;
use crate::words;

/// More milestones than that get no ticks: they would be a bar.
const MOST_TICKS: usize = 160;

/// What the timeline shows.
pub struct TimelinePane {
    /// The milestones.
    pub sheet: Option<Shared<Sheet>>,
    /// The milestone the page stands at.
    pub here: Option<usize>,
    /// Whether the story runs.
    pub playing: bool,
    /// Whether a question has to be answered first.
    pub asks: bool,
    /// What the user does.
    pub on: Callback<Msg>,
}

impl TimelinePane {
    /// Draws it.
    pub fn html(&self) -> Html {
        let milestones = self
            .sheet
            .as_ref()
            .map(|sheet| sheet.milestones.as_slice())
            .unwrap_or_default();
        let here = self.here.unwrap_or(0);
        let last = milestones.len().saturating_sub(1);
        let at_end = milestones.is_empty() || here >= last;
        let at_start = milestones.is_empty() || here == 0;
        let playing = self.playing;
        let click = |msg: Msg| self.on.reform(move |_: MouseEvent| msg.clone());
        let seek = {
            let seqs: Vec<u64> = milestones.iter().map(|milestone| milestone.seq).collect();
            self.on.reform(move |event: InputEvent| {
                let value = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a whole number of the slider's"
                )]
                let number = value.max(0.0) as usize;
                Msg::Seek(seqs.get(number).copied().unwrap_or(0))
            })
        };
        let current = milestones.get(here);
        let spoken = current.map(|milestone| milestone.sentence.clone());
        let clock = current.map(|milestone| format!("{} s", clock(milestone.at)));
        html! {
            <section class="timeline" aria-label={words::TIMELINE}>
                <div class="keys">
                    <button class="button" type="button" disabled={at_start} onclick={click(Msg::Back)}>
                        { glyph("M20 6 10 16l10 10") }{ words::BACK }
                    </button>
                    <button class="button" type="button" disabled={self.asks || milestones.is_empty()} onclick={click(Msg::Play(!playing))}>
                        { glyph(if playing { "M11 7v18M21 7v18" } else { "M10 6v20l16-10z" }) }
                        { if playing { words::PAUSE } else { words::PLAY } }
                    </button>
                    <button class="button main" type="button" disabled={at_end} onclick={click(Msg::Next)}>
                        { words::NEXT }{ glyph("M12 6l10 10-10 10") }
                    </button>
                </div>
                <div class={classes!("track", self.asks.then_some("more"))}>
                    <input type="range" min="0" max={last.to_string()} step="1" value={here.to_string()} oninput={seek}
                        aria-label={words::TIMELINE} aria-valuetext={spoken} disabled={milestones.is_empty()} />
                    { track(self, here, last) }
                </div>
                <span class="clock">{ clock }{ self.asks.then(|| html! { <><br />{ words::ASKED }</> }) }</span>
            </section>
        }
    }
}

fn track(pane: &TimelinePane, here: usize, last: usize) -> Html {
    let Some(sheet) = &pane.sheet else {
        return Html::default();
    };
    // The slider's thumb is 24 pixels wide; its middle runs from 12 to the width less 12.
    let share = |number: usize| {
        #[expect(clippy::cast_precision_loss, reason = "some hundred milestones")]
        let share = if last == 0 { 0.0 } else { number as f64 / last as f64 };
        share * 100.0
    };
    let x = |number: usize| put("{}%", &[share(number)]);
    let marks = sheet.milestones.iter().enumerate().map(|(number, milestone)| {
        if milestone.stop {
            over(x(number), path("stop", "M0 15l7 7-7 7-7-7z".into()))
        } else if sheet.milestones.len() > MOST_TICKS {
            Html::default()
        } else if milestone.chapter.is_some() {
            line("tick", [x(number), "14".into()], [x(number), "30".into()])
        } else {
            line("tick", [x(number), "18".into()], [x(number), "26".into()])
        }
    });
    html! {
        <svg class="marks" aria-hidden="true">
            { line("course-line", ["0%".into(), "22".into()], ["100%".into(), "22".into()]) }
            { line("done", ["0%".into(), "22".into()], [x(here), "22".into()]) }
            { for marks }
            { over(x(here), circle("here", 0.0, 22.0, 7.0)) }
            if pane.asks {
                <svg x="100%" y="22" class="over"><path class="beyond" d="M6 0h80" /></svg>
            }
        </svg>
    }
}

/// A mark at a place of the track, which is told in percent.
fn over(x: AttrValue, mark: Html) -> Html {
    html! { <svg {x} class="over">{ mark }</svg> }
}

fn glyph(path: &'static str) -> Html {
    html! { <svg class="glyph" viewBox="0 0 32 32" aria-hidden="true"><path d={path} /></svg> }
}
