//! What moves: one packet in Story, from the host that sent it to the other.

use portolan_session::event::Conn;
use portolan_wire::report::Purpose;
use wasm_bindgen::JsCast;
use yew::prelude::*;

use super::course::purpose;
use super::layout::CoursePlan;
use super::px;
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
    pub course: CoursePlan,
}

/// A packet. It rests where it arrives; with reduced motion it is there at once.
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
    let (start, end) = if props.flow.from_caller {
        (0.12, 0.88)
    } else {
        (0.88, 0.12)
    };
    let ((x1, y1), (x2, y2)) = (course.at(start), course.at(end));
    let text = &props.flow.label;
    #[expect(clippy::cast_precision_loss, reason = "a label of a few letters")]
    let width = (text.chars().count() as f64).mul_add(8.0, 16.0);
    let class = classes!(
        "packet",
        match course.purpose {
            Purpose::Other => "other",
            known => purpose(known),
        }
    );
    html! {
        <g {class} transform={format!("translate({} {})", px(x2), px(y2))}>
            <animateTransform
                ref={motion}
                attributeName="transform"
                type="translate"
                from={format!("{} {}", px(x1), px(y1))}
                to={format!("{} {}", px(x2), px(y2))}
                dur="600ms"
                begin="indefinite"
                calcMode="spline"
                keyTimes="0;1"
                keySplines="0.2 0.7 0.3 1"
            />
            <rect x={px(-width / 2.0)} y="-12" width={px(width)} height="24" rx="4" />
            <text y="5">{ text }</text>
        </g>
    }
}
