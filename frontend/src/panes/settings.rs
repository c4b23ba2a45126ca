//! The settings: what is run, and how the page looks.

use portolan_link::Order;
use web_sys::{FormData, HtmlFormElement, HtmlInputElement};
use yew::prelude::*;

use crate::state::{Msg, Theme};
use crate::words::{self, SettingField};

/// What the settings show.
pub struct SettingsPane<'a> {
    /// What is run.
    pub order: &'a Order,
    /// The colours.
    pub theme: Theme,
    /// Whether single letters are keys.
    pub keys: bool,
    /// What the user does.
    pub on: &'a Callback<Msg>,
}

impl SettingsPane<'_> {
    /// Draws it.
    pub fn html(&self) -> Html {
        let kept: Vec<(String, String)> = self
            .order
            .settings
            .iter()
            .filter(|(key, _)| shown(self.order).all(|(name, ..)| name != key))
            .cloned()
            .collect();
        let order = self.order.clone();
        let submit = self.on.reform(move |event: SubmitEvent| {
            event.prevent_default();
            read(&event.target_unchecked_into::<HtmlFormElement>(), &order, kept.clone())
        });
        let value = |key: &str| {
            let found = self.order.settings.iter().find(|(name, _)| name == key);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let fields = shown(self.order).map(|(key, label, help, example)| field(key, label, help, example, value(key)));
        let seed = self.order.seed.map(|seed| seed.to_string()).unwrap_or_default();
        html! {
            <>
                <form onsubmit={submit} novalidate=true>
                    { field("seed", words::SEED, words::SEED_HELP, "1", seed) }
                    { for fields }
                    <div class="setting row">
                        <button class="button main" type="submit">{ words::APPLY }</button>
                        <button class="button" type="button" onclick={self.on.reform(|_: MouseEvent| Msg::Reorder(None, Vec::new()))}>{ words::RESET }</button>
                    </div>
                </form>
                { theme(self) }
                <div class="setting">
                    <label class="check">
                        <input type="checkbox" checked={self.keys} onchange={self.on.reform(|event: Event| {
                            Msg::Keys(event.target_unchecked_into::<HtmlInputElement>().checked())
                        })} />
                        { words::KEYS }
                    </label>
                    <span class="label">{ words::KEYS_HELP }</span>
                </div>
            </>
        }
    }
}

/// The fields that an order has: TLS is a matter of some scenarios alone.
fn shown(order: &Order) -> impl Iterator<Item = &'static SettingField> {
    let tls = if order.scenario.starts_with("ftps") {
        &words::TLS_FIELDS[..]
    } else {
        &[]
    };
    words::SETTING_FIELDS.iter().chain(tls)
}

fn theme(pane: &SettingsPane<'_>) -> Html {
    let themes = [
        (Theme::System, words::THEME_SYSTEM),
        (Theme::Light, words::THEME_LIGHT),
        (Theme::Dark, words::THEME_DARK),
    ];
    let buttons = themes.map(|(theme, name)| {
        let click = pane.on.reform(move |_: MouseEvent| Msg::Theme(theme));
        let pressed = (pane.theme == theme).to_string();
        html! { <button class="button" type="button" aria-pressed={pressed} onclick={click}>{ name }</button> }
    });
    html! {
        <div class="setting">
            <span id="theme-name">{ words::THEME }</span>
            <span class="switch" role="group" aria-labelledby="theme-name">{ for buttons }</span>
        </div>
    }
}

/// A setting's field. What stands there at first is its default, not its value: the page is drawn again whenever the engine
/// says something, and a value would take the place of what was typed since.
fn field(name: &'static str, label: &str, help: &str, example: &'static str, default: String) -> Html {
    let id = format!("set-{name}");
    let help_id = format!("help-{name}");
    let of = id.clone();
    let entry = if example.contains('|') {
        let option =
            |value: &'static str, shown| html! { <option {value} selected={value == default}>{ shown }</option> };
        html! {
            <select class="field mono" {id} {name} aria-describedby={help_id.clone()}>
                { option("", words::UNCHANGED) }
                { for example.split('|').map(|value| option(value, value)) }
            </select>
        }
    } else {
        html! {
            <input class="field mono" {id} {name} ~defaultValue={default} placeholder={example}
                autocomplete="off" maxlength="40" aria-describedby={help_id.clone()} />
        }
    };
    html! {
        <div class="setting">
            <label for={of}>{ label }</label>
            { entry }
            <span class="label" id={help_id}>{ help }</span>
        </div>
    }
}

/// The form's settings, and those the form does not show.
fn read(form: &HtmlFormElement, order: &Order, mut settings: Vec<(String, String)>) -> Msg {
    let data = FormData::new_with_form(form).ok();
    let typed = |key: &str| {
        let value = data
            .as_ref()
            .and_then(|data| data.get(key).as_string())
            .unwrap_or_default();
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    for (key, ..) in shown(order) {
        settings.extend(typed(key).map(|value| ((*key).to_owned(), value)));
    }
    match typed("seed").map(|seed| seed.parse::<u64>()) {
        None => Msg::Reorder(None, settings),
        Some(Ok(seed)) if seed < 1 << 53 => Msg::Reorder(Some(seed), settings),
        Some(_) => Msg::Complain(words::SEED_WRONG.to_owned()),
    }
}
