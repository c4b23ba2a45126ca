//! The component that holds the state. All others are properties in, HTML and callbacks out.

mod derive;
mod keys;
mod live;

use std::rc::Rc;

use portolan_link::live::FromReader;
use portolan_link::{Milestone, Recording};
use portolan_session::event::Conn;
use portolan_session::view::{Depth, Eye};
use portolan_wire::Duration;
use yew::prelude::*;

use crate::chart::Chart;
use crate::panes::{
    CallPane, CaptionPane, DrawerPane, Header, LadderPane, StepsPane, TRIES, TimelinePane, TranscriptPane,
    depth_switch, eye_switch, go, offers, skip,
};
use crate::shell::{self, Answerer, EarlyWish, Reader, Wish};
use crate::state::{Aim, Effect, Engine, Msg, Place, State, Tab, calls, open, reduce};
use crate::words;
use derive::Drawn;
use keys::Keys;

/// How long the engine may take before the page says that it is starting.
const PATIENCE: Duration = Duration::from_millis(300);

/// The page.
pub struct App {
    state: State,
    drawn: Drawn,
    answerer: Answerer,
    reader: Reader,
    _keys: Option<Keys>,
}

/// What reaches the page.
pub enum AppMsg {
    /// Something for the reducer.
    Page(Msg),
    /// A key was pressed that nothing else wanted.
    Key(String),
    /// The recorded session was fetched.
    Recording(Rc<Recording>),
    /// Something for the reader.
    Wish(Wish),
    /// The reader said something.
    Read(FromReader),
}

impl Component for App {
    type Message = AppMsg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let heard = ctx.link().callback(|reply| AppMsg::Page(Msg::Heard(Box::new(reply))));
        let mut app = Self {
            state: State::new(),
            drawn: Drawn::default(),
            answerer: Answerer::new(heard),
            reader: Reader::default(),
            _keys: Keys::listen(ctx.link().callback(AppMsg::Key)),
        };
        (app.state.look.theme, app.state.look.keys) = shell::preferences();
        let wish = shell::early_wish();
        let effects = if shell::is_live_address() {
            reduce(&mut app.state, Msg::Live)
        } else if let Some(visit) = shell::read_address() {
            let effects = open(&mut app.state, visit.order, visit.aim);
            app.state.lens = visit.lens;
            app.state.answers = visit.answers;
            effects
        } else {
            match wish {
                Some(EarlyWish::Call(typed)) => reduce(&mut app.state, Msg::Call(typed)),
                Some(EarlyWish::Skip) => reduce(&mut app.state, skip()),
                Some(EarlyWish::Step(number)) => reduce(&mut app.state, go(number)),
                None => Vec::new(),
            }
        };
        app.perform(ctx, effects);
        app.drawn.follow(&app.state);
        app
    }

    fn update(&mut self, ctx: &Context<Self>, msg: AppMsg) -> bool {
        let before = self.state.clone();
        match msg {
            AppMsg::Page(msg) => {
                let effects = reduce(&mut self.state, msg);
                self.perform(ctx, effects);
            }
            AppMsg::Key(key) => {
                if let Some(msg) = keys::meaning(&key, &self.state) {
                    let effects = reduce(&mut self.state, msg);
                    self.perform(ctx, effects);
                }
            }
            AppMsg::Wish(wish) => self.reader.wish(wish),
            AppMsg::Read(said) => self.read(ctx, said),
            AppMsg::Recording(recording) => {
                let effects = reduce(&mut self.state, Msg::Recorded);
                self.perform(ctx, effects);
                self.answerer.play(&recording, self.state.run);
            }
        }
        let changed = before != self.state;
        if changed {
            self.drawn.follow(&self.state);
        }
        changed
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let on = ctx.link().callback(AppMsg::Page);
        let wish = ctx.link().callback(AppMsg::Wish);
        let state = &self.state;
        let scenario = (!state.is_calling()).then(|| state.order.scenario.clone());
        html! {
            <div class="page">
                { Header {
                    scenario,
                    live: state.live.is_some(),
                    has_depth: self.has_depth(),
                    depth: state.lens.depth,
                    on: on.clone(),
                }.html() }
                <main class={classes!("stack", (state.lens.eye == Eye::Network).then_some("network"))}>
                    { self.caption(&on, &wish) }
                    { self.chart(&on) }
                    { self.lower(&on, &wish) }
                    if !state.is_first_screen() && (state.live.is_none() || state.told.is_some()) {
                        { TimelinePane {
                            sheet: self.drawn.sheet.clone(),
                            here: state.here(),
                            playing: state.playing,
                            asks: state.asked().is_some(),
                            on: on.clone(),
                        }.html() }
                    }
                </main>
                <p class="sr-only" role="status" aria-live="polite">{ self.drawn.spoken.clone() }</p>
                if let Some(drawer) = state.look.drawer {
                    <DrawerPane {drawer} order={state.order.clone()} theme={state.look.theme} keys={state.look.keys} {on} />
                }
            </div>
        }
    }
}

