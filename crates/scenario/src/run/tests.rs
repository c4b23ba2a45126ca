use super::*;
use crate::catalogue::built_in;
use portolan_session::event::Kind;

fn finished(name: &str) -> Run {
    let mut run = Run::new(&built_in(name).unwrap(), &Order::default()).unwrap();
    run.finish();
    run
}

#[test]
fn look() {
    let run = finished("call-a-port");
    for event in run.log().events() {
        println!("{} {} {:?} {:?}", event.at, event.host.0, event.conn, event.kind);
    }
    println!("{:#?}", run.endings());
    assert!(matches!(run.log().events().last().unwrap().kind, Kind::Ended));
}
