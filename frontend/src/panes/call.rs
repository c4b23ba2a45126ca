//! The call box and the six steps.

use std::rc::Rc;

use portolan_link::Line;
use portolan_session::view::LineState;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::state::{Aim, Msg, Place};
use crate::words;

/// Ports that are worth a call: listening, refused, silent, another program's.
pub const TRIES: [u16; 4] = [21, 80, 23, 22];

/// What the call box shows.
#[derive(Properties, PartialEq)]
pub struct CallProps {
    /// What was wrong with what was typed.
    pub complaint: Option<String>,
    /// Why nothing happens yet.
    pub waiting: Option<String>,
    /// The port that was called last.
    pub last: Option<u16>,
    /// What came of the calls so far.
    pub lines: Rc<Vec<Line>>,
    /// What the user does.
    pub on: Callback<Msg>,
}

/// The call box, and the six steps under it.
#[component]
pub fn CallPane(props: &CallProps) -> Html {
    // What is typed belongs to the box alone, until it is called.
    let typed = use_state(|| props.last.unwrap_or(TRIES[0]).to_string());
    let input = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| typed.set(event.target_unchecked_into::<HtmlInputElement>().value()))
    };
    let submit = {
        let typed = typed.clone();
        props.on.reform(move |event: SubmitEvent| {
            event.prevent_default();
            Msg::Call((*typed).clone())
        })
    };
    let set = typed.setter();
    let tries = TRIES.into_iter().map(move |port| {
        let set = set.clone();
        let click = props.on.reform(move |_: MouseEvent| {
            set.set(port.to_string());
            Msg::Call(port.to_string())
        });
        html! { <button class="button small mono" type="button" onclick={click} aria-label={format!("{} {port}", words::CALL)}>{ port }</button> }
    });
    let wrong = props.complaint.is_some();
    let message = props
        .complaint
        .clone()
        .or_else(|| props.waiting.clone())
        .unwrap_or_else(|| words::HOW_TO_CALL.to_owned());
    html! {
        <>
            <form class="call-form" id="call" novalidate=true onsubmit={submit}>
                <label for="port">{ words::CALL_PORT }</label>
                <input class="field port-field" id="port" name="port" inputmode="numeric" autocomplete="off"
                    maxlength="7" aria-invalid={wrong.to_string()} aria-describedby="call-message" value={(*typed).clone()} oninput={input} />
                <button class="button main" type="submit">{ words::CALL }</button>
                <span class="tries"><span class="label">{ words::TRY }</span>{ for tries }</span>
            </form>
            <p class={classes!("call-message", wrong.then_some("wrong"))} id="call-message" role="status">{ message }</p>
            if !props.lines.is_empty() {
                <ul class="outcomes" aria-label={words::OUTCOMES}>{ for props.lines.iter().map(outcome) }</ul>
            }
            <p>
                <button class="link" type="button" onclick={props.on.reform(|_: MouseEvent| skip())}>{ words::SKIP }</button>
            </p>
        </>
    }
}

fn outcome(line: &Line) -> Html {
    let failed = matches!(
        line.state,
        LineState::Refused | LineState::Silent | LineState::Unreachable
    );
    html! {
        <li class={classes!("outcome", failed.then_some("fail"))}>
            <span class="mono">{ line.called.address.port() }</span>{ " " }{ words::outcome(line) }
        </li>
    }
}

/// To the file transfer.
pub fn skip() -> Msg {
    Msg::Go(Place::Scenario("first-file".to_owned()), Aim::Start)
}

/// The six steps.
pub struct StepsPane {
    /// The step the page stands at, from 0.
    pub step: Option<usize>,
    /// What the user does.
    pub on: Callback<Msg>,
}

impl StepsPane {
    /// Draws it.
    pub fn html(&self) -> Html {
        let steps = words::STEP_TITLES.iter().enumerate().map(|(number, title)| {
            let click = self.on.reform(move |_: MouseEvent| go(number));
            let current = (self.step == Some(number)).then_some("step");
            html! {
                <li>
                    <button class="step" type="button" aria-current={current} onclick={click}>
                        <span class="nth">{ number + 1 }</span><span>{ *title }</span>
                    </button>
                </li>
            }
        });
        html! {
            <>
                <h2 class="pane-name steps-name">{ words::STEPS }</h2>
                <ol class="steps" aria-label={words::STEPS}>{ for steps }</ol>
            </>
        }
    }
}

/// Where a step leads.
pub fn go(step: usize) -> Msg {
    let scenario = |name: &str| Place::Scenario(name.to_owned());
    match step {
        0 => Msg::Go(Place::Calls, Aim::Start),
        1 => Msg::Call("21".to_owned()),
        2 => Msg::Go(scenario("first-file"), Aim::Start),
        3 => Msg::Go(scenario("first-file"), Aim::Reply(227)),
        4 => Msg::Go(scenario("ftp-active"), Aim::Start),
        _ => Msg::Go(Place::Blocking(true), Aim::Start),
    }
}
