//! What lies over the page: the settings, and the statements one often hears.

use portolan_link::Order;
use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::settings::SettingsPane;
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
                Drawer::Settings => html! {
                    { SettingsPane { order: &props.order, theme: props.theme, keys: props.keys, on: &props.on }.html() }
                },
                Drawer::Myths => myths(props),
            } }
        </dialog>
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
