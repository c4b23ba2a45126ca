use portolan_session::view::End;

use super::*;
use crate::first;

const WIDE: Frame = Frame {
    width: 1440.0,
    height: 336.0,
    margin: 24.0,
    lead: 38.0,
    chip: 176.0,
    roomy: true,
};

fn line(number: u32, purpose: Purpose, from: (u16, &str), to: (u16, &str), state: LineState) -> Line {
    let end = |(host, address): (u16, &str)| End {
        host: Some(HostId(host)),
        address: address.parse().unwrap(),
    };
    Line {
        conn: Conn(number),
        purpose,
        nth: number,
        caller: end(from),
        called: end(to),
        state,
        dropped_at: None,
        content: None,
        secured: false,
    }
}

fn berth(port: u16, purpose: Purpose) -> Berth {
    Berth {
        port,
        listening: false,
        service: None,
        purpose,
        connected: 1,
        tried: false,
        used: true,
    }
}

/// Control from left to right, data called by the server.
fn active() -> Stage {
    let mut stage = first::stage();
    stage.hosts[0].berths = vec![berth(50123, Purpose::Control), berth(51890, Purpose::Data)];
    stage.hosts[1].berths.insert(0, berth(20, Purpose::Data));
    stage.lines = vec![
        line(
            0,
            Purpose::Control,
            (0, "198.51.100.25:50123"),
            (2, "203.0.113.10:21"),
            LineState::Established,
        ),
        line(
            1,
            Purpose::Data,
            (2, "203.0.113.10:20"),
            (0, "198.51.100.25:51890"),
            LineState::Established,
        ),
    ];
    stage
}

#[test]
fn the_first_screen_stands_where_the_plain_html_puts_it() {
    let chart = chart(&first::stage(), WIDE);
    let server = &chart.coasts[1];
    assert_eq!(
        (server.rail_x, server.rail),
        (
            1402.0,
            Rail {
                top: 56.0,
                height: 260.0
            }
        )
    );
    let chips: Vec<_> = server
        .chips
        .iter()
        .map(|chip| (chip.berth.port, chip.x, chip.y))
        .collect();
    assert_eq!(chips, [(21, 1188.0, 70.0), (22, 1188.0, 102.0)]);
    assert!(chart.coasts[0].left && chart.coasts[0].chips.is_empty() && chart.courses.is_empty());
}

#[test]
fn courses_begin_at_their_caller() {
    let chart = chart(&active(), WIDE);
    let [control, data] = &chart.courses[..] else {
        panic!("two courses")
    };
    assert!(control.caller.x < control.called.x, "the client called");
    assert!(data.caller.x > data.called.x, "the server called");
}

#[test]
fn a_dropped_call_ends_at_the_wall_and_the_wall_has_no_gap_there() {
    let mut stage = active();
    stage.hosts[0].firewall = vec!["drop incoming calls".into()];
    stage.lines[1].state = LineState::Attempted;
    stage.lines[1].dropped_at = Some(HostId(0));
    let chart = chart(&stage, WIDE);
    let wall = &chart.walls[0];
    assert_eq!(chart.courses[1].called.x, wall.x);
    assert_eq!(wall.parts.len(), 2, "one gap, for control: {wall:?}");
    let y = chart.courses[1].called.y;
    assert!(wall.parts.iter().any(|(top, bottom)| (*top..*bottom).contains(&y)));
}

#[test]
fn where_room_is_short_what_is_over_goes_first() {
    let mut stage = active();
    for port in 52_000..52_020 {
        stage.hosts[0].berths.push(Berth {
            connected: 0,
            ..berth(port, Purpose::Data)
        });
    }
    let chart = chart(&stage, Frame::new(390.0, 240.0));
    let ports: Vec<u16> = chart.coasts[0].chips.iter().map(|chip| chip.berth.port).collect();
    assert!(
        ports.contains(&50123) && ports.contains(&51890) && ports.len() == 5,
        "{ports:?}"
    );
    assert_eq!(chart.coasts[0].left_out, 17);
}

#[test]
fn at_most_three_ghosts_haunt_the_chart() {
    let mut stage = active();
    for number in 2..8 {
        let mut ghost = stage.lines[1].clone();
        ghost.conn = Conn(number);
        ghost.state = LineState::Closed;
        stage.lines.push(ghost);
    }
    let chart = chart(&stage, WIDE);
    let ghosts: Vec<u32> = chart
        .courses
        .iter()
        .filter(|course| course.ghost)
        .map(|course| course.line.conn.0)
        .collect();
    assert_eq!(ghosts, [5, 6, 7]);
    assert!(chart.courses[0].ghost && !chart.courses[4].ghost, "ghosts lie below");
}
