//! The contrasts of the tokens, computed (WCAG 2.2, success criteria 1.4.3 and 1.4.11; the figures of the design).

use std::collections::BTreeMap;

const CSS: &str = include_str!("../styles/tokens.css");

type Colour = [f64; 3];

/// Light and dark of every colour token.
fn tokens() -> BTreeMap<&'static str, [Colour; 2]> {
    let colour = |text: &str| {
        let hex = text.trim().trim_start_matches('#');
        [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0)
    };
    CSS.lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.split_once(": light-dark("))
        .map(|(name, rest)| {
            let (light, dark) = rest.trim_end_matches(");").split_once(',').unwrap();
            (name, [colour(light), colour(dark)])
        })
        .collect()
}

fn linear(channel: f64) -> f64 {
    if channel <= 0.04045 {
        channel / 12.92
    } else {
        ((channel + 0.055) / 1.055).powf(2.4)
    }
}

fn luminance(colour: Colour) -> f64 {
    let [r, g, b] = colour.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// How a colour looks to an eye without one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1).
fn seen_without(cone: usize, colour: Colour) -> Colour {
    const EYES: [[[f64; 3]; 3]; 3] = [
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ];
    let linear = colour.map(linear);
    EYES[cone].map(|row| (row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2]).clamp(0.0, 1.0))
}

#[test]
fn text_and_lines_stand_out_from_every_ground() {
    let tokens = tokens();
    // The twelve of the design, and a line that only decorates.
    assert_eq!(tokens.len(), 13, "{:?}", tokens.keys());
    let wanted = [
        ("ink", 7.0),
        ("control-text", 7.0),
        ("data-text", 7.0),
        ("ink-2", 4.5),
        ("fail", 4.5),
        ("cipher", 4.5),
        ("rule", 3.0),
        ("control", 3.0),
        ("data", 3.0),
    ];
    for theme in [0, 1] {
        for (name, least) in wanted {
            let reached = contrast(tokens[name][theme], tokens["paper"][theme]);
            assert!(
                reached >= least,
                "{name} on paper, theme {theme}: {reached:.2}, not {least}"
            );
            let reached = contrast(tokens[name][theme], tokens["sheet"][theme]);
            assert!(
                reached >= least.min(4.5),
                "{name} on sheet, theme {theme}: {reached:.2}"
            );
        }
        assert!(
            contrast(tokens["ink"][theme], tokens["sel"][theme]) >= 7.0,
            "ink on sel, theme {theme}"
        );
    }
}

#[test]
fn control_data_and_fail_stay_apart_without_one_kind_of_cone() {
    let tokens = tokens();
    for theme in [0, 1] {
        for cone in 0..3 {
            let seen = ["control", "data", "fail"].map(|name| seen_without(cone, tokens[name][theme]));
            for (a, b) in [(0, 1), (0, 2), (1, 2)] {
                let apart: f64 = (0..3)
                    .map(|nth| (seen[a][nth].sqrt() - seen[b][nth].sqrt()).powi(2))
                    .sum::<f64>()
                    .sqrt();
                assert!(apart >= 0.12, "theme {theme}, cone {cone}, {a} and {b}: {apart:.3}");
            }
        }
    }
}
