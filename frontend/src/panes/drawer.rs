//! What lies over the page: the settings, and the statements one often hears.

use portolan_link::Order;
use web_sys::{FormData, HtmlDialogElement, HtmlFormElement, HtmlInputElement};
use yew::prelude::*;

use crate::state::{Aim, Drawer, Msg, Place, Theme};
use crate::words;

/// What the drawer shows.
#[derive(Properties, PartialEq)]
pub struct DrawerProps {
    /// Which one is out.
    pub drawer: Drawer,
    /// What is run.
    pub order: Order,
    /// The colours.
    pub theme: Theme,
    /// Whether single letters are keys.
    pub keys: bool,
    /// What the user does.
    pub on: Callback<Msg>,
}

/// A drawer: a modal dialog, so that focus stays in it and Escape closes it.
#[component]
pub fn DrawerPane(props: &DrawerProps) -> Html {
    let dialog = use_node_ref();
    {
        let dialog = dialog.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                // Only a dialog that is out already refuses.
                let _shown = dialog.show_modal();
            }
        });
    }
    let title = match props.drawer {
        Drawer::Settings => words::SETTINGS,
        Drawer::Myths => words::MYTHS_TITLE,
    };
    let close = props.on.reform(|_: Event| Msg::Drawer(None));
    html! {
        <dialog class="drawer" ref={dialog} onclose={close} aria-labelledby="drawer-title">
            <div class="head">
                <h2 id="drawer-title">{ title }</h2>
                <button class="button small" type="button" onclick={props.on.reform(|_: MouseEvent| Msg::Drawer(None))}>{ words::CLOSE }</button>
            </div>
            { match props.drawer {
                Drawer::Settings => settings(props),
                Drawer::Myths => myths(props),
            } }
        </dialog>
    }
}

fn settings(props: &DrawerProps) -> Html {
    let kept: Vec<(String, String)> = props
        .order
        .settings
        .iter()
        .filter(|(key, _)| words::SETTING_FIELDS.iter().all(|(name, ..)| name != key))
        .cloned()
        .collect();
    let submit = props.on.reform(move |event: SubmitEvent| {
        event.prevent_default();
        read(&event.target_unchecked_into::<HtmlFormElement>(), kept.clone())
    });
    let value = |key: &str| {
        let found = props.order.settings.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let fields = words::SETTING_FIELDS
        .iter()
        .map(|(key, label, help, example)| field(key, label, help, example, value(key)));
    let seed = props.order.seed.map(|seed| seed.to_string()).unwrap_or_default();
    html! {
        <>
            <form onsubmit={submit} novalidate=true>
                { field("seed", words::SEED, words::SEED_HELP, "1", seed) }
                { for fields }
                <div class="setting row">
                    <button class="button main" type="submit">{ words::APPLY }</button>
                    <button class="button" type="button" onclick={props.on.reform(|_: MouseEvent| Msg::Reorder(None, Vec::new()))}>{ words::RESET }</button>
                </div>
            </form>
            <div class="setting">
                <span id="theme-name">{ words::THEME }</span>
                <span class="switch" role="group" aria-labelledby="theme-name">
                    { for [(Theme::System, words::THEME_SYSTEM), (Theme::Light, words::THEME_LIGHT), (Theme::Dark, words::THEME_DARK)]
                        .map(|(theme, name)| html! {
                            <button class="button" type="button" aria-pressed={(props.theme == theme).to_string()}
                                onclick={props.on.reform(move |_: MouseEvent| Msg::Theme(theme))}>{ name }</button>
                        }) }
                </span>
            </div>
            <div class="setting">
                <label class="check">
                    <input type="checkbox" checked={props.keys} onchange={props.on.reform(|event: Event| {
                        Msg::Keys(event.target_unchecked_into::<HtmlInputElement>().checked())
                    })} />
                    { words::KEYS }
                </label>
                <span class="label">{ words::KEYS_HELP }</span>
            </div>
        </>
    }
}

fn field(key: &'static str, label: &'static str, help: &'static str, example: &'static str, value: String) -> Html {
    let id = format!("set-{key}");
    let help_id = format!("help-{key}");
    html! {
        <div class="setting">
            <label for={id.clone()}>{ label }</label>
            <input class="field mono" {id} name={key} {value} placeholder={example} autocomplete="off" maxlength="40" aria-describedby={help_id.clone()} />
            <span class="label" id={help_id}>{ help }</span>
        </div>
    }
}

/// The form's settings, and those the form does not show.
fn read(form: &HtmlFormElement, mut settings: Vec<(String, String)>) -> Msg {
    let data = FormData::new_with_form(form).ok();
    let typed = |key: &str| {
        let value = data
            .as_ref()
            .and_then(|data| data.get(key).as_string())
            .unwrap_or_default();
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    for (key, ..) in words::SETTING_FIELDS {
        settings.extend(typed(key).map(|value| (key.to_owned(), value)));
    }
    match typed("seed").map(|seed| seed.parse::<u64>()) {
        None => Msg::Reorder(None, settings),
        Some(Ok(seed)) if seed < 1 << 53 => Msg::Reorder(Some(seed), settings),
        Some(_) => Msg::Complain(words::SEED_WRONG.to_owned()),
    }
}

fn myths(props: &DrawerProps) -> Html {
    let entries = words::MYTHS.iter().map(|(said, truth, scenario)| {
        let click = props.on.reform(move |_: MouseEvent| Msg::Go(Place::Scenario((*scenario).to_owned()), Aim::Start));
        html! {
            <div class="setting">
                <dt>{ format!("“{said}”") }</dt>
                <dd><b>{ words::MYTHS_TRUTH }</b>{ " " }{ *truth }{ " " }
                    <button class="link" type="button" onclick={click} aria-label={format!("{}: {said}", words::MYTHS_SEE)}>{ words::MYTHS_SEE }</button>
                </dd>
            </div>
        }
    });
    html! { <dl>{ for entries }</dl> }
}
