//! Small things of the browser's.

use portolan_wire::Duration;
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{Element, HtmlElement, ResizeObserver, ScrollIntoViewOptions, ScrollLogicalPosition, Storage};
use yew::{NodeRef, UseStateSetter};

use crate::state::Theme;

/// What was clicked before the page was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A port was called, as typed.
    Call(String),
    /// The file transfer was wanted.
    Skip,
    /// One of the six steps was wanted, from 0.
    Step(usize),
}

/// Takes what was clicked before the page was there, and says that it is there now.
pub fn early_wish() -> Option<Wish> {
    let early = js_sys::Reflect::get(&js_sys::global(), &"portolanEarly".into()).ok()?;
    let wish = js_sys::Reflect::get(&early, &"wish".into()).ok();
    // A page that cannot be told keeps what is clicked for nobody; nothing breaks by it.
    let _told = js_sys::Reflect::set(&early, &"ready".into(), &JsValue::TRUE);
    let wish = wish.filter(|wish| wish.is_object())?;
    let text = |name: &str| js_sys::Reflect::get(&wish, &name.into()).ok()?.as_string();
    text("call").map(Wish::Call).or_else(|| {
        let press = text("press")?;
        let step = press.strip_prefix("step-").and_then(|number| number.parse().ok());
        Some(step.map_or(Wish::Skip, Wish::Step))
    })
}

/// Calls back after a while.
pub fn after(wait: Duration, then: impl FnOnce() + 'static) {
    let Some(window) = web_sys::window() else { return };
    let millis = i32::try_from(wait.as_micros() / 1_000).unwrap_or(i32::MAX);
    let call = Closure::once_into_js(then);
    window
        .set_timeout_with_callback_and_timeout_and_arguments_0(call.unchecked_ref(), millis)
        .expect_throw("every window has timers");
}

/// Whether motion is unwelcome.
pub fn calm() -> bool {
    web_sys::window()
        .and_then(|window| window.match_media("(prefers-reduced-motion: reduce)").ok().flatten())
        .is_some_and(|query| query.matches())
}

/// Puts the theme into the document, where the styles look for it.
pub fn apply_theme(theme: Theme) {
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    let Some(root) = root else { return };
    // Setting an attribute of a fixed, valid name cannot fail.
    let _set = match theme.name() {
        Some(name) => root.set_attribute("data-theme", name),
        None => root.remove_attribute("data-theme"),
    };
}

/// Theme and keys of the last visit.
pub fn preferences() -> (Theme, bool) {
    let Some(storage) = storage() else {
        return (Theme::System, true);
    };
    let kept = |key: &str| storage.get_item(key).ok().flatten();
    let theme = kept("theme").map_or(Theme::System, |name| Theme::named(&name));
    (theme, kept("keys").as_deref() != Some("off"))
}

/// Keeps theme and keys. A browser that forbids storage forgets them, and nothing else.
pub fn keep_preferences(theme: Theme, keys: bool) {
    let Some(storage) = storage() else { return };
    let _kept = match theme.name() {
        Some(name) => storage.set_item("theme", name),
        None => storage.remove_item("theme"),
    };
    let _kept = storage.set_item("keys", if keys { "on" } else { "off" });
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// Brings the child of `pane` that `selector` finds into the part that is seen, without moving the page.
pub fn scroll_into_view(pane: &HtmlElement, selector: &str) {
    let Some(found) = pane.query_selector(selector).ok().flatten() else {
        return;
    };
    if pane.scroll_height() <= pane.client_height() {
        return;
    }
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    found.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Tells an element's size in pixels, now and whenever it changes. Give what comes back to the effect that called.
pub fn watch_size(place: &NodeRef, tell: UseStateSetter<(f64, f64)>) -> impl FnOnce() + use<> {
    let watched = place.cast::<Element>().and_then(|element| {
        let size = move |element: &Element| (f64::from(element.client_width()), f64::from(element.client_height()));
        tell.set(size(&element));
        let seen = element.clone();
        let changed = Closure::<dyn FnMut()>::new(move || tell.set(size(&seen)));
        let observer = ResizeObserver::new(changed.as_ref().unchecked_ref()).ok()?;
        observer.observe(&element);
        Some((observer, changed))
    });
    move || {
        if let Some((observer, _changed)) = watched {
            observer.disconnect();
        }
    }
}
