//! Keys: whatever the page can do without a pointer, besides tabbing to it.

use portolan_session::view::Eye;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, KeyboardEvent};
use yew::Callback;

use crate::state::{Msg, State};

/// Listens to the whole page for as long as it lives.
pub struct Keys {
    on_key: Closure<dyn FnMut(KeyboardEvent)>,
}

impl Keys {
    /// Calls back with the names of keys that are nobody else's.
    pub fn listen(pressed: Callback<String>) -> Option<Self> {
        let on_key = Closure::<dyn FnMut(KeyboardEvent)>::new(move |event: KeyboardEvent| {
            if event.default_prevented() || event.ctrl_key() || event.alt_key() || event.meta_key() || is_taken(&event)
            {
                return;
            }
            if is_ours(&event.key()) {
                pressed.emit(event.key());
                if event.key() != "Escape" {
                    event.prevent_default();
                }
            }
        });
        let document = web_sys::window()?.document()?;
        document
            .add_event_listener_with_callback("keydown", on_key.as_ref().unchecked_ref())
            .ok()?;
        Some(Self { on_key })
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            // A listener that is gone already is gone.
            let _removed =
                document.remove_event_listener_with_callback("keydown", self.on_key.as_ref().unchecked_ref());
        }
    }
}

fn is_ours(key: &str) -> bool {
    matches!(
        key,
        "ArrowRight" | "ArrowLeft" | "Home" | "End" | "n" | "N" | "b" | "B" | "e" | "E" | " "
    )
}

/// Whether the key belongs to what has the focus.
fn is_taken(event: &KeyboardEvent) -> bool {
    let Some(focus) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return false;
    };
    if focus.closest("dialog").ok().flatten().is_some() {
        return true;
    }
    match focus.tag_name().as_str() {
        "INPUT" | "SELECT" | "TEXTAREA" => true,
        "BUTTON" | "A" => matches!(event.key().as_str(), " "),
        // A pane that scrolls has Home, End and the space bar for that.
        "DIV" => matches!(event.key().as_str(), " " | "Home" | "End"),
        _ => false,
    }
}

/// What a key means now.
pub fn meaning(key: &str, state: &State) -> Option<Msg> {
    let letters = state.look.keys;
    Some(match key {
        "ArrowRight" => Msg::Next,
        "ArrowLeft" => Msg::Back,
        "Home" => Msg::First,
        "End" => Msg::Last,
        "n" | "N" if letters => Msg::Next,
        "b" | "B" if letters => Msg::Back,
        "e" | "E" if letters && state.is_private() => Msg::Eye(match state.lens.eye {
            Eye::Endpoint => Eye::Network,
            Eye::Network => Eye::Endpoint,
        }),
        " " if letters => Msg::Play(!state.playing),
        _ => return None,
    })
}