impl App {
    fn perform(&mut self, ctx: &Context<Self>, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Start => {
                    self.answerer.start();
                    let late = ctx.link().callback(|()| AppMsg::Page(Msg::Late));
                    shell::after(PATIENCE, move || late.emit(()));
                }
                Effect::Post(request) if self.state.live.is_some() => self.reader.say(&request),
                Effect::Enter(run) => self.reader.enter(run, ctx.link().callback(AppMsg::Read)),
                Effect::Post(request) => self.answerer.say(&request),
                Effect::FetchRecording => {
                    let link = ctx.link().clone();
                    wasm_bindgen_futures::spawn_local(async move {
                        link.send_message(match shell::fetch_recording().await {
                            Ok(recording) => AppMsg::Recording(Rc::new(recording)),
                            Err(_) => AppMsg::Page(Msg::NoRecording),
                        });
                    });
                }
                Effect::Read { moment, millis } => {
                    let done = ctx.link().callback(|moment| AppMsg::Page(Msg::ReadingDone(moment)));
                    shell::after(Duration::from_millis(u64::from(millis)), move || done.emit(moment));
                }
                Effect::Address => shell::write_address(&self.state),
                Effect::Keep => {
                    shell::apply_theme(self.state.look.theme);
                    shell::keep_preferences(self.state.look.theme, self.state.look.keys);
                }
            }
        }
    }

    fn caption(&self, on: &Callback<Msg>, wish: &Callback<Wish>) -> Html {
        let state = &self.state;
        if let (Engine::Broken { .. }, None) = (&state.engine, &state.live) {
            return self.broken(on);
        }
        CaptionPane {
            first: state.is_first_screen(),
            title: self.heading(),
            sentence: self.drawn.sentence.clone(),
            question: self.drawn.question.clone(),
            verdict: self.drawn.verdict.clone(),
            deeds: html! {
                <>
                    { state.live.as_ref().map(|panel| offers(&panel.deeds, wish)) }
                    { self.deeds(on) }
                    if state.is_private() {
                        { eye_switch(state.lens.eye, on) }
                    }
                    { self.next_step(on) }
                </>
            },
            on: on.clone(),
        }
        .html()
    }

    /// Step and chapter.
    fn heading(&self) -> String {
        let title = self.drawn.title.clone();
        match self.step().filter(|_| !self.state.is_first_screen()) {
            Some(step) => format!("{} · {title}", words::step(step)),
            None => title,
        }
    }

    fn broken(&self, on: &Callback<Msg>) -> Html {
        html! {
            <section class="caption" id="caption" tabindex="-1" aria-label={words::NOW}>
                <div class="notice" role="alert">
                    <p>{ self.state.complaint.clone().unwrap_or_else(|| words::BROKEN.to_owned()) }</p>
                    <button class="button main" type="button" onclick={on.reform(|_: MouseEvent| Msg::OpenRecording)}>{ words::OPEN }</button>
                </div>
            </section>
        }
    }

    /// What belongs to a place: the firewall's tick box.
    fn deeds(&self, on: &Callback<Msg>) -> Html {
        let state = &self.state;
        if state.order.scenario != "ftp-active" {
            return Html::default();
        }
        let blocks = state
            .order
            .settings
            .iter()
            .any(|(key, value)| key == "client-blocks-incoming" && value == "true");
        let change = on.reform(move |_: Event| Msg::Go(Place::Blocking(!blocks), Aim::Start));
        html! {
            <label class="check">
                <input type="checkbox" checked={blocks} onchange={change} />
                { words::BLOCKS }
            </label>
        }
    }

    fn chart(&self, on: &Callback<Msg>) -> Html {
        let Some(stage) = self.drawn.stage.clone() else {
            let about = self
                .state
                .live
                .as_ref()
                .map(|panel| html! { <p class="about">{ &panel.about }</p> });
            return html! { <section class="stage" id="stage" aria-label={words::CHART}>{ about }</section> };
        };
        let first = self.drawn.first_moments.clone();
        let seek = {
            let first = Rc::clone(&first);
            on.reform(move |conn: Conn| Msg::Seek(moment_of(&first, conn).unwrap_or(0)))
        };
        let hint = on.reform(move |conn: Option<Conn>| Msg::Hint(conn.and_then(|conn| moment_of(&first, conn))));
        html! {
            <Chart
                {stage}
                route={self.state.live.as_ref().and_then(|panel| panel.route.clone())}
                flow={self.drawn.flow.clone()}
                pick={self.drawn.pick}
                hint={self.drawn.hint}
                on_hint={hint}
                on_pick={seek}
            />
        }
    }

    fn lower(&self, on: &Callback<Msg>, wish: &Callback<Wish>) -> Html {
        let state = &self.state;
        if let Some(panel) = &state.live {
            return self.live_lower(panel, on, wish);
        }
        let (Some(sheet), false) = (self.drawn.sheet.clone(), state.is_calling()) else {
            return self.first_lower(on);
        };
        let tab = state.look.tab;
        html! {
            <section class="lower" aria-label={words::DETAILS}>
                { tabs(tab, false, Some(state.lens.depth), on) }
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
                    on={on.clone()}
                />
            </section>
        }
    }

    /// The lower part of the first lesson: the call box and the six steps.
    fn first_lower(&self, on: &Callback<Msg>) -> Html {
        let state = &self.state;
        if !state.is_calling() {
            let words = self.waiting().or_else(|| state.complaint.clone()).unwrap_or_default();
            return html! {
                <section class="lower" aria-label={words::DETAILS}>
                    <p class="empty" role="status">{ words }</p>
                </section>
            };
        }
        let steps = StepsPane {
            step: self.step(),
            on: on.clone(),
        }
        .html();
        let call = html! {
            <CallPane complaint={state.complaint.clone()} waiting={self.waiting()} last={calls(&state.order).last()} lines={self.drawn.calls.clone()} on={on.clone()} />
        };
        // The call box stays where it is in the tree, so that it keeps what is typed and the focus when the first run is there.
        let sheet = self.drawn.sheet.clone();
        let (below, beside) = match sheet {
            None => (Html::default(), html! { <div class="pane">{ steps }</div> }),
            Some(sheet) => (
                steps,
                html! {
                    <LadderPane {sheet} hosts={self.drawn.hosts.clone()} moment={state.moment} hint={state.look.hint} away={false} on={on.clone()} />
                },
            ),
        };
        html! {
            <section class="lower first" aria-label={words::CALL_PORT}>
                <div class="pane call">{ call }{ below }</div>
                { beside }
            </section>
        }
    }

    /// Which of the six steps one is at, where that can be told.
    fn step(&self) -> Option<usize> {
        let state = &self.state;
        let order = &state.order;
        if state.is_calling() {
            return Some(0);
        }
        let plain = order.seed.is_none() && order.settings.is_empty();
        let announced = || {
            state
                .milestones()
                .iter()
                .any(|milestone| milestone.seq <= state.moment && is_announced(milestone))
        };
        match order.scenario.as_str() {
            "first-file" if plain => Some(if announced() { 3 } else { 2 }),
            "ftp-active" if plain => Some(4),
            "ftp-active" if order.seed.is_none() => Some(5),
            _ => None,
        }
    }

    /// Goes to the next of the six steps, where this one has shown what it has to show.
    fn next_step(&self, on: &Callback<Msg>) -> Html {
        let state = &self.state;
        let done = !state.is_first_screen() && !state.can_go_on() && !state.playing && state.asked().is_none();
        let next = match self.step().filter(|_| done && state.told.is_some()) {
            Some(0) if self.drawn.calls.len() < TRIES.len() => None,
            Some(0) => Some(2),
            Some(step) => Some(step + 1),
            None => None,
        };
        let Some((number, title)) = next.and_then(|number| Some((number, words::STEP_TITLES.get(number)?))) else {
            return Html::default();
        };
        html! {
            <button class="button main" type="button" onclick={on.reform(move |_: MouseEvent| go(number))}>
                { format!("{}: {title}", words::NEXT_STEP) }
            </button>
        }
    }

    /// Why nothing happens yet.
    fn waiting(&self) -> Option<String> {
        match self.state.engine {
            Engine::Starting { late: true } => Some(words::STARTING.to_owned()),
            Engine::Running { events } if events > 0 => Some(format!("{} {events}", words::RUNNING)),
            _ => None,
        }
    }
}

/// Whether a reply announces a port here.
fn is_announced(milestone: &Milestone) -> bool {
    milestone.announces || milestone.chapter == Some(4)
}

fn moment_of(first: &[(Conn, u64)], conn: Conn) -> Option<u64> {
    first.iter().find(|(known, _)| *known == conn).map(|(_, seq)| *seq)
}

/// Which pane is seen, where there is room for one. They are tabs only for the eye: the panes are regions of their own.
fn tabs(tab: Tab, console: bool, depth: Option<Depth>, on: &Callback<Msg>) -> Html {
    let button = |of: Tab, name: &'static str| {
        let click = on.reform(move |_: MouseEvent| Msg::Tab(of));
        html! { <button class="tab" type="button" aria-pressed={(tab == of).to_string()} onclick={click}>{ name }</button> }
    };
    html! {
        <div class="tabs">
            <span role="group" aria-label={words::DETAILS}>
                if console { { button(Tab::Console, words::CONSOLE) } }
                { button(Tab::Conversation, words::CONVERSATION) }
                { button(Tab::Ladder, words::LADDER) }
            </span>
            { depth.map(|depth| depth_switch(depth, on)) }
        </div>
    }
}
