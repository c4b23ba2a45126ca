//! The pieces of pictures, made from numbers. `html!` writes the whole making of an element out wherever one stands, which
//! is half a kilobyte each time; here it stands once for each kind.
//!
//! What has a key or listens to the pointer is written in `html!`, around these.

use yew::prelude::*;
use yew::virtual_dom::{AttributeOrProperty, Attributes, VTag, VText};

use crate::geometry::px;

/// A rectangle.
pub fn rect(class: &'static str, x: f64, y: f64, width: f64, height: f64) -> Html {
    let values = [class.into(), px(x), px(y), px(width), px(height)];
    element("rect", &["class", "x", "y", "width", "height"], values, None)
}

/// A rectangle with round corners.
pub fn chip(class: &'static str, x: f64, y: f64, width: f64, height: f64) -> Html {
    let values = [class.into(), px(x), px(y), px(width), px(height), "4".into()];
    element("rect", &["class", "x", "y", "width", "height", "rx"], values, None)
}

/// A circle.
pub fn circle(class: &'static str, x: f64, y: f64, radius: f64) -> Html {
    let values = [class.into(), px(x), px(y), px(radius)];
    element("circle", &["class", "cx", "cy", "r"], values, None)
}

/// A path.
pub fn path(class: &'static str, d: AttrValue) -> Html {
    element("path", &["class", "d"], [class.into(), d], None)
}

/// A path whose length counts as 1, so that a style can let it grow.
pub fn growing(class: &'static str, d: AttrValue) -> Html {
    element(
        "path",
        &["class", "d", "pathLength"],
        [class.into(), d, "1".into()],
        None,
    )
}

/// A line from one point to another.
pub fn line(class: &'static str, [x1, y1]: [AttrValue; 2], [x2, y2]: [AttrValue; 2]) -> Html {
    let values = [class.into(), x1, y1, x2, y2];
    element("line", &["class", "x1", "y1", "x2", "y2"], values, None)
}

/// Words. The anchor is `start`, `middle` or `end`; an empty one leaves it to the style.
pub fn text(class: &'static str, x: f64, y: f64, anchor: &'static str, words: impl Into<AttrValue>) -> Html {
    let values = [class.into(), px(x), px(y), anchor.into()];
    element("text", &["class", "x", "y", "text-anchor"], values, Some(words.into()))
}

/// Words that are moved and turned.
pub fn turned(class: &'static str, to: AttrValue, anchor: &'static str, words: impl Into<AttrValue>) -> Html {
    let values = [class.into(), to, anchor.into()];
    element(
        "text",
        &["class", "transform", "text-anchor"],
        values,
        Some(words.into()),
    )
}

/// Pieces that belong together.
pub fn group(class: &'static str, pieces: impl IntoIterator<Item = Html>) -> Html {
    let mut group = tag("g", &["class"], vec![class.into()]);
    group.add_children(pieces);
    group.into()
}

fn element<const N: usize>(
    name: &'static str,
    keys: &'static [&'static str; N],
    values: [AttrValue; N],
    words: Option<AttrValue>,
) -> Html {
    let mut element = tag(name, keys, values.into());
    if let Some(words) = words {
        element.add_child(VText::new(words).into());
    }
    element.into()
}

/// An element with those of the attributes that say something.
fn tag(name: &'static str, keys: &'static [&'static str], values: Vec<AttrValue>) -> VTag {
    let values = values
        .into_iter()
        .map(|value| (!value.is_empty()).then_some(AttributeOrProperty::Attribute(value)));
    let mut tag = VTag::new(name);
    tag.set_attributes(Attributes::Dynamic {
        keys,
        values: values.collect(),
    });
    tag
}
