//! What can be done at the Live tab: forms that the reader describes. This knows how they look and not what they are for.

use portolan_link::live::{Deed, FieldKind, Group, Mark, Panel, Part, Step};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlFormElement};
use yew::prelude::*;

use crate::shell::{self, Wish};
use crate::words;

/// What the console shows.
pub struct ConsolePane<'a> {
    /// What the reader offers.
    pub panel: &'a Panel,
    /// Whether another pane has the room.
    pub away: bool,
    /// What the user does.
    pub on: &'a Callback<Wish>,
}

impl ConsolePane<'_> {
    /// Draws it.
    pub fn html(&self) -> Html {
        html! {
            <div class={classes!("pane", "console", self.away.then_some("away"))} id="console" role="region" aria-label={words::CONSOLE}>
                <div class="pane-body">{ for self.panel.groups.iter().map(|group| form(group, self.on)) }</div>
            </div>
        }
    }
}

/// Buttons that stand alone.
pub fn offers(deeds: &[Deed], on: &Callback<Wish>) -> Html {
    let buttons = deeds.iter().map(|deed| {
        let name = deed.name.clone();
        let click = on.reform(move |_: MouseEvent| Wish::deed(&name));
        html! { <button key={deed.name.clone()} class={look(deed)} type="button" onclick={click}>{ &deed.label }</button> }
    });
    html! { <>{ for buttons }</> }
}

const fn look(deed: &Deed) -> &'static str {
    if deed.main { "button main" } else { "button" }
}

fn form(group: &Group, on: &Callback<Wish>) -> Html {
    // Enter in a field is the form's first button.
    let submit = {
        let on = on.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let deed = event.submitter().and_then(|button| button.get_attribute("value"));
            send(&event, &deed.unwrap_or_default(), &on);
        })
    };
    html! {
        <form key={group.name.clone()} class="group" autocomplete="off" novalidate=true onsubmit={submit}>
            <h2 class="group-name">{ &group.title }</h2>
            { for group.parts.iter().map(|part| draw(&group.name, part, on)) }
        </form>
    }
}

/// Sends the form in which something happened.
fn send(event: &Event, deed: &str, on: &Callback<Wish>) {
    if let Some(form) = form_of(event) {
        on.emit(Wish::of(&form, deed));
    }
}

fn form_of(event: &Event) -> Option<HtmlFormElement> {
    let at = event.target()?.dyn_into::<Element>().ok()?;
    at.closest("form").ok().flatten()?.dyn_into().ok()
}

fn sends(deed: &str, on: &Callback<Wish>) -> Callback<Event> {
    let (deed, on) = (deed.to_owned(), on.clone());
    Callback::from(move |event: Event| send(&event, &deed, &on))
}

fn draw(group: &str, part: &Part, on: &Callback<Wish>) -> Html {
    match part {
        Part::Text(text) => html! { <p class="label">{ text }</p> },
        Part::Field {
            name,
            label,
            value,
            kind,
        } => {
            let id = format!("{group}-{name}");
            let kind_name = if *kind == FieldKind::Secret { "password" } else { "text" };
            // What stands there at first is the field's default: what is typed since is never drawn over.
            html! {
                <div key={name.clone()} class="entry">
                    <label for={id.clone()}>{ label }</label>
                    <input class="field mono" {id} name={name.clone()} type={kind_name} ~defaultValue={value.as_str()} readonly={*kind == FieldKind::Shown}
                        autocomplete="off" autocapitalize="off" spellcheck="false" />
                </div>
            }
        }
        Part::Choice {
            deed,
            label,
            options,
            chosen,
        } => html! {
            <label key={deed.clone()} class="entry">
                { label }
                <select class="field" name={deed.clone()} onchange={sends(deed, on)}>
                    { for options.iter().map(|(value, shown)| html! {
                        <option value={value.clone()} selected={value == chosen}>{ shown }</option>
                    }) }
                </select>
            </label>
        },
        Part::File { deed, label } => html! {
            <label key={deed.clone()} class="button pick-file">
                { label }
                <input class="sr-only" type="file" name="file" onchange={sends(deed, on)} onclick={forget} />
            </label>
        },
        Part::Deed(deed) => html! {
            <button key={deed.name.clone()} class={look(deed)} type="submit" value={deed.name.clone()}>{ &deed.label }</button>
        },
        Part::Names(names) => {
            html! { <ul key="names" class="names">{ for names.iter().map(|(path, shown)| name(path, shown)) }</ul> }
        }
        Part::Steps(steps) => {
            html! { <ol key="steps" class="asked">{ for steps.iter().map(step) }</ol> }
        }
    }
}

/// The same file may be chosen twice, and is new each time.
fn forget(event: MouseEvent) {
    if let Some(input) = event.target() {
        // Every input has a value.
        let _set = js_sys::Reflect::set(&input, &"value".into(), &"".into());
    }
}

fn name(path: &str, shown: &str) -> Html {
    let chosen = path.to_owned();
    let click = Callback::from(move |event: MouseEvent| {
        if let Some(form) = form_of(&event) {
            shell::fill_path(&form, &chosen);
        }
    });
    html! { <li><button class="link mono" type="button" onclick={click}>{ shown }</button></li> }
}

fn step(step: &Step) -> Html {
    let (class, path) = match step.mark {
        Mark::Waits => ("waits", "M4 10h.1M10 10h.1M16 10h.1"),
        Mark::Runs(_) => ("runs", "M4 10h12m-5-5l5 5-5 5"),
        Mark::Done => ("done", "M4 10l4 5 8-11"),
        Mark::Failed => ("fail", "M5 5l10 10m0-10l-10 10"),
    };
    let share = match step.mark {
        Mark::Runs(share) => share,
        _ => None,
    };
    html! {
        <li {class}>
            <svg viewBox="0 0 20 20" class="glyph" aria-hidden="true"><path d={path} /></svg>
            <span>{ &step.text }</span>
            if let Some(share) = share {
                <progress max="1000" value={share.to_string()} aria-label={step.text.clone()} />
            }
        </li>
    }
}
