//! The conversation: commands and replies, and what happened on the network between them.

use std::rc::Rc;

use portolan_link::{Row, Said, Sheet};
use portolan_session::view::Speaker;
use portolan_wire::report::Purpose;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::clock;
use crate::shared::Shared;
use crate::shell;
use crate::state::Msg;
use crate::words;

/// What the conversation shows.
#[derive(Properties, PartialEq)]
pub struct TranscriptProps {
    /// The rows.
    pub sheet: Shared<Sheet>,
    /// What the connections are for, by number.
    pub purposes: Rc<Vec<Purpose>>,
    /// The moment.
    pub moment: u64,
    /// What the pointer is over.
    pub hint: Option<u64>,
    /// Whether another pane has the room.
    pub away: bool,
    /// What the user does.
    pub on: Callback<Msg>,
}

/// The conversation.
#[component]
pub fn TranscriptPane(props: &TranscriptProps) -> Html {
    let body = use_node_ref();
    let size = use_state_eq(|| (0.0, 0.0));
    {
        let (body, size) = (body.clone(), size.clone());
        use_effect_with((), move |()| shell::watch_size(&body, size.setter()));
    }
    {
        let body = body.clone();
        // Also where a question, which has just come, takes some of the room.
        use_effect_with(
            (props.moment, props.away, *size, props.sheet.transcript.len()),
            move |_| {
                if let Some(body) = body.cast::<HtmlElement>() {
                    shell::scroll_into_view(&body, ".pick");
                }
            },
        );
    }
    let rows = &props.sheet.transcript;
    let here = rows.iter().rposition(|row| row.seq <= props.moment);
    let drawn = rows.iter().enumerate().map(|(number, row)| {
        html! { <li key={number}>{ draw(props, row, here == Some(number)) }</li> }
    });
    html! {
        <div class={classes!("pane", props.away.then_some("away"))} id="conversation">
            <h2 class="pane-name">{ words::CONVERSATION }</h2>
            <div class="pane-body" ref={body} tabindex="0" role="region" aria-label={words::CONVERSATION}>
                if rows.is_empty() {
                    <p class="empty">{ words::NOTHING_SAID }</p>
                } else {
                    <ol class="rows">{ for drawn }</ol>
                }
            </div>
        </div>
    }
}

fn draw(props: &TranscriptProps, row: &Row, pick: bool) -> Html {
    let seq = row.seq;
    let sentence = props.sheet.sentence(seq).unwrap_or_default();
    let purpose = row
        .conn
        .and_then(|conn| props.purposes.get(usize::try_from(conn.0).ok()?))
        .copied();
    let class = classes!(
        "row",
        match row.said {
            Said::Command { .. } => "command",
            Said::Reply { .. } => "reply",
            _ => "net",
        },
        match purpose {
            Some(Purpose::Data) => "data",
            Some(Purpose::Control) => "control",
            _ => "other",
        },
        row.locked.then_some("locked"),
        row.said.is_failure().then_some("fail"),
        pick.then_some("pick"),
        (seq > props.moment).then_some("later"),
        (props.hint == Some(seq)).then_some("hint"),
    );
    let click = props.on.reform(move |_: MouseEvent| Msg::Seek(seq));
    let enter = props.on.reform(move |_: MouseEvent| Msg::Hint(Some(seq)));
    let leave = props.on.reform(|_: MouseEvent| Msg::Hint(None));
    let current = pick.then_some("true");
    html! {
        <button {class} type="button" aria-current={current} onclick={click} onmouseenter={enter} onmouseleave={leave}>
            <span class="when">{ clock(row.at) }</span>
            { arrow(row, purpose) }
            <span class="said">
                if row.locked { <span class="lock" role="img" aria-label={words::LOCKED} /> }
                { said(row, sentence) }
                { for row.more.iter().map(|line| html! { <span class="listing mono">{ line }</span> }) }
            </span>
            if pick {
                <span class="why">{ explained(row, sentence) }</span>
            }
        </button>
    }
}

/// Who speaks. A data connection has a double line here as on the chart.
fn arrow(row: &Row, purpose: Option<Purpose>) -> Html {
    let (path, name) = match (row.from, purpose) {
        (Speaker::Net, _) if row.said.is_failure() => ("M5 7l10 10m0-10l-10 10", words::BY_NET),
        (Speaker::Client, _) => ("M3 12h14m-5 -5l5 5-5 5", words::BY_CLIENT),
        (Speaker::Server, _) => ("M17 12H3m5 -5l-5 5 5 5", words::BY_SERVER),
        (Speaker::Net, Some(Purpose::Data)) => {
            ("M4.5 10h11M4.5 14h11M6 7l-4.5 5 4.5 5M14 7l4.5 5-4.5 5", words::BY_DATA)
        }
        (Speaker::Net, Some(Purpose::Control)) => ("M3 12h14M6 9l-3 3 3 3M14 9l3 3-3 3", words::BY_CONTROL),
        (Speaker::Net, _) => ("M3 12h14M6 9l-3 3 3 3M14 9l3 3-3 3", words::BY_NET),
    };
    html! {
        <svg class="arrow glyph" viewBox="0 0 20 24" role="img" aria-label={name}><path d={path} /></svg>
    }
}

fn said(row: &Row, sentence: &str) -> Html {
    match &row.said {
        Said::Command { verb, argument } => html! {
            <><b>{ verb }</b>{ argument.as_ref().map(|argument| format!(" {argument}")) }</>
        },
        Said::Reply { code, text } => html! {
            <><b>{ code }</b>{ format!(" {text}") }</>
        },
        Said::Listing => Html::default(),
        Said::Event { text, .. } => html! { text },
        Said::Explained => html! { sentence },
    }
}

/// What it means, where that is more than the row says.
fn explained<'a>(row: &Row, sentence: &'a str) -> Option<&'a str> {
    let more = !matches!(row.said, Said::Explained | Said::Listing);
    (more && !sentence.is_empty()).then_some(sentence)
}
