//! The header: the name, the scenario, depth, and the drawers' buttons.

use portolan_session::view::{Depth, Eye};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::state::{Aim, Drawer, Msg, Place};
use crate::words;

/// What the header shows.
pub struct Header {
    /// The scenario that is run; none where ports are called one by one.
    pub scenario: Option<String>,
    /// Whether this is the Live tab.
    pub live: bool,
    /// Whether depth means something now.
    pub has_depth: bool,
    /// How much is shown.
    pub depth: Depth,
    /// What the user does.
    pub on: Callback<Msg>,
}

impl Header {
    /// Draws it.
    pub fn html(&self) -> Html {
        let home = self.on.reform(|event: MouseEvent| {
            event.prevent_default();
            Msg::Go(Place::Calls, Aim::Start)
        });
        let pick = self.on.reform(|event: Event| {
            let name = event.target_unchecked_into::<HtmlSelectElement>().value();
            match name.as_str() {
                "" => Msg::Go(Place::Calls, Aim::Start),
                "live" => Msg::Live,
                _ => Msg::Go(Place::Scenario(name), Aim::Start),
            }
        });
        let drawer = |drawer: Drawer| self.on.reform(move |_: MouseEvent| Msg::Drawer(Some(drawer)));
        html! {
            <header class="bar">
                <a class="skip" href="#caption">{ words::SKIP_LINK }</a>
                <a class="brand" href="./" aria-label={words::NAME} onclick={home}>
                    <svg viewBox="0 0 32 32" aria-hidden="true" class="glyph">
                        <circle cx="16" cy="16" r="12" /><path d="M4 16h24M16 4v24" />
                    </svg>
                    <span class="wide">{ words::NAME }</span>
                </a>
                <select class="field" aria-label={words::SCENARIO} onchange={pick}>
                    <option value="" selected={self.scenario.is_none()}>{ words::STEPS }</option>
                    if self.live { <option value="live" selected=true>{ words::LIVE_TITLE }</option> }
                    { for words::SCENARIOS.iter().map(|(name, title)| html! {
                        <option value={*name} selected={self.scenario.as_deref() == Some(name)}>{ *title }</option>
                    }) }
                </select>
                <button class="button live-tab" type="button" aria-pressed={self.live.to_string()} onclick={self.on.reform(|_: MouseEvent| Msg::Live)}>{ words::LIVE }</button>
                <span class="space" />
                if self.has_depth {
                    { depth_switch(self.depth, &self.on) }
                }
                <button class="button plain wide" type="button" onclick={drawer(Drawer::Myths)}>{ words::MYTHS_TITLE }</button>
                <button class="button plain" type="button" aria-label={words::SETTINGS} onclick={drawer(Drawer::Settings)}>
                    <svg viewBox="0 0 20 20" aria-hidden="true" class="glyph">
                        <path d="M3 6h8M15 6h2M3 14h2M9 14h8" /><circle cx="13" cy="6" r="2" /><circle cx="7" cy="14" r="2" />
                    </svg>
                    <span class="wide">{ words::SETTINGS }</span>
                </button>
            </header>
        }
    }
}

/// Story or packets.
pub fn depth_switch(now: Depth, on: &Callback<Msg>) -> Html {
    let button = |depth, name| choice(now == depth, name, on, Msg::Depth(depth));
    html! {
        <span class="switch depth" role="group" aria-label={words::DEPTH}>
            { button(Depth::Story, words::STORY) }
            { button(Depth::Packets, words::PACKETS) }
        </span>
    }
}

/// What the endpoints mean, or what somebody beside the wire sees.
pub fn eye_switch(now: Eye, on: &Callback<Msg>) -> Html {
    let button = |eye, name| choice(now == eye, name, on, Msg::Eye(eye));
    html! {
        <span class="switch eye" role="group" aria-label={words::EYE}>
            { button(Eye::Endpoint, words::ENDPOINTS) }
            { button(Eye::Network, words::EAVESDROPPER) }
        </span>
    }
}

fn choice(is_now: bool, name: &'static str, on: &Callback<Msg>, msg: Msg) -> Html {
    let click = on.reform(move |_: MouseEvent| msg.clone());
    html! { <button class="button" type="button" aria-pressed={is_now.to_string()} onclick={click}>{ name }</button> }
}
