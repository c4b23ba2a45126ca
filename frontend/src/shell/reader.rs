//! The reader in its worker, and what only the page can do for it.

use js_sys::{Array, Uint8Array};
use portolan_link::live::{DEED, ENTER, FromReader};
use portolan_link::{GARBLED, Reply, Request};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;
use web_sys::{FormData, HtmlElement, HtmlFormElement, Storage};
use yew::Callback;

use super::hand::Hand;

/// Where what outlives the page is kept.
const KEPT: &str = "live";

/// What the user did: names and values, files among them, as a form has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish(Array);

impl Wish {
    /// A deed without a form.
    pub fn deed(name: &str) -> Self {
        let wish = Self(Array::new());
        wish.with(DEED, name)
    }

    /// A form, and the deed that it was sent with.
    pub fn of(form: &HtmlFormElement, deed: &str) -> Self {
        let pairs = FormData::new_with_form(form).map(|data| Array::from(&data));
        Self(pairs.unwrap_or_default()).with(DEED, deed)
    }

    fn with(self, name: &str, value: &str) -> Self {
        self.0.push(&Array::of2(&name.into(), &value.into()));
        self
    }
}

/// The reader; started when it is first needed.
#[derive(Default)]
pub struct Reader {
    hand: Option<Hand>,
}

impl Reader {
    /// The page is at the Live tab, as this run. The fragment of its address is for the reader alone.
    pub fn enter(&mut self, run: u32, heard: Callback<FromReader>) {
        if self.hand.is_none() {
            self.hand = Hand::start(
                "reader-start.js",
                heard.reform(|said: super::hand::Heard| {
                    let garbled = || GARBLED.to_owned();
                    said.and_then(|bytes| portolan_link::read(&bytes).ok_or_else(garbled))
                        .unwrap_or_else(|why| FromReader::Log(Reply::Broken { why }))
                }),
            )
            .ok();
        }
        let fragment = web_sys::window().and_then(|window| window.location().hash().ok());
        let kept = storage().and_then(|storage| storage.get_item(KEPT).ok().flatten());
        self.wish(
            Wish::deed(ENTER)
                .with("run", &run.to_string())
                .with("fragment", &fragment.unwrap_or_default())
                .with("kept", &kept.unwrap_or_default()),
        );
    }

    /// The user did something.
    pub fn wish(&self, wish: Wish) {
        if let Some(hand) = &self.hand {
            hand.say(wish.0.into());
        }
    }

    /// The page asks about the log.
    pub fn say(&self, request: &Request) {
        if let Some(hand) = &self.hand {
            hand.say(Uint8Array::from(portolan_link::write(request).as_slice()).into());
        }
    }
}

/// Keeps what the reader wants kept, for as long as the browser's tab is open.
pub fn keep(kept: &str) {
    if let Some(storage) = storage() {
        // A browser that forbids storage forgets it with the page, and nothing else.
        let _kept = storage.set_item(KEPT, kept);
    }
}

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}

/// Lets the browser save what is at an address.
pub fn fetch(href: &str, name: &str) {
    let link = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.create_element("a").ok())
        .and_then(|link| link.dyn_into::<HtmlElement>().ok());
    if let Some(link) = link {
        let set = |key: &str, value: &str| link.set_attribute(key, value);
        if set("href", href).and_then(|()| set("download", name)).is_ok() {
            link.click();
        }
    }
}

/// Whether the page's address leads to the Live tab.
pub fn is_live_address() -> bool {
    web_sys::window().is_some_and(|window| {
        let location = window.location();
        let search: String = location.search().unwrap_or_default();
        search == "?live" || location.hash().is_ok_and(|hash| hash.len() > 1 && hash.contains('='))
    })
}

/// Puts a chosen name into the field `path` of the form that it stands in.
pub fn fill_path(form: &HtmlFormElement, path: &str) {
    let field = form.query_selector("[name=path]").ok().flatten();
    if let Some(field) = field {
        // Every input has these two; a reflective call links less than another type of element.
        let _set = js_sys::Reflect::set(&field, &"value".into(), &JsValue::from_str(path));
    }
}
