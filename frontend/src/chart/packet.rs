//! What moves: one packet in Story, from the host that sent it to the other. It shows the direction of bytes, never who
//! called.

use portolan_session::event::Conn;
use wasm_bindgen::JsCast;
use yew::prelude::*;

use crate::geometry::chart::{Course, class};
use crate::geometry::put;
use crate::shapes::{chip, text};
use crate::shell;

/// Bytes on their way along a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The moment.
    pub seq: u64,
    /// The connection.
    pub conn: Conn,
    /// Whether the caller of the connection sends.
    pub from_caller: bool,
    /// A word on it.
    pub label: String,
}

/// A packet on its course.
#[derive(Properties, PartialEq)]
pub struct PacketProps {
    /// What moves.
    pub flow: Flow,
    /// Along which connection.
    pub course: Course,
}

/// A packet. It rests short of where it arrives; with reduced motion it is there at once.
#[component]
pub fn Packet(props: &PacketProps) -> Html {
    let motion = use_node_ref();
    {
        let motion = motion.clone();
        use_effect_with(props.flow.seq, move |_| {
            if shell::calm() {
                return;
            }
            if let Some(motion) = motion
                .get()
                .and_then(|node| node.dyn_into::<web_sys::SvgAnimationElement>().ok())
            {
                // Nothing to be done where it is refused: the packet then rests at its end.
                let _begun = motion.begin_element();
            }
        });
    }
    let course = &props.course;
    let (from, to) = match props.flow.from_caller {
        true => (course.caller, course.called),
        false => (course.called, course.caller),
    };
    let (start, rest) = (from.towards(to, 0.06), from.towards(to, 0.82));
    let width = props.flow.label.chars().count() as f64 * 8.2 + 16.0;
    html! {
        <g class={classes!("packet", class(course.line.purpose))} transform={put("translate({} {})", &[rest.x, rest.y])}>
            <animateTransform
                ref={motion}
                attributeName="transform"
                type="translate"
                from={put("{} {}", &[start.x, start.y])}
                to={put("{} {}", &[rest.x, rest.y])}
                dur="600ms"
                begin="indefinite"
                calcMode="spline"
                keyTimes="0;1"
                keySplines="0.2 0.7 0.3 1"
            />
            { chip("", -width / 2.0, -12.0, width, 24.0) }
            { text("", 0.0, 4.5, "", props.flow.label.clone()) }
        </g>
    }
}
