use super::*;

fn lines(text: &str) -> Vec<usize> {
    impurities(text).into_iter().map(|found| found.line).collect()
}

#[test]
fn every_forbidden_name_is_found_however_it_is_written() {
    for (forbidden, _) in FORBIDDEN {
        let (module, name) = forbidden.rsplit_once("::").unwrap();
        for code in [
            format!("use {forbidden};"),
            format!("use ::{forbidden};"),
            format!("use {forbidden} as other;"),
            format!("fn f() {{ let _ = {forbidden}::something(); }}"),
            format!("use {module}::{{Fine, {name}}};"),
            format!("use {module}::{{Fine, {name}::{{More}}}};"),
            format!("use {module}::*;"),
        ] {
            assert_eq!(lines(&code), [1], "{code}");
        }
    }
}

#[test]
fn trees_of_uses_are_followed() {
    let code =
        "use std::{\n    collections::{BTreeMap, HashMap as Map},\n    time::{Duration, Instant},\n};\nuse std::fmt;";
    let whys: Vec<_> = impurities(code).into_iter().map(|found| found.why).collect();
    assert_eq!(whys.len(), 2);
    assert!(whys[0].starts_with("std::collections::HashMap"), "{whys:?}");
    assert!(whys[1].starts_with("std::time::Instant"), "{whys:?}");
}

#[test]
fn what_is_fine_is_left_alone() {
    let code = "use std::collections::{BTreeMap, VecDeque};\nuse std::net::{IpAddr, SocketAddr};\nuse std::time::Duration;\n\
                use std::{fmt, io};\nfn f(x: std::io::Error) -> std::fmt::Result { my::fs::read(); print(x) }";
    assert_eq!(impurities(code), []);
}

#[test]
fn a_module_that_holds_something_forbidden_is_not_taken_whole() {
    for code in [
        "use std::time;",
        "use std::net;",
        "use std::{fmt, time};",
        "use std::*;",
        "use std::collections::*;",
    ] {
        assert_eq!(lines(code), [1], "{code}");
    }
}

#[test]
fn printing_is_found() {
    assert_eq!(
        lines("fn f() {\n    println!(\"x\");\n    writeln!(f, \"x\");\n    dbg!(1);\n    io::stdin().lines();\n}"),
        [2, 4, 5]
    );
}

#[test]
fn comments_and_literals_are_not_code() {
    let code = r###"
        // std::fs
        /* std::fs /* std::fs */ std::fs */
        /// std::fs
        fn f<'a>(x: &'a str) { g("std::fs \" std::fs", r#"std::fs " std::fs"#, b"std::fs", '"', '\'', b'"'); }
        use std::fs;
    "###;
    assert_eq!(lines(code), [6]);
}

#[test]
fn tests_may_do_as_they_like() {
    let code = "
        #[cfg(test)]
        use std::fs;
        fn f() {}
        #[cfg(test)]
        #[allow(clippy::something)]
        mod tests { fn g() { std::fs::read(\"}\"); } }
        #[cfg(all(test, unix))]
        fn h() -> [u8; 3] { std::process::exit(1) }
        use std::env;
    ";
    assert_eq!(lines(code), [10]);
}

#[test]
fn modules_of_tests_are_known_by_their_files() {
    let files = [
        (
            PathBuf::from("src/lib.rs"),
            "#[cfg(test)]\nmod tests;\nmod real;".to_owned(),
        ),
        (
            PathBuf::from("src/real.rs"),
            "#[cfg(test)] pub(crate) mod inner;".to_owned(),
        ),
    ];
    let expected = ["src/tests.rs", "src/tests", "src/real/inner.rs", "src/real/inner"].map(PathBuf::from);
    assert_eq!(test_files(&files), expected);
}
