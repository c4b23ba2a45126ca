//! The Live tab: the same views, of a log that the reader holds.

use portolan_link::Reply;
use portolan_link::live::{FromReader, Panel};
use yew::prelude::*;

use super::{App, tabs};
use crate::panes::{ConsolePane, LadderPane, TranscriptPane};
use crate::shared::Shared;
use crate::shell::{self, Wish};
use crate::state::{Aim, Msg, Place, Tab, reduce};
use crate::words;

impl App {
    /// What the reader says is for the reducer, but for what is to be done at once and changes nothing that is shown.
    pub(super) fn read(&mut self, ctx: &Context<Self>, said: FromReader) {
        let msg = match said {
            FromReader::Fetch { href, name } => return shell::fetch(&href, &name),
            FromReader::Keep(kept) => return shell::keep(&kept),
            FromReader::Log(Reply::Ready) => return,
            FromReader::Log(Reply::Broken { .. }) => Msg::Complain(words::NO_READER.to_owned()),
            FromReader::Log(reply) => Msg::Heard(Box::new(reply)),
            FromReader::Panel(panel) => Msg::Panel(panel),
            FromReader::Simulate { scenario } => Msg::Go(Place::Scenario(scenario), Aim::Start),
        };
        let effects = reduce(&mut self.state, msg);
        self.perform(ctx, effects);
    }

    /// The lower part of the Live tab: what can be done, and the views as soon as there is a log.
    pub(super) fn live_lower(&self, panel: &Shared<Panel>, on: &Callback<Msg>, wish: &Callback<Wish>) -> Html {
        let state = &self.state;
        let console = |away| ConsolePane { panel, away, on: wish }.html();
        let Some(sheet) = self.drawn.sheet.clone() else {
            return html! {
                <section class="lower bare" aria-label={words::LIVE_TITLE}>
                    { console(false) }
                </section>
            };
        };
        let tab = state.look.tab;
        html! {
            <section class="lower live" aria-label={words::DETAILS}>
                { tabs(tab, true, panel.packets.then_some(state.lens.depth), on) }
                { console(tab != Tab::Console) }
                <TranscriptPane
                    sheet={sheet.clone()}
                    purposes={self.drawn.purposes.clone()}
                    moment={state.moment}
                    hint={state.look.hint}
                    away={tab != Tab::Conversation}
                    on={on.clone()}
                />
                <LadderPane
                    {sheet}
                    hosts={self.drawn.hosts.clone()}
                    moment={state.moment}
                    hint={state.look.hint}
                    away={tab != Tab::Ladder}
                    badge={panel.badge.clone()}
                    on={on.clone()}
                />
            </section>
        }
    }

    /// Whether there are packets to show or to hide.
    pub(super) fn has_depth(&self) -> bool {
        let state = &self.state;
        state.told.is_some() && state.live.as_ref().is_none_or(|panel| panel.packets)
    }
}
