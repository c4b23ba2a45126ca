//! Every built-in scenario's log as a file: what the JSON Schema says, and read again as it was.

use boon::{Compiler, Schemas};
use portolan_scenario::{Order, Run, built_in, catalogue};
use portolan_session::{Log, export, jsonl};
use portolan_wire::action::Action;

fn log(scenario: &str, actions: Option<Vec<Action>>) -> Log {
    let order = Order {
        actions,
        ..Order::default()
    };
    let mut run = Run::new(built_in(scenario).unwrap(), &order).unwrap();
    run.finish();
    run.into_log()
}

#[test]
fn every_line_is_what_the_schema_says() {
    let name = "urn:portolan:schema:portolan-log-1";
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler
        .add_resource(name, serde_json::from_str(export::SCHEMA).unwrap())
        .unwrap();
    let schema = compiler.compile(name, &mut schemas).unwrap();
    for scenario in catalogue() {
        let log = log(&scenario.name, None);
        let written = jsonl::write(&log).unwrap();
        assert!(jsonl::read(&written).unwrap() == log, "{}", scenario.name);
        for line in String::from_utf8(written).unwrap().lines() {
            let value = serde_json::from_str(line).unwrap();
            if let Err(error) = schemas.validate(&value, schema) {
                panic!("{}: {line}\n{error:#}", scenario.name);
            }
        }
    }
}

#[test]
fn the_log_in_the_description_is_a_real_one() {
    let call = Action::Call { host: None, port: 80 };
    let log = log("call-a-port", Some(vec![call]));
    let written = String::from_utf8(jsonl::write(&log).unwrap()).unwrap();
    let description = include_str!("../../../crates/session/FORMAT.md");
    assert!(
        description.contains(&format!("```jsonl\n{written}```\n")),
        "FORMAT.md should show this:\n{written}"
    );
}
