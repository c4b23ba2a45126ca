//! What is run, and where one stands when it opens.

use portolan_link::live::Panel;
use portolan_link::{Order, Request};
use portolan_session::view::Eye;
use portolan_wire::action::Action;

use super::told;
use super::walk::move_to;
use super::{Aim, Effect, Engine, MOST_CALLS, Place, State, Tab, place_order, port_of};
use crate::shared::Shared;
use crate::words;

/// A port is called, as typed: one more in the order, and everything runs anew.
pub fn call(state: &mut State, typed: &str) -> Vec<Effect> {
    let port = match port_of(typed) {
        Ok(port) => port,
        Err(why) => {
            state.complaint = Some(why.to_owned());
            return Vec::new();
        }
    };
    let mut order = if state.is_calling() {
        state.order.clone()
    } else {
        place_order(Place::Calls)
    };
    let calls = order.actions.get_or_insert_default();
    let full = calls.len() >= MOST_CALLS;
    if full {
        calls.clear();
    }
    calls.push(Action::Call { host: None, port });
    let mut effects = open(state, order, Aim::LastCall);
    if full {
        state.complaint = Some(words::CALLS_FULL.to_owned());
    }
    effects.push(Effect::Address);
    effects
}

/// Runs an order, starting the engine where that is still to be done.
pub fn open(state: &mut State, order: Order, aim: Aim) -> Vec<Effect> {
    if state.live.take().is_some() {
        state.told = None;
        state.look.tab = Tab::Conversation;
    }
    let same = state.order == order && state.told.is_some();
    state.complaint = None;
    state.playing = false;
    state.look.drawer = None;
    if same && let Some(moment) = aim_at(state, aim) {
        return move_to(state, moment);
    }
    // What the first lesson has drawn stays until the new call is there; another place begins empty.
    if order.scenario != state.order.scenario || order.actions.is_none() {
        state.told = None;
        state.lens.eye = Eye::Endpoint;
    }
    state.order = order;
    state.run += 1;
    state.aim = Some(aim);
    state.moment = 0;
    state.look.hint = None;
    state.answers.clear();
    if state.is_first_screen() {
        state.told = None;
        return vec![Effect::Address];
    }
    let post = Effect::Post(Request::Open {
        run: state.run,
        order: state.order.clone(),
    });
    match state.engine {
        Engine::Asleep | Engine::Broken { .. } | Engine::Recorded => {
            state.engine = Engine::Starting { late: false };
            vec![Effect::Start, post, Effect::Address]
        }
        _ => vec![post, Effect::Address],
    }
}

/// Goes to the Live tab: another run, of which nothing is known yet.
pub fn enter(state: &mut State) -> Vec<Effect> {
    if state.live.is_some() {
        return Vec::new();
    }
    state.order = Order::default();
    state.live = Some(Shared::new(Panel::default()));
    state.told = None;
    state.run += 1;
    state.aim = Some(Aim::Start);
    state.moment = 0;
    state.answers.clear();
    state.playing = false;
    state.complaint = None;
    state.look.hint = None;
    state.look.drawer = None;
    state.look.tab = Tab::Console;
    vec![Effect::Enter(state.run), Effect::Address]
}

/// The moment an aim means, where that is known and may be shown.
pub fn aim_at(state: &State, aim: Aim) -> Option<u64> {
    let milestones = state.milestones();
    match aim {
        Aim::Start => milestones.first(),
        Aim::At(moment) => return Some(moment),
        Aim::Reply(code) => return told::moment_of_reply(state.told.as_ref()?, code),
        Aim::LastCall => milestones
            .iter()
            .rfind(|milestone| milestone.calls)
            .or(milestones.last()),
        Aim::Near(moment) => milestones.iter().min_by_key(|milestone| milestone.seq.abs_diff(moment)),
    }
    .map(|milestone| milestone.seq)
}
